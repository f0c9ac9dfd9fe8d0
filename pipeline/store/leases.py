"""Leases: one reader per connection at a time. Every acquisition draws a new epoch from one store-wide sequence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.store.sql import upsert
from pipeline.store.tables import connections, counters
from schemas.errors import Superseded
from schemas.version import ReadNumber

_HELD = update(connections).where(
    connections.c.id == bindparam("held_connection"),
    connections.c.lease_epoch == bindparam("held_epoch"),
    connections.c.lease_until.is_not(None),
)
"""Made once: it is a part of every page's transaction."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to read one connection, until it ends or a later epoch is drawn."""

    connection: str
    epoch: int
    _numbers: Iterator[int] = field(default_factory=lambda: count(1), repr=False, compare=False)

    def draw(self) -> ReadNumber:
        """The next read number; to be drawn *before* the request whose answer it orders."""
        return ReadNumber(self.epoch, next(self._numbers))


async def take(tx: AsyncConnection, connection: str, owner: str, now: datetime, until: datetime) -> Lease | None:
    """Take the lease of an active connection, None if another holds it. The same owner draws a new epoch, too.

    The connection is locked first: whoever would have to wait for it must not keep the epochs from everybody else.
    """
    free = or_(connections.c.lease_until.is_(None), connections.c.lease_until <= now)
    wanted = select(connections.c.id).where(connections.c.id == connection, connections.c.state == "active", free)
    if (await tx.execute(wanted.with_for_update(key_share=True, skip_locked=True))).scalar() is None:
        return None
    epoch = await next_epoch(tx)
    values = {"lease_owner": owner, "lease_epoch": epoch, "lease_until": until}
    await tx.execute(update(connections).where(connections.c.id == connection).values(values))
    return Lease(connection, epoch)


async def renew(tx: AsyncConnection, lease: Lease, until: datetime) -> None:
    """Prolong the lease inside the transaction that depends on it; raises Superseded when it is lost."""
    renewed = await tx.execute(_HELD, {**_of(lease), "lease_until": until})
    if not renewed.rowcount:
        raise Superseded(f"Connection {lease.connection} is read by another worker now; this one drops its page.")


async def release(tx: AsyncConnection, lease: Lease) -> None:
    """Give the lease back; no effect when it was lost."""
    await tx.execute(_HELD, {**_of(lease), "lease_owner": None, "lease_until": None})


def _of(lease: Lease) -> dict[str, Any]:
    return {"held_connection": lease.connection, "held_epoch": lease.epoch}


async def next_epoch(tx: AsyncConnection) -> int:
    """Draw from the one sequence of the store; lock the connection before."""
    statement = upsert(tx, counters).values(name="epoch", value=1)
    drawn = await tx.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + 1}).returning(
            counters.c.value
        )
    )
    return int(drawn.scalar_one())
