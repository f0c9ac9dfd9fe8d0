"""Letters: one for each record that is rejected, pointing to the newest read of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.causes import RECORD, cause_of, cause_of_letter
from distributor.rows import LetterClose, LetterOpen, LetterRow
from pipeline.store import bulk
from pipeline.store.sql import CHUNK, chunks, upsert
from pipeline.store.tables import letters
from schemas.pages import PageHead
from schemas.version import Version

_SET = ("state", "version", "run", "number", "index", "field", "reason", "error", "last_at", "cause")


async def rows(tx: AsyncConnection, keys: Sequence[tuple[int, str]]) -> dict[int, dict[str, LetterRow]]:
    """The letters of records, given by stream and key, by stream and key."""
    found: dict[int, dict[str, LetterRow]] = defaultdict(dict)
    columns = (letters.c.stream_id, letters.c.key, letters.c.version, letters.c.state)
    for part in chunks(keys):
        given = bulk.pairs(tx, part)
        same = (letters.c.stream_id == given.c.number) & (letters.c.key == given.c.text)
        for row in await tx.execute(select(*columns).select_from(given).join(letters, same)):
            found[row.stream_id][row.key] = LetterRow(row.key, Version.parse(row.version), row.state)
    return found


async def open_all(
    tx: AsyncConnection, stream_id: int, head: PageHead, opened: Iterable[LetterOpen], now: datetime
) -> None:
    """Open letters, or point those that exist to the newer read. First time and attempts are kept.

    An edit is one of a read: a newer read drops it, a further pass of the same read keeps it.
    """
    statement = upsert(tx, letters)
    new = statement.excluded
    same = (letters.c.run == new.run) & (letters.c.number == new.number)
    again = {name: new[name] for name in _SET}
    again |= {"attempts": letters.c.attempts + 1, "patch": case((same, letters.c.patch), else_=None)}
    statement = statement.on_conflict_do_update(index_elements=["stream_id", "key"], set_=again)
    values = [_values(stream_id, head, letter, now) for letter in opened]
    for part in chunks(values):
        await tx.execute(statement, list(part))


async def close_all(
    tx: AsyncConnection, closed: Iterable[tuple[int, LetterClose]], now: datetime, replay: int | None = None
) -> None:
    """Close the letters of records, each with its stream, that were read well since, or are gone.

    ``replay`` is noted as the one that ran them.
    """
    values = {"state": "closed", "last_at": now} | ({} if replay is None else {"tried_by": replay})
    keys = [(stream_id, stored_key(letter.key, letter.version)) for stream_id, letter in closed]
    for part in chunks(keys):
        given = bulk.pairs(tx, part)
        mine = (letters.c.stream_id == given.c.number) & (letters.c.key == given.c.text)
        await tx.execute(update(letters).where(mine).values(values))


async def fill_causes(tx: AsyncConnection) -> int:
    """Compute the causes of letters that an older erpflow wrote; how many. Called by the desk, may be repeated."""
    names = (letters.c.stream_id, letters.c.key, letters.c.error, letters.c.field, letters.c.reason)
    found = (await tx.execute(select(*names).where(letters.c.cause.is_(None)).limit(CHUNK))).all()
    same = (letters.c.stream_id == bindparam("of_stream")) & (letters.c.key == bindparam("of_key"))
    values = [
        {"of_stream": row.stream_id, "of_key": row.key, "cause": cause_of(RECORD, row.error, row.field, row.reason)}
        for row in found
    ]
    if values:
        await tx.execute(update(letters).where(same), values)
    return len(values)


def stored_key(key: str | None, version: Version) -> str:
    """A record without a key cannot be told apart, so that each read of it has a letter of its own, in all passes."""
    return key if key is not None else f"?{version._replace(pass_number=0)}"


def _values(stream_id: int, head: PageHead, letter: LetterOpen, now: datetime) -> dict[str, Any]:
    why = letter.reject
    return {
        "stream_id": stream_id,
        "key": stored_key(letter.key, letter.version),
        "state": "open",
        "version": str(letter.version),
        "run": head.run,
        "number": head.number,
        "index": letter.index,
        "field": why.field,
        "reason": why.reason,
        "error": why.error,
        "cause": cause_of_letter(letter),
        "attempts": 1,
        "first_at": now,
        "last_at": now,
    }
