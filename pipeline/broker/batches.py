"""Sending many messages in few calls, and what each call said about its entries."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from pipeline.broker.limits import batches, check
from pipeline.broker.ports import Failed, Message

SendBatch = Callable[[Sequence[Message]], Awaitable[list[Failed]]]
"""One call; the positions of what it could not take are counted from its own first message."""

_CALLS_AT_ONCE = 8


async def send_all(messages: Sequence[Message], where: str, send: SendBatch) -> list[Failed]:
    """Check all messages, then send them, several calls at once; positions are those in ``messages``.

    Raises ConfigError before anything is sent, and the first error of a call after the calls beside it ended:
    some messages may be sent then, and sending all again is right.
    """
    for message in messages:
        check(message, where)
    failed: list[Failed] = []
    pending = batches(messages)
    while wave := list(islice(pending, _CALLS_AT_ONCE)):
        for (start, _), answer in zip(wave, await _together(wave, send), strict=True):
            failed += [Failed(start + entry.index, entry.reason) for entry in answer]
    return failed


async def _together(wave: list[tuple[int, Sequence[Message]]], send: SendBatch) -> list[list[Failed]]:
    answers = await asyncio.gather(*(send(batch) for _, batch in wave), return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [answer for answer in answers if not isinstance(answer, BaseException)]


def failed_entries(answer: Mapping[str, Any]) -> list[Failed]:
    """The ``Failed`` part of a batch call's answer, whose ids are positions."""
    return [
        Failed(int(entry["Id"]), f"{entry.get('Code', 'Unknown')}: {entry.get('Message', 'no reason given')}")
        for entry in answer.get("Failed", ())
    ]


def text_attributes(message: Message) -> dict[str, dict[str, str]]:
    """Attributes as SNS and SQS take them."""
    return {name: {"DataType": "String", "StringValue": value} for name, value in message.attributes.items()}


def group_of(message: Message) -> dict[str, str]:
    """The group, by which fair queues share their consumers' time, as a part of the call's arguments."""
    return {} if message.group is None else {"MessageGroupId": message.group}
