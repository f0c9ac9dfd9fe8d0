"""What the end of a consent means for the connections that live by it, and its return."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline import telling
from pipeline.store import connections, streams
from schemas.errors import NeedsConsent


async def died(tx: AsyncConnection, credential: str, reason: str, now: datetime) -> None:
    """Pause every connection that is read with this credential, and tell each once."""
    for row in await connections.sharing(tx, credential):
        if row.state == "active" and await connections.set_state(tx, row.id, "needs_consent", reason):
            await telling.connection_trouble(tx, row, None, NeedsConsent(reason), 1, now)


async def given(tx: AsyncConnection, credential: str, now: datetime) -> list[str]:
    """Read the connections again that wait for this consent, at once; their ids. What an operator paused stays so."""
    waiting = [row for row in await connections.sharing(tx, credential) if row.state == "needs_consent"]
    for row in waiting:
        await connections.set_state(tx, row.id, "active", None)
        await streams.make_due(tx, [stream.id for stream in await streams.of_connection(tx, row.id)], now)
    return [row.id for row in waiting]


async def revived(tx: AsyncConnection, credential: str, now: datetime) -> None:
    """As ``given``, for a consent that was told to be dead and is not."""
    waiting = await given(tx, credential, now)
    for row in await connections.sharing(tx, credential):
        if row.id in waiting:
            await telling.connection_recovered(tx, row, None, now)
