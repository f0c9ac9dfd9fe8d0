"""Where the replays of a storm and their letters stand."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select

from pipeline.store.engine import Store
from pipeline.store.tables import letters, messages, outbox, replays


async def open_letters(store: Store) -> int:
    """Letters and messages that no replay got through."""
    open_ones = select(func.count()).where(letters.c.state == "open")
    return await _count(store, open_ones) + await _count(
        store, select(func.count()).where(messages.c.state.in_(("open", "sending")))
    )


async def ended(store: Store, number: int) -> bool:
    """Whether so many replays were begun and none runs, and every event is sent."""
    begun = await _count(store, select(func.count()).select_from(replays))
    running = await _count(store, select(func.count()).where(replays.c.state == "running"))
    return begun == number and not running and not await _count(store, _UNSENT)


async def standing(store: Store) -> str:
    """For people: how far it is."""
    begun = await _count(store, select(func.count()).select_from(replays))
    running = await _count(store, select(func.count()).where(replays.c.state == "running"))
    left, unsent = await open_letters(store), await _count(store, _UNSENT)
    return f"{begun} replays begun, {running} running, {left} letters open, {unsent} events unsent"


_UNSENT = select(func.count()).where(outbox.c.sent_at.is_(None))


async def _count(store: Store, query: Select[Any]) -> int:
    async with store.reading() as tx:
        return int((await tx.execute(query)).scalar_one())
