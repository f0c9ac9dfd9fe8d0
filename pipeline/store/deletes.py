"""Deletes: counted for the brake, and those that it holds until an operator releases them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.rows import Held
from pipeline.store.sql import chunks, replacing
from pipeline.store.tables import deletes, held_deletes


async def count(tx: AsyncConnection, stream_id: int, records: int, now: datetime) -> None:
    """Count raw records that lost an entity."""
    if records:
        await tx.execute(insert(deletes).values(stream_id=stream_id, at=now, records=records))


async def hold(tx: AsyncConnection, stream_id: int, run: str, held: Iterable[Held], now: datetime) -> None:
    """Keep what the brake holds."""
    rows = [
        {"stream_id": stream_id, "key": one.key, "version": str(one.version), "run": run, "at": now} for one in held
    ]
    statement = replacing(tx, held_deletes)
    for part in chunks(rows):
        await tx.execute(statement, list(part))


async def forget(tx: AsyncConnection, stream_id: int, keys: Sequence[str]) -> None:
    """Strike off held deletes of records that were decided since."""
    if (await tx.execute(select(held_deletes.c.key).where(held_deletes.c.stream_id == stream_id).limit(1))).first():
        for part in chunks(keys):
            mine = (held_deletes.c.stream_id == stream_id) & held_deletes.c.key.in_(part)
            await tx.execute(delete(held_deletes).where(mine))


async def take_held(tx: AsyncConnection, stream_id: int) -> list[str]:
    """Remove and give the keys that are held, to be checked once more."""
    mine = held_deletes.c.stream_id == stream_id
    keys = list((await tx.execute(select(held_deletes.c.key).where(mine))).scalars())
    await tx.execute(delete(held_deletes).where(mine))
    return keys
