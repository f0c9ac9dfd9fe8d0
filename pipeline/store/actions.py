"""The audit trail: what operators did, and why. Rows are added and never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.store.tables import actions


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that somebody did. ``what`` is the command, ``target`` what it was done to."""

    who: str
    what: str
    target: str
    why: str | None = None
    details: Any = None


async def add(tx: AsyncConnection, action: Action, now: datetime) -> None:
    """Write one down, in the transaction that does it."""
    values = {"who": action.who[:120], "what": action.what[:60], "target": action.target[:400]}
    await tx.execute(insert(actions).values(at=now, why=action.why, details=action.details, **values))


async def listed(tx: AsyncConnection, most: int, target: str | None = None) -> list[dict[str, Any]]:
    """The newest ones; with ``target`` only those in whose target that text is."""
    query = select(actions).order_by(actions.c.seq.desc()).limit(most)
    if target:
        query = query.where(actions.c.target.icontains(target, autoescape=True))
    return [{str(name): value for name, value in row._mapping.items()} for row in await tx.execute(query)]
