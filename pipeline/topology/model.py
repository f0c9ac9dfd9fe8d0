"""What a deployment needs in AWS, as values. Names are full ones, with the deployment's prefix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.broker.filters import FilterPolicy


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue; ``dead_letters`` names the queue that takes what was received ``max_receives`` times."""

    name: str
    retention: int = 4 * 24 * 3600
    visibility: int = 60
    dead_letters: str | None = None
    max_receives: int = 200
    """The worker buries what fails for good; this only catches what crashes it. Two days of outage fit into it."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A queue that has what is published to a topic and matches the policy; delivery is raw.

    ``dead_letters`` names the queue that takes what the topic could not deliver.
    """

    topic: str
    queue: str
    policy: FilterPolicy | None = None
    dead_letters: str | None = None


@dataclass(frozen=True, slots=True)
class Topology:
    """Everything that should be there."""

    prefix: str
    topics: tuple[str, ...]
    queues: tuple[Queue, ...]
    subscriptions: tuple[Subscription, ...]
    bucket: str | None = None


@dataclass(frozen=True, slots=True)
class FoundSubscription:
    """A subscription as AWS has it."""

    arn: str
    topic: str
    queue: str
    raw: bool
    policy: FilterPolicy | None = None
    dead_letters: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What is there: topics and queues (with attributes) of the prefix, subscriptions, the bucket."""

    topics: frozenset[str] = frozenset()
    queues: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    subscriptions: tuple[FoundSubscription, ...] = ()
    buckets: frozenset[str] = frozenset()
