"""Connections: one tenant's link to one company in one system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.store.tables import connections, streams
from schemas.errors import ConfigError


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A connection as stored; ``secrets`` are still encrypted.

    ``lease_epoch`` is that of its latest visit; the same connection before and after a visit compares equal.
    """

    id: str
    tenant: str
    system: str
    company: str
    settings: Mapping[str, Any]
    schedule: Mapping[str, Any]
    rules: Sequence[Mapping[str, Any]]
    sensitive: Sequence[str]
    state: str
    reason: str | None
    secrets: bytes | None = field(repr=False, default=None)
    credential: str | None = None
    lease_epoch: int | None = field(default=None, compare=False)

    @property
    def credential_name(self) -> str:
        """The credential that holds its token: one that it shares, or its own."""
        return self.credential or _OWN + self.id


async def add(tx: AsyncConnection, row: ConnectionRow, now: datetime) -> None:
    """Insert a connection; raises ConfigError when its id or its (tenant, system, company) is taken."""
    same = (connections.c.tenant == row.tenant) & (connections.c.system == row.system)
    taken = select(connections.c.id).where(
        or_(connections.c.id == row.id, same & (connections.c.company == row.company))
    )
    if other := (await tx.execute(taken)).scalar():
        raise ConfigError(
            f"Connection {other} already has this id, or this company of tenant {row.tenant} in {row.system}; "
            "choose another id, or change that one with: erpflow connections authorize."
        )
    await tx.execute(insert(connections).values(created_at=now, **{name: getattr(row, name) for name in _COLUMNS}))


async def get(tx: AsyncConnection, connection: str) -> ConnectionRow:
    """The connection of that id; raises ConfigError when there is none, or it is being erased."""
    found = (await tx.execute(select(connections).where(connections.c.id == connection))).one_or_none()
    if found is None:
        raise ConfigError(f"There is no connection {connection}; erpflow connections list shows those that exist.")
    if found.state == ERASING:
        raise ConfigError(f"Connection {connection} is being erased; erpflow connections erase {connection} goes on.")
    return _row(found)


async def find(tx: AsyncConnection, connection: str) -> ConnectionRow | None:
    """The connection of that id in whatever state; None when there is none."""
    found = (await tx.execute(select(connections).where(connections.c.id == connection))).one_or_none()
    return None if found is None else _row(found)


async def of_tenant(tx: AsyncConnection, tenant: str) -> list[ConnectionRow]:
    """All connections of a tenant, by id."""
    query = select(connections).where(connections.c.tenant == tenant).order_by(connections.c.id)
    return [_row(found) for found in await tx.execute(query)]


async def everything(tx: AsyncConnection) -> list[ConnectionRow]:
    """All connections, by id."""
    return [_row(found) for found in await tx.execute(select(connections).order_by(connections.c.id))]


async def sharers(tx: AsyncConnection, row: ConnectionRow) -> tuple[int, int]:
    """How many active connections, itself included, share its system's application, and its credential."""
    read = select(func.count()).where(connections.c.system == row.system, connections.c.state == "active")
    every = (await tx.execute(read)).scalar_one()
    same = (await tx.execute(read.where(connections.c.credential == row.credential))).scalar_one()
    return max(1, every), max(1, same) if row.credential else 1


async def sharing(tx: AsyncConnection, credential: str) -> list[ConnectionRow]:
    """The connections that are read with a credential, by id; without those that are being erased."""
    own = and_(connections.c.credential.is_(None), connections.c.id == credential.removeprefix(_OWN))
    shared = connections.c.credential == credential
    wanted = (own if credential.startswith(_OWN) else shared) & (connections.c.state != ERASING)
    return [_row(found) for found in await tx.execute(select(connections).where(wanted).order_by(connections.c.id))]


async def set_state(tx: AsyncConnection, connection: str, state: str, reason: str | None) -> bool:
    """Set the state (active, paused, needs_consent); true if that changed it."""
    changed = await tx.execute(
        update(connections)
        .where(connections.c.id == connection, connections.c.state.not_in((state, ERASING)))
        .values(state=state, reason=reason)
    )
    return bool(changed.rowcount)


async def set_access(tx: AsyncConnection, row: ConnectionRow) -> None:
    """Replace the settings and secrets of a connection, and its state with them; ConfigError if it is gone."""
    values = {name: getattr(row, name) for name in ("settings", "secrets", "state", "reason")}
    same = (connections.c.id == row.id) & (connections.c.state != ERASING)
    if not (await tx.execute(update(connections).where(same).values(values))).rowcount:
        await get(tx, row.id)


async def set_rules(tx: AsyncConnection, connection: str, rules: Sequence[Mapping[str, Any]]) -> None:
    """Replace the tenant's field rules."""
    await tx.execute(update(connections).where(connections.c.id == connection).values(rules=list(rules)))


async def due(tx: AsyncConnection, now: datetime, most: int, after: str = "") -> list[ConnectionRow]:
    """Active connections that nobody reads at the moment and that have a stream due, or none yet.

    They come in the order of their ids, from the one that follows ``after``.
    """
    stream_due = exists().where(
        streams.c.connection == connections.c.id,
        or_(
            streams.c.next_due_at <= now,
            streams.c.next_deletes_at <= now,
            streams.c.full_due & (streams.c.failures == 0),
        ),
    )
    new = ~exists().where(streams.c.connection == connections.c.id)
    free = or_(connections.c.lease_until.is_(None), connections.c.lease_until <= now)
    wanted = and_(connections.c.id > after, connections.c.state == "active", free, or_(stream_due, new))
    query = select(connections).where(wanted).order_by(connections.c.id).limit(most)
    return [_row(row) for row in await tx.execute(query)]


ERASING = "erasing"
"""The state of a connection that is being erased: only erasing goes on with it."""

_OWN = "connection:"
_COLUMNS = (
    "id",
    "tenant",
    "system",
    "company",
    "settings",
    "schedule",
    "rules",
    "sensitive",
    "state",
    "reason",
    "secrets",
    "credential",
    "lease_epoch",
)


def _row(found: Row[Any]) -> ConnectionRow:
    return ConnectionRow(**{name: getattr(found, name) for name in _COLUMNS})
