"""How much waits at the dead-letter desk, and since when: what the emptied dead-letter queues no longer show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.causes import RECORD
from pipeline.store.tables import letters, messages, streams


@dataclass(frozen=True, slots=True)
class Depth:
    """Open letters of one stage and system; ``stage`` is "mapping", or the queue that messages go back to."""

    stage: str
    system: str
    letters: int
    oldest: datetime


async def depths(tx: AsyncConnection) -> list[Depth]:
    """All that is open; a letter that a replay has in hand is."""
    of_records = (
        select(streams.c.system, func.count(), func.min(letters.c.first_at))
        .join_from(letters, streams, streams.c.id == letters.c.stream_id)
        .where(letters.c.state == "open")
        .group_by(streams.c.system)
    )
    of_messages = (
        select(messages.c.queue, messages.c.system, func.count(), func.min(messages.c.first_at))
        .where(messages.c.state.in_(("open", "sending")))
        .group_by(messages.c.queue, messages.c.system)
    )
    records = [Depth(RECORD, *row) for row in await tx.execute(of_records)]
    return records + [Depth(row[0], row[1] or "", row[2], row[3]) for row in await tx.execute(of_messages)]
