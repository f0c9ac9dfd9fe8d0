"""What SNS and SQS take, checked before anything is sent: the stand-ins do not refuse it, AWS does.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.broker.ports import Message
from schemas.errors import ConfigError

BATCH_ENTRIES: Final = 10
BATCH_BYTES: Final = 256 * 1024
MESSAGE_BYTES: Final = 256 * 1024
ATTRIBUTES: Final = 10
LONGEST_WAIT: Final = 20
LONGEST_HIDE: Final = 11 * 3600
"""Seconds; SQS takes 12 hours, counted from when the message was received."""

_NOT_TEXT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def size_of(message: Message) -> int:
    """Bytes that count against the limits: the body and the attributes' names, types and values."""
    names_and_values = "".join((*message.attributes, *message.attributes.values()))
    return len(message.body.encode()) + len(names_and_values.encode()) + len("String") * len(message.attributes)


def check(message: Message, where: str) -> None:
    """Raise ConfigError for a message that AWS would refuse or, worse, drop without a word."""
    if not message.body:
        raise ConfigError(f"A message for {where} is empty; give it a body.")
    if len(message.attributes) > ATTRIBUTES:
        count = len(message.attributes)
        raise ConfigError(f"A message for {where} has {count} attributes; raw delivery takes {ATTRIBUTES}.")
    values = message.attributes.values()
    if not all(values) or _NOT_TEXT.search("".join(values)):
        name = next(name for name, value in message.attributes.items() if not value or _NOT_TEXT.search(value))
        raise ConfigError(f"Attribute {name} of a message for {where} is empty or no text; leave it out.")
    if (size := size_of(message)) > MESSAGE_BYTES:
        what = f"A message for {where} has {size} bytes of at most {MESSAGE_BYTES}"
        raise ConfigError(f"{what}; send a reference to the archive instead.")


def batches(messages: Sequence[Message]) -> Iterator[tuple[int, Sequence[Message]]]:
    """The messages in order, in batches that one call takes, each with the position of its first."""
    start = 0
    total = 0
    for position, message in enumerate(messages):
        size = size_of(message)
        if position > start and (position - start == BATCH_ENTRIES or total + size > BATCH_BYTES):
            yield start, messages[start:position]
            start, total = position, 0
        total += size
    if start < len(messages):
        yield start, messages[start:]


def check_receive(most: int, wait: float) -> None:
    """Raise ConfigError for a receive that AWS would refuse."""
    if not 1 <= most <= BATCH_ENTRIES:
        raise ConfigError(f"A receive asks for {most} messages; ask for 1 to {BATCH_ENTRIES}.")
    if not 0 <= wait <= LONGEST_WAIT:
        raise ConfigError(f"A receive waits for {wait:g} s; wait for 0 to {LONGEST_WAIT}.")


def hidden_for(seconds: float) -> int:
    """Whole seconds, rounded up, at most ``LONGEST_HIDE``: what comes back early is hidden again."""
    return min(math.ceil(max(seconds, 0.0)), LONGEST_HIDE)


def printable(text: str, most: int) -> str:
    """``text`` as an attribute takes it: no control characters, not empty, at most ``most`` characters."""
    return _NOT_TEXT.sub(" ", text).strip()[:most] or "no reason given"
