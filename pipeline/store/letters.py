"""Letters: one for each record that is rejected, pointing to the newest read of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.rows import LetterClose, LetterOpen, LetterRow
from pipeline.store.sql import chunks, upsert
from pipeline.store.tables import letters, streams
from schemas.pages import PageHead
from schemas.version import Version

_SET = ("state", "version", "run", "number", "index", "field", "reason", "error", "last_at")


async def rows(tx: AsyncConnection, stream_id: int, keys: Sequence[str]) -> dict[str, LetterRow]:
    """The letters of records by key."""
    found: dict[str, LetterRow] = {}
    for part in chunks(keys):
        query = select(letters).where(letters.c.stream_id == stream_id, letters.c.key.in_(part))
        for row in await tx.execute(query):
            found[row.key] = LetterRow(row.key, Version.parse(row.version), row.state)
    return found


async def open_all(
    tx: AsyncConnection, stream_id: int, head: PageHead, opened: Iterable[LetterOpen], now: datetime
) -> None:
    """Open letters, or point those that exist to the newer read. First time and attempts are kept."""
    statement = upsert(tx, letters)
    again = {name: statement.excluded[name] for name in _SET} | {"attempts": letters.c.attempts + 1}
    statement = statement.on_conflict_do_update(index_elements=["stream_id", "key"], set_=again)
    values = [_values(stream_id, head, letter, now) for letter in opened]
    for part in chunks(values):
        await tx.execute(statement, list(part))


async def close_all(tx: AsyncConnection, stream_id: int, closed: Iterable[LetterClose], now: datetime) -> None:
    """Close the letters of records that were read well since, or are gone."""
    keys = [letter.key for letter in closed if letter.key is not None]
    for part in chunks(keys):
        mine = (letters.c.stream_id == stream_id) & letters.c.key.in_(part)
        await tx.execute(update(letters).where(mine).values(state="closed", last_at=now))


async def listed(tx: AsyncConnection, connection: str | None, state: str, most: int) -> list[Row[Any]]:
    """The newest letters in a state, with stream and connection."""
    query = select(letters, streams.c.connection, streams.c.name.label("stream")).join(streams)
    query = query.where(letters.c.state == state)
    if connection:
        query = query.where(streams.c.connection == connection)
    return list((await tx.execute(query.order_by(letters.c.last_at.desc()).limit(most))).all())


def _values(stream_id: int, head: PageHead, letter: LetterOpen, now: datetime) -> dict[str, Any]:
    # A record without a key cannot be told apart, so that each read of it has a letter of its own.
    key = letter.key if letter.key is not None else f"?{letter.version}"
    return {
        "stream_id": stream_id,
        "key": key,
        "state": "open",
        "version": str(letter.version),
        "run": head.run,
        "number": head.number,
        "index": letter.index,
        "field": letter.reject.field,
        "reason": letter.reject.reason,
        "error": letter.reject.error,
        "attempts": 1,
        "first_at": now,
        "last_at": now,
    }
