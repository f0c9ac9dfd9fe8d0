"""Erasures: which connections were, or are being, erased, so that what comes late of them is known as such.

An erasure draws an epoch, as a lease does. Whatever of its connection was read in that epoch or before belongs to the
past; a later connection of the same name, or to the same company, has later epochs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.store.tables import connections, erasures, streams
from schemas.errors import Superseded
from schemas.pages import PageHead


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure as stored; ``about`` is None until it was looked what points to the connection."""

    seq: int
    connection: str
    tenant: str
    system: str
    epoch: int
    credential: str
    last_stream: int
    tell: bool
    about: Mapping[str, Any] | None
    removed: Mapping[str, int]
    began_at: datetime
    touched_at: datetime
    ended_at: datetime | None


async def fence(tx: AsyncConnection, connection: str) -> int:
    """The last epoch of the connection that is erased; -1 when none is."""
    query = select(func.max(erasures.c.epoch)).where(erasures.c.connection == connection)
    found = (await tx.execute(query)).scalar()
    return -1 if found is None else int(found)


async def refuse(tx: AsyncConnection, head: PageHead) -> None:
    """Raise Superseded for a page whose connection was erased since; ask under the stream's lock before writing."""
    if head.read.epoch <= await fence(tx, head.connection):
        raise gone(head.connection)


def gone(connection: str) -> Superseded:
    """What is said of a page that comes late."""
    return Superseded(f"Connection {connection} was erased after this was read; nothing of it is kept.")


def under_way(connection: Any) -> ColumnElement[bool]:
    """Whether a connection is being erased: a condition on its id, or on a column with ids."""
    return exists().where(erasures.c.connection == connection, erasures.c.ended_at.is_(None))


async def is_under_way(tx: AsyncConnection, connection: str) -> bool:
    """Whether a connection is being erased at this moment."""
    return bool((await tx.execute(select(under_way(connection)))).scalar())


async def all_under_way(tx: AsyncConnection, names: Collection[str]) -> set[str]:
    """Those of these connections that are being erased at this moment."""
    found = select(erasures.c.connection).where(erasures.c.connection.in_(names), erasures.c.ended_at.is_(None))
    return set((await tx.execute(found)).scalars())


async def add(tx: AsyncConnection, values: Mapping[str, Any], now: datetime) -> Erasure:
    """Write a new one down. ``values`` are the columns that are known at its beginning."""
    row = insert(erasures).values(**values, removed={}, began_at=now, touched_at=now).returning(erasures)
    return _erasure((await tx.execute(row)).one())


async def get(tx: AsyncConnection, seq: int) -> Erasure:
    """An erasure as it stands."""
    return _erasure((await tx.execute(select(erasures).where(erasures.c.seq == seq))).one())


async def latest(tx: AsyncConnection, connection: str) -> Erasure | None:
    """The last erasure of a connection of that name."""
    query = select(erasures).where(erasures.c.connection == connection).order_by(erasures.c.seq.desc()).limit(1)
    found = (await tx.execute(query)).one_or_none()
    return _erasure(found) if found else None


async def of_tenant(tx: AsyncConnection, tenant: str) -> list[Erasure]:
    """The last erasure of each connection that the tenant had."""
    newest = select(func.max(erasures.c.seq)).where(erasures.c.tenant == tenant).group_by(erasures.c.connection)
    query = select(erasures).where(erasures.c.seq.in_(newest)).order_by(erasures.c.seq)
    return [_erasure(row) for row in await tx.execute(query)]


async def abandoned(tx: AsyncConnection, before: datetime) -> list[Erasure]:
    """Those under way that nobody has worked on since then."""
    query = select(erasures).where(erasures.c.ended_at.is_(None), erasures.c.touched_at <= before)
    return [_erasure(row) for row in await tx.execute(query.order_by(erasures.c.seq))]


async def ended_since(tx: AsyncConnection, since: datetime) -> list[Erasure]:
    """Those that ended since then: something of theirs may still come late."""
    query = select(erasures).where(erasures.c.ended_at >= since).order_by(erasures.c.seq)
    return [_erasure(row) for row in await tx.execute(query)]


async def note(tx: AsyncConnection, seq: int, now: datetime, **values: Any) -> None:
    """Write how far an erasure has come: about, removed, token_epoch, ended_at."""
    await tx.execute(update(erasures).where(erasures.c.seq == seq).values(touched_at=now, **values))


async def claims(tx: AsyncConnection, credential: str) -> int:
    """The number of the last claim of an erased credential of that name; 0 where there was none."""
    query = select(func.max(erasures.c.token_epoch)).where(erasures.c.credential == credential)
    return int((await tx.execute(query)).scalar() or 0)


async def next_stream(tx: AsyncConnection) -> int | None:
    """The number of the next stream, never one that was erased: SQLite would give it again. None: the database does."""
    if tx.dialect.name != "sqlite":
        return None
    taken = select(func.max(erasures.c.last_stream)), select(func.max(streams.c.id))
    return 1 + max([int((await tx.execute(query)).scalar() or 0) for query in taken])


async def others(tx: AsyncConnection, tenant: str, leaving: frozenset[str]) -> bool:
    """Whether the tenant keeps a connection that is not among the leaving ones."""
    staying = select(connections.c.id).where(connections.c.tenant == tenant, connections.c.state != "erasing")
    return not leaving.issuperset((await tx.execute(staying)).scalars())


_COLUMNS = tuple(column.name for column in fields(Erasure))


def _erasure(row: Row[Any]) -> Erasure:
    return Erasure(**{name: getattr(row, name) for name in _COLUMNS})
