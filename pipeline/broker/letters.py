"""What a received message becomes when it is buried."""

from __future__ import annotations

from typing import Final

from pipeline.broker.limits import ATTRIBUTES, printable
from pipeline.broker.names import REASON
from pipeline.broker.ports import Delivery, Message

REASON_LENGTH: Final = 1024


def buried(delivery: Delivery, reason: str) -> Message:
    """The message for the dead-letter queue: as it came, with the reason.

    A message of ours has room for the reason; a foreign one with ten attributes loses the last of them.
    """
    others = {name: value for name, value in delivery.attributes.items() if name != REASON}
    kept = dict(sorted(others.items())[: ATTRIBUTES - 1])
    return Message(delivery.body, {**kept, REASON: printable(reason, REASON_LENGTH)}, delivery.group)
