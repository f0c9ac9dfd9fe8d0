"""Streams of the connections: what is due, the cursor, and the records that must be read again by key."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, case, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.store import erasures
from pipeline.store.sql import CHUNK, chunks, upsert
from pipeline.store.tables import connections, requests, streams
from schemas.errors import ConfigError


@dataclass(frozen=True, slots=True)
class StreamRow:
    """One stream as stored. ``cursor`` is the JSON of ``connectors.cursors.Cursor``, None before the first load."""

    id: int
    connection: str
    name: str
    cursor: dict[str, Any] | None
    loaded: bool
    next_due_at: datetime
    next_deletes_at: datetime | None
    full_due: bool
    since: datetime | None
    last_scan: str | None
    failures: int
    last_error: str | None
    told: bool

    def due(self, now: datetime) -> bool:
        """Whether there is something to read; a full scan that fails waits as the stream does."""
        deletes = self.next_deletes_at is not None and self.next_deletes_at <= now
        return self.next_due_at <= now or deletes or (self.full_due and not self.failures)


async def ensure(tx: AsyncConnection, connection: str, names: Sequence[str], now: datetime) -> list[StreamRow]:
    """The streams of a connection; those of its system that are not stored yet are made, due at once.

    A stream left by an earlier connection to the same company is taken over with its cursor and records.
    """
    scope = (await tx.execute(select(connections).where(connections.c.id == connection))).one()
    mine = and_(streams.c.tenant == scope.tenant, streams.c.system == scope.system, streams.c.company == scope.company)
    found = (await tx.execute(select(streams).where(mine))).all()
    missing = set(names) - {row.name for row in found}
    foreign = [row.id for row in found if row.connection != connection]
    if not missing and not foreign:
        return [_row(row) for row in found]
    if foreign:
        await tx.execute(update(streams).where(streams.c.id.in_(foreign)).values(connection=connection))
    base = {
        "connection": connection,
        "tenant": scope.tenant,
        "system": scope.system,
        "company": scope.company,
    }
    for name in [name for name in names if name in missing]:
        number = await erasures.next_stream(tx)
        row = {**base, "name": name, "next_due_at": now} | ({"id": number} if number else {})
        await tx.execute(upsert(tx, streams).values(row).on_conflict_do_nothing())
    return [_row(row) for row in await tx.execute(select(streams).where(mine))]


async def of_connection(tx: AsyncConnection, connection: str) -> list[StreamRow]:
    """The stored streams of a connection."""
    return [_row(row) for row in await tx.execute(select(streams).where(streams.c.connection == connection))]


async def of_system(tx: AsyncConnection, system: str, name: str | None, connection: str | None) -> list[int]:
    """The ids of a system's streams, or those of one name or connection."""
    query = select(streams.c.id).where(streams.c.system == system).order_by(streams.c.id)
    for column, value in ((streams.c.name, name), (streams.c.connection, connection)):
        query = query if value is None else query.where(column == value)
    return list((await tx.execute(query)).scalars())


async def lock(tx: AsyncConnection, connection: str, name: str) -> int:
    """Lock the stream's row (not its key, which pages refer to) and give its id; LookupError if it is gone."""
    query = select(streams.c.id).where(streams.c.connection == connection, streams.c.name == name)
    found = (await tx.execute(query.with_for_update(key_share=True))).scalar()
    if found is None:
        raise LookupError(f"stream {name} of connection {connection}")
    return int(found)


async def find(tx: AsyncConnection, connection: str, name: str) -> int:
    """The id of a stream; raises ConfigError when the connection has none of that name."""
    query = select(streams.c.id).where(streams.c.connection == connection, streams.c.name == name)
    found = (await tx.execute(query)).scalar()
    if found is None:
        raise ConfigError(f"Connection {connection} has no stream {name}; erpflow connections list shows its streams.")
    return int(found)


async def by_id(tx: AsyncConnection, stream_id: int) -> Row[Any]:
    """A stream's row, whole."""
    return (await tx.execute(select(streams).where(streams.c.id == stream_id))).one()


async def row_of(tx: AsyncConnection, stream_id: int) -> StreamRow:
    """A stream as it stands now."""
    return _row(await by_id(tx, stream_id))


async def lock_id(tx: AsyncConnection, stream_id: int) -> Row[Any]:
    """Lock a stream's row by id and give it whole; LookupError if it is gone, or its connection is being erased."""
    query = select(streams).where(streams.c.id == stream_id).with_for_update(key_share=True)
    found = (await tx.execute(query)).one_or_none()
    # Asked once the lock is held: an erasure that began while it was waited for has committed before.
    if found is None or await erasures.is_under_way(tx, found.connection):
        raise LookupError(f"stream {stream_id}")
    return found


