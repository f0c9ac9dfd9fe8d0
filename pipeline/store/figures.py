"""Figures for people: where every stream, run and event stands."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.store.tables import accounts, entities, letters, outbox, requests, runs, streams

RECORDS = ("read", "mapped", "skipped", "rejected", "held")
ENTITIES = ("produced", "created", "updated", "unchanged", "stale", "deleted")


@dataclass(frozen=True, slots=True)
class StreamFigures:
    """One stream's sums over all runs. ``open_runs`` are being read or waiting for their books."""

    connection: str
    name: str
    loaded: bool
    journaled: int
    counts: dict[str, int]
    open_runs: int
    requested: int
    last_error: str | None

    @property
    def settled(self) -> bool:
        """Loaded, with nothing under way."""
        return self.loaded and not self.open_runs and not self.requested


async def of_streams(tx: AsyncConnection, connection: str | None = None) -> list[StreamFigures]:
    """The figures of all streams, or of one connection's, in the order in which they were made."""
    query = select(streams).order_by(streams.c.id)
    if connection:
        query = query.where(streams.c.connection == connection)
    rows = (await tx.execute(query)).all()
    counts = await _counts(tx)
    read = await _grouped(tx, select(runs.c.stream_id, func.sum(runs.c.records)).group_by(runs.c.stream_id))
    unclosed = runs.c.state != "closed"
    waiting = await _grouped(tx, select(runs.c.stream_id, func.count()).where(unclosed).group_by(runs.c.stream_id))
    asked = await _grouped(tx, select(requests.c.stream_id, func.count()).group_by(requests.c.stream_id))
    return [
        StreamFigures(
            connection=row.connection,
            name=row.name,
            loaded=row.loaded,
            journaled=read.get(row.id, 0),
            counts=counts.get(row.id, dict.fromkeys((*RECORDS, *ENTITIES), 0)),
            open_runs=waiting.get(row.id, 0),
            requested=asked.get(row.id, 0),
            last_error=row.last_error,
        )
        for row in rows
    ]


async def of_entities(tx: AsyncConnection) -> dict[str, Counter[str]]:
    """Where entities ended, by kind, over all pages."""
    summed: dict[str, Counter[str]] = {}
    for row in await tx.execute(select(accounts.c.entities)):
        for entity, counts in row.entities.items():
            summed.setdefault(entity, Counter()).update(counts)
    return summed


async def events_sent(tx: AsyncConnection) -> dict[str, int]:
    """Events published, by topic, as far back as sent events are kept."""
    sent = select(outbox.c.topic, func.count()).where(outbox.c.sent_at.is_not(None)).group_by(outbox.c.topic)
    return {row[0]: int(row[1]) for row in await tx.execute(sent)}


async def unfinished(tx: AsyncConnection) -> dict[str, int]:
    """What keeps the books open: runs, events, requested records."""
    queries = {
        "runs": select(func.count()).select_from(runs).where(runs.c.state != "closed"),
        "events": select(func.count()).select_from(outbox).where(outbox.c.sent_at.is_(None)),
        "requests": select(func.count()).select_from(requests),
    }
    return {name: int((await tx.execute(query)).scalar_one()) for name, query in queries.items()}


async def unbalanced(tx: AsyncConnection) -> list[str]:
    """Runs that were closed although their books do not balance."""
    return list((await tx.execute(select(runs.c.id).where(runs.c.balanced.is_(False)))).scalars())


async def live_entities(tx: AsyncConnection) -> dict[str, int]:
    """Entities in the ledger that are not deleted, by kind."""
    query = select(entities.c.entity, func.count()).where(~entities.c.deleted).group_by(entities.c.entity)
    return {row[0]: int(row[1]) for row in await tx.execute(query)}


async def open_letters(tx: AsyncConnection) -> int:
    """Records that are rejected at the moment."""
    query = select(func.count()).select_from(letters).where(letters.c.state == "open")
    return int((await tx.execute(query)).scalar_one())


async def _counts(tx: AsyncConnection) -> dict[int, dict[str, int]]:
    names = (*RECORDS, *ENTITIES)
    sums = [func.sum(accounts.c[name]) for name in names]
    query = select(accounts.c.stream_id, *sums).group_by(accounts.c.stream_id)
    rows: list[Any] = list((await tx.execute(query)).all())
    return {row[0]: dict(zip(names, map(int, row[1:]), strict=True)) for row in rows}


async def _grouped(tx: AsyncConnection, query: Any) -> dict[int, int]:
    rows: list[Any] = list((await tx.execute(query)).all())
    return {row[0]: int(row[1] or 0) for row in rows}
