"""Deletes: counted for the brake, and those that it holds until an operator releases them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.rows import Held
from pipeline.store import bulk
from pipeline.store.sql import chunks
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
    await bulk.replace(tx, held_deletes, rows)


async def forget(tx: AsyncConnection, decided: Mapping[int, Sequence[str]]) -> None:
    """Strike off held deletes of records that were decided since, by stream."""
    of_stream = held_deletes.c.stream_id
    for stream_id in (await tx.execute(select(of_stream).where(of_stream.in_(decided)).distinct())).scalars().all():
        for part in chunks(decided[stream_id]):
            await tx.execute(delete(held_deletes).where(of_stream == stream_id, held_deletes.c.key.in_(part)))


async def take_held(tx: AsyncConnection, stream_id: int) -> list[str]:
    """Remove and give the keys that are held, to be checked once more."""
    mine = held_deletes.c.stream_id == stream_id
    keys = list((await tx.execute(select(held_deletes.c.key).where(mine))).scalars())
    await tx.execute(delete(held_deletes).where(mine))
    return keys
