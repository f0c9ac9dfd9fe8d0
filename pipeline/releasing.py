"""Releasing deletes that the brake holds: the limit of the stream is raised for a day, and the ERP is asked again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.store import deletes, runs, streams

FOR = timedelta(days=1)


async def release(tx: AsyncConnection, run: str, limit: int, now: datetime) -> int:
    """Release the stream of a run; the number of records that will be looked at again.

    ``limit`` is how many of the stream's deletes may pass within a day. Nothing is deleted here: held records are
    asked for by key, and a held sweep is done once more. Raises ConfigError for an unknown run.
    """
    row = await runs.get(tx, run)
    await streams.settle(tx, row.stream_id, release_limit=limit, release_until=now + FOR)
    keys = await deletes.take_held(tx, row.stream_id)
    await streams.request(tx, row.stream_id, keys, now)
    again = await runs.sweep_again(tx, row.stream_id)
    return len(keys) + again
