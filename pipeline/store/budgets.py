"""How far each limit is used up, shared by all workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.clock import Clock
from pipeline.store.sql import upsert
from pipeline.store.tables import budgets


async def now(tx: AsyncConnection, clock: Clock) -> float:
    """The time that all workers share, in Unix seconds: the database's; SQLite's workers are on one machine."""
    if tx.dialect.name != "postgresql":
        return clock.now().timestamp()
    return float((await tx.execute(select(func.extract("epoch", func.clock_timestamp())))).scalar_one())


async def marks(tx: AsyncConnection, keys: Sequence[str], at: float) -> list[float]:
    """The marks of the limits (see ``pacing.reserve``), locked until the end of the transaction; sort the keys."""
    statement = upsert(tx, budgets).values([{"key": key, "mark": at} for key in keys])
    await tx.execute(statement.on_conflict_do_nothing(index_elements=["key"]))
    found = await tx.execute(
        select(budgets.c.key, budgets.c.mark).where(budgets.c.key.in_(keys)).order_by(budgets.c.key).with_for_update()
    )
    known = {row.key: row.mark for row in found}
    return [known[key] for key in keys]


async def mark(tx: AsyncConnection, marked: Mapping[str, float]) -> None:
    """Keep new marks."""
    for key, at in sorted(marked.items()):
        await tx.execute(update(budgets).where(budgets.c.key == key).values(mark=at))