async def lock_all(tx: AsyncConnection, stream_ids: Collection[int]) -> set[int]:
    """Lock the rows of some streams; the ids of those that are there and whose connection is not being erased.

    Always in the order of their ids, so that two that lock several never wait for each other.
    """
    query = select(streams.c.id, streams.c.connection).where(streams.c.id.in_(stream_ids)).order_by(streams.c.id)
    rows = (await tx.execute(query.with_for_update(key_share=True))).all()
    gone = await erasures.all_under_way(tx, {row.connection for row in rows})
    return {row.id for row in rows if row.connection not in gone}


async def is_there(tx: AsyncConnection, stream_id: int) -> bool:
    """Lock a stream's row; false if it is gone, or its connection is being erased."""
    try:
        await lock_id(tx, stream_id)
    except LookupError:
        return False
    return True


async def settle(tx: AsyncConnection, stream_id: int, **values: Any) -> None:
    """Set columns of a stream: next_due_at, next_deletes_at, cursor, loaded, failures, last_error, release_*."""
    await tx.execute(update(streams).where(streams.c.id == stream_id).values(**values))


async def next_due(tx: AsyncConnection, row: StreamRow, due: datetime) -> None:
    """Set when the stream is due next, unless it was made due anew since ``row`` was read."""
    same = and_(streams.c.id == row.id, streams.c.next_due_at == row.next_due_at)
    await tx.execute(update(streams).where(same).values(next_due_at=due))


async def rewind(tx: AsyncConnection, row: StreamRow, cursor: dict[str, Any] | None) -> None:
    """Do what ``since`` asks for, once: put the cursor there, unless another instant was asked for meanwhile."""
    same = and_(streams.c.id == row.id, streams.c.since == row.since)
    moved = {} if cursor is None else {"cursor": cursor}
    await tx.execute(update(streams).where(same).values(since=None, **moved))


async def fail(tx: AsyncConnection, row: StreamRow, reason: str, due: datetime, told: bool) -> None:
    """Note one more failure; nothing of the stream is due before ``due``. ``told``: it is told to people."""
    later = case((streams.c.next_deletes_at < due, due), else_=streams.c.next_deletes_at)
    values = {"failures": row.failures + 1, "last_error": reason, "next_due_at": due, "next_deletes_at": later}
    await tx.execute(update(streams).where(streams.c.id == row.id).values(told=row.told or told, **values))


async def make_due(tx: AsyncConnection, stream_ids: Sequence[int], now: datetime) -> None:
    """Have streams read at the next wake-up; a read that is under way does not count."""
    await tx.execute(update(streams).where(streams.c.id.in_(stream_ids)).values(next_due_at=now))


async def request(tx: AsyncConnection, stream_id: int, keys: Sequence[str], now: datetime) -> None:
    """Ask for records to be read by key. Asking again while a read is under way makes one more read."""
    rows = [{"stream_id": stream_id, "key": key, "asked": 1, "asked_at": now} for key in dict.fromkeys(keys)]
    if not rows:
        return
    again = {"asked": requests.c.asked + 1, "asked_at": now}
    statement = upsert(tx, requests).on_conflict_do_update(index_elements=["stream_id", "key"], set_=again)
    for part in chunks(rows):
        await tx.execute(statement, list(part))
    await make_due(tx, [stream_id], now)


async def requested(tx: AsyncConnection, stream_id: int, most: int = CHUNK) -> dict[str, int]:
    """Keys to read, oldest first, with how often each was asked for."""
    query = select(requests.c.key, requests.c.asked).where(requests.c.stream_id == stream_id)
    rows = await tx.execute(query.order_by(requests.c.asked_at, requests.c.key).limit(most))
    return {row.key: row.asked for row in rows}


async def answered(tx: AsyncConnection, stream_id: int, keys: Mapping[str, int]) -> None:
    """Strike requests off that were asked no more often than when they were taken."""
    same = [and_(requests.c.key == key, requests.c.asked == asked) for key, asked in keys.items()]
    for part in chunks(same, 200):
        await tx.execute(delete(requests).where(requests.c.stream_id == stream_id, or_(*part)))


async def due_since(tx: AsyncConnection, stream_ids: Sequence[int], asked: datetime) -> bool:
    """Whether one of the streams was not read yet since ``asked``."""
    waiting = or_(streams.c.next_due_at <= asked, streams.c.full_due, streams.c.since.is_not(None))
    query = select(streams.c.id).where(streams.c.id.in_(stream_ids), waiting).limit(1)
    return (await tx.execute(query)).first() is not None


_COLUMNS = tuple(StreamRow.__dataclass_fields__)


def _row(found: Row[Any]) -> StreamRow:
    return StreamRow(**{name: getattr(found, name) for name in _COLUMNS})
