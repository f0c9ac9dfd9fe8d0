"""What people noted about groups of letters: who looks after one, why it is ignored, until when it is muted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.store.sql import upsert
from pipeline.store.tables import causes


@dataclass(frozen=True, slots=True)
class Note:
    """``ignored`` is the reason; None where somebody is to look at the group."""

    owner: str | None = None
    ignored: str | None = None
    muted_until: datetime | None = None


async def note(tx: AsyncConnection, cause: str, **values: Any) -> None:
    """Set owner, ignored or muted_until of a group."""
    statement = upsert(tx, causes).values(cause=cause, **values)
    await tx.execute(statement.on_conflict_do_update(index_elements=["cause"], set_=values))


async def notes(tx: AsyncConnection) -> dict[str, Note]:
    """All notes, by cause."""
    rows = await tx.execute(select(causes))
    return {row.cause: Note(row.owner, row.ignored, row.muted_until) for row in rows}


async def muted(tx: AsyncConnection, some: Collection[str], now: datetime) -> set[str]:
    """Those of these causes whose rejects are not to be told now."""
    quiet = causes.c.cause.in_(some) & (causes.c.muted_until > now)
    return set((await tx.execute(select(causes.c.cause).where(quiet))).scalars())
