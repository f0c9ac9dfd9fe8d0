"""The broker as the runtime sees it: topics to publish to, queues to work off.

SNS/SQS and the memory twin implement it. Delivery is at least once and unordered. Names are short
(``domain-pages``); the implementation adds its prefix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

MAX_MESSAGE = 240 * 1024
"""Bytes of an encoded message; bigger content travels as a reference to the archive (SNS takes 256 KiB)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to publish: body, filter attributes, and the group that fair queues go by (the tenant)."""

    body: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One received message. ``receipt`` names this delivery, not the message; ``received`` counts from 1."""

    queue: str
    body: str
    receipt: str = field(repr=False)
    received: int = 1
    attributes: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """One entry of a batch that was not taken, by its position in the batch."""

    index: int
    reason: str


class Broker(Protocol):
    """Every call raises Retryable or RateLimited when the broker cannot be reached or is overloaded.

    ConfigError says that a name is unknown or a message is one that the broker never takes.
    """

    async def publish(self, topic: str, messages: Sequence[Message]) -> list[Failed]:
        """Publish to a topic, any number of messages, in as few calls as the limits allow."""

    async def send(self, queue: str, messages: Sequence[Message]) -> list[Failed]:
        """Send straight to a queue."""

    async def receive(self, queue: str, *, most: int, wait: float, visibility: float) -> list[Delivery]:
        """Up to ``most`` (1-10) messages, waiting up to ``wait`` seconds (0-20) for the first.

        They stay hidden from others for ``visibility`` seconds.
        """

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Delete them; a receipt that is no longer valid is not an error (the message comes again)."""

    async def hide(self, deliveries: Sequence[Delivery], seconds: float) -> None:
        """Keep them hidden for that many seconds from now: a heartbeat, or a back-off (0: back at once)."""

    async def bury(self, delivery: Delivery, reason: str) -> None:
        """Put it into the queue's dead-letter queue with the attribute ``erpflow-reason``, then acknowledge.

        If the first fails, the second does not happen: failing to bury means that the message comes again.
        """

    async def depth(self, queue: str) -> int:
        """About how many messages wait, those in flight included."""
