"""One more request for each record, for its detail or its children, some at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from connectors.limits import Limits
from connectors.rest_answers import part_at
from connectors.rest_caller import ABSENT, EMPTY, Caller
from connectors.rest_requests import Asker
from connectors.rest_spec import PerRecord
from connectors.spec import StreamSpec
from schemas.errors import ConfigError, Drifted
from schemas.keys import source_key, value_at
from schemas.pages import Record

MOST_AT_ONCE = 4
"""Requests of one page at the same time, where the API allows as many."""


async def completed(
    asker: Asker, caller: Caller, stream: StreamSpec, limits: Limits, records: Sequence[Record], whole: bool = False
) -> list[Record | None]:
    """The records with what the spec asks for each; None for one that is gone meanwhile.

    ``whole`` ones need no details any more. A record without key has nothing to be asked by, and stays as it is.
    """
    parts = [part for part in stream.rest.per_record if part.into or not whole]
    done: list[Record | None] = list(records)
    if not parts:
        return done
    waiting = iter(enumerate(records))

    async def work() -> None:
        for place, record in waiting:
            done[place] = await _complete(asker, caller, stream, parts, record)

    await _all(work, min(MOST_AT_ONCE, limits.concurrent.requests if limits.concurrent else MOST_AT_ONCE))
    return done


async def _all(work: Callable[[], Coroutine[Any, Any, None]], count: int) -> None:
    """Do the work by so many tasks; the first that fails ends it, with its error."""
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(work())
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def _complete(
    asker: Asker, caller: Caller, stream: StreamSpec, parts: Sequence[PerRecord], record: Record
) -> Record | None:
    found: Record | None = record
    for part in parts:
        if found is None or source_key(found, stream.key) is None or (part.when and not value_at(found, part.when)):
            continue
        found = await _with(asker, caller, stream, part, found)
    return found


async def _with(asker: Asker, caller: Caller, stream: StreamSpec, part: PerRecord, record: Record) -> Record | None:
    ask = asker.detail(stream, part, record)
    if part.into:
        response = await caller.send(ask, EMPTY, part.empty)
        children = [] if response.meaning else part_at(response, part.records)
        if isinstance(children, list) and len(children) > part.most:
            raise ConfigError(
                f"A record of the stream '{stream.name}' has more than {part.most} {part.into}; "
                "raise 'most' of its per_record."
            )
        return {**record, part.into: children}
    response = await caller.send(ask, ABSENT, part.empty)
    if response.meaning:
        return None
    detail = part_at(response, part.records)
    if not isinstance(detail, dict) or source_key(detail, stream.key) != source_key(record, stream.key):
        raise Drifted(f"A detail of the stream '{stream.name}' is not its record; compare the spec with the API.")
    return detail
