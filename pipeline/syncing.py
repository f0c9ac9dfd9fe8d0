"""Asking for a sync, and waiting until its books balance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.spec import ConnectorSpec
from pipeline.store import streams
from pipeline.store.connections import ConnectionRow
from pipeline.store.figures import StreamFigures
from pipeline.store.streams import StreamRow
from schemas.errors import ConfigError, ErpflowError


async def ask(
    tx: AsyncConnection, spec: ConnectorSpec, connection: str, names: Sequence[str], now: datetime
) -> list[int]:
    """Make streams due at once (all of them where none is named); their ids. Raises ConfigError for unknown ones."""
    known = {stream.name for stream in spec.streams}
    if unknown := [name for name in names if name not in known]:
        raise ConfigError(f"{spec.system} has no stream {unknown[0]}; it has: {', '.join(sorted(known))}.")
    rows = await streams.ensure(tx, connection, sorted(known), now)
    ids = [row.id for row in rows if row.name in (names or known)]
    await streams.make_due(tx, ids, now)
    return ids


async def ask_in_full(tx: AsyncConnection, ids: Sequence[int]) -> None:
    """Have the streams scanned from end to end at the next visit."""
    for stream_id in ids:
        await streams.settle(tx, stream_id, full_due=True)


async def ask_since(tx: AsyncConnection, ids: Sequence[int], since: datetime) -> None:
    """Have the streams' increments begin at an earlier instant; what is read again is found to be unchanged."""
    for stream_id in ids:
        await streams.settle(tx, stream_id, since=since)


def check(row: ConnectionRow, asked_for: Sequence[StreamRow], asked: datetime) -> None:
    """Raise ErpflowError when the sync that was asked for cannot end well: it was paused, or a stream failed.

    A stream's failure is told once every stream had its turn since ``asked``.
    """
    if row.state != "active":
        raise ErpflowError(f"Connection {row.id} was stopped: {str(row.reason).rstrip('.')}.")
    failed = [stream for stream in asked_for if stream.failures and stream.next_due_at > asked]
    if failed and all(stream.next_due_at > asked for stream in asked_for):
        raise ErpflowError(f"Stream {failed[0].name} of connection {row.id} was not read: {failed[0].last_error}")


def settled(figures: Sequence[StreamFigures], unfinished: int) -> bool:
    """Whether everything that was read is delivered and on the books."""
    return unfinished == 0 and bool(figures) and all(stream.settled for stream in figures)
