"""The outbox: events decided in a transaction, published after it, marked as sent by whoever holds the claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.events import OutboxMessage
from pipeline.store import bulk
from pipeline.store.sql import chunks
from pipeline.store.tables import outbox


@dataclass(frozen=True, slots=True)
class Claimed:
    """An event with the row it is kept in."""

    seq: int
    event: OutboxMessage


async def add(
    tx: AsyncConnection, events: Sequence[OutboxMessage], claim: str, now: datetime, until: datetime
) -> list[Claimed]:
    """Write events, claimed until then by the worker that publishes them right after the commit."""
    rows = [_values(event) | {"created_at": now, "claim": claim, "claim_until": until} for event in events]
    claimed: list[Claimed] = []
    for part, some in zip(chunks(rows), chunks(events), strict=True):
        # Paired by id: asking for the rows in order makes SQLAlchemy insert one by one on SQLite.
        seqs = {row.id: row.seq for row in await bulk.inserted(tx, outbox, part, outbox.c.id, outbox.c.seq)}
        claimed += [Claimed(seqs[event.id], event) for event in some]
    return claimed


async def claim_late(tx: AsyncConnection, claim: str, now: datetime, until: datetime, most: int) -> list[Claimed]:
    """Take over unsent events whose claim has run out."""
    late = outbox.c.sent_at.is_(None) & or_(outbox.c.claim_until.is_(None), outbox.c.claim_until <= now)
    # The order of the index of unsent events: ordered by seq alone, SQLite reads all that were ever sent.
    oldest = select(outbox).where(late).order_by(outbox.c.claim_until, outbox.c.seq).limit(most)
    query = oldest.with_for_update(skip_locked=True)
    rows = (await tx.execute(query)).all()
    mine = [row.seq for row in rows]
    if mine:
        await tx.execute(update(outbox).where(outbox.c.seq.in_(mine)).values(claim=claim, claim_until=until))
    return [Claimed(row.seq, _event(row)) for row in rows]


async def mark_sent(tx: AsyncConnection, seqs: Sequence[int], claim: str, now: datetime) -> None:
    """Mark events as sent, where the claim still holds."""
    for part in chunks(seqs):
        mine = outbox.c.seq.in_(part) & (outbox.c.claim == claim)
        await tx.execute(update(outbox).where(mine).values(sent_at=now))


async def unsend(tx: AsyncConnection, since: datetime) -> int:
    """Make events unsent that were sent since then, and end all claims on the others; how many there are now."""
    lost = outbox.c.sent_at.is_(None) | (outbox.c.sent_at >= since)
    done = await tx.execute(update(outbox).where(lost).values(sent_at=None, claim=None, claim_until=None))
    return int(done.rowcount)


async def unsent(tx: AsyncConnection, run: str) -> int:
    """How many events of a run are not published yet."""
    query = select(func.count()).where(outbox.c.run == run, outbox.c.sent_at.is_(None))
    return int((await tx.execute(query)).scalar_one())


def _values(event: OutboxMessage) -> dict[str, Any]:
    return {name: getattr(event, name) for name in ("id", "topic", "body", "attributes", "tenant", "run")}


def _event(row: Row[Any]) -> OutboxMessage:
    return OutboxMessage(row.id, row.topic, row.body, row.attributes, row.tenant, row.run)
