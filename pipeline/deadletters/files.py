"""Letters as NDJSON: out, to be looked at or corrected by a program, and in again as edits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from itertools import groupby
from typing import Any

import orjson

from pipeline.deadletters.overview import OPEN
from pipeline.passes.again import Again
from pipeline.passes.edits import Patch, difference, edited
from pipeline.store import journal, letter_search, messages
from pipeline.store.engine import Store
from pipeline.store.letter_search import Filter, Letter
from pipeline.store.messages import DeadMessage
from pipeline.store.sql import chunks
from schemas.errors import ConfigError, Poison, Rejected


async def exported(store: Store, again: Again, wanted: Filter) -> AsyncIterator[dict[str, Any]]:
    """Every open letter of a filter with its record as the ERP gave it and edited; null where it is gone."""
    async with store.reading() as tx:
        records = await letter_search.found(tx, wanted)
        others = await messages.found(tx, wanted, OPEN)
    for page, letters in groupby(records, key=lambda letter: letter.page):
        raw = await originals(store, again, page)
        for letter in letters:
            yield _line(letter, raw[letter.index] if letter.index < len(raw) else None)
    for message in others:
        yield _message_line(message)


async def originals(store: Store, again: Again, page: tuple[str, int]) -> list[dict[str, Any]]:
    """The records of a page as the ERP gave them; empty when they are kept no more."""
    async with store.reading() as tx:
        kept = await journal.pages(tx, [page])
    try:
        return await again.records(kept[page]) if page in kept else []
    except Poison:
        return []


async def imported(store: Store, again: Again, lines: Iterable[bytes]) -> dict[str, Patch | None]:
    """The edits that lead to the records of these lines, by letter; what is as it was gets none.

    Raises ConfigError for a line that is no letter, with its number.
    """
    wanted = dict(_parsed(number, line) for number, line in enumerate(lines, start=1) if line.strip())
    patches: dict[str, Patch | None] = {}
    async with store.reading() as tx:
        found = [
            one for part in chunks(list(wanted)) for one in await letter_search.found(tx, Filter(names=tuple(part)))
        ]
    for page, letters in groupby(found, key=lambda letter: letter.page):
        raw = await originals(store, again, page)
        for letter in letters:
            if letter.index < len(raw):
                patches[letter.name] = difference(raw[letter.index], wanted[letter.name]) or None
    return patches


def _parsed(number: int, line: bytes) -> tuple[str, dict[str, Any]]:
    try:
        found = orjson.loads(line)
        name, record = found["letter"], found["record"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise ConfigError(f"Line {number} is no exported letter; each has a letter and its record.") from None
    if not isinstance(name, str) or not isinstance(record, dict):
        raise ConfigError(f"Line {number} has no record to import; leave out letters whose record is null.")
    return name, record


def _line(letter: Letter, record: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "letter": letter.name,
        "group": letter.cause,
        "tenant": letter.tenant,
        "connection": letter.connection,
        "system": letter.system,
        "stream": letter.stream,
        "key": letter.source_key,
        "error": letter.error,
        "field": letter.field,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "first_at": letter.first_at.isoformat(),
        "last_at": letter.last_at.isoformat(),
        "edited": bool(letter.patch),
        "record": _laid_on(record, letter.patch),
    }


def _message_line(message: DeadMessage) -> dict[str, Any]:
    return {
        "letter": message.name,
        "group": message.cause,
        **message.about,
        "queue": message.queue,
        "error": message.error,
        "reason": message.reason,
        "attempts": message.attempts,
        "first_at": message.first_at.isoformat() if message.first_at else None,
        "last_at": message.last_at.isoformat() if message.last_at else None,
        "edited": bool(message.patch),
        "attributes": dict(message.attributes),
        "body": message.body,
    }


def _laid_on(record: dict[str, Any] | None, patch: Patch | None) -> dict[str, Any] | None:
    if record is None or not patch:
        return record
    try:
        return edited(record, patch)
    except Rejected:
        return record
