"""The ledger: raw records with their versions, and the entities that were delivered, tombstones included."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.brake import Brake
from distributor.decide import entity_ids_of, keys_of
from distributor.rows import EntityRow, EntityWrite, RecordRow, RecordWrite, State
from pipeline.store import letters
from pipeline.store.sql import chunks, replacing
from pipeline.store.tables import deletes, entities, records, streams
from schemas.pages import DomainPage
from schemas.version import Version

DAY = timedelta(days=1)


async def state(tx: AsyncConnection, stream_id: int, *pages: DomainPage) -> State:
    """The rows that pages of a stream concern, to be read under the stream's lock."""
    keys = sorted(set().union(*map(keys_of, pages)))
    found = await record_rows(tx, stream_id, keys)
    wanted = sorted(set().union(*(entity_ids_of(page, found) for page in pages)))
    return State(found, await entity_rows(tx, wanted), await letters.rows(tx, stream_id, keys))


async def state_of(tx: AsyncConnection, stream_id: int, keys: Sequence[str]) -> State:
    """The rows of records that are gone, with everything they gave."""
    found = await record_rows(tx, stream_id, keys)
    wanted = sorted(identity for row in found.values() for identity in row.entities)
    return State(found, await entity_rows(tx, wanted), await letters.rows(tx, stream_id, keys))


async def record_rows(tx: AsyncConnection, stream_id: int, keys: Sequence[str]) -> dict[str, RecordRow]:
    """The rows of raw records by key; those that were never read are left out."""
    found: dict[str, RecordRow] = {}
    for part in chunks(keys):
        query = select(records).where(records.c.stream_id == stream_id, records.c.key.in_(part))
        for row in await tx.execute(query):
            found[row.key] = RecordRow(row.key, Version.parse(row.version), tuple(row.entities))
    return found


async def entity_rows(tx: AsyncConnection, ids: Sequence[str]) -> dict[str, EntityRow]:
    """The rows of entities by id."""
    found: dict[str, EntityRow] = {}
    for part in chunks(ids):
        for row in await tx.execute(select(entities).where(entities.c.id.in_(part))):
            found[row.id] = entity_row(row)
    return found


def entity_row(row: Row[Any]) -> EntityRow:
    """A ledger row as decisions read it."""
    version = Version.parse(row.version)
    return EntityRow(row.id, row.entity, row.key, version, row.digest, row.body, row.deleted)


async def write_records(tx: AsyncConnection, stream_id: int, writes: Iterable[RecordWrite], now: datetime) -> None:
    """Insert or replace rows of raw records."""
    rows = [
        {
            "stream_id": stream_id,
            "key": write.row.key,
            "version": str(write.row.version),
            "entities": list(write.row.entities),
            "live": write.live,
            "read_at": now,
        }
        for write in writes
    ]
    statement = replacing(tx, records)
    for part in chunks(rows):
        await tx.execute(statement, list(part))


async def write_entities(
    tx: AsyncConnection, stream_id: int, tenant: str, writes: Iterable[EntityWrite], now: datetime
) -> None:
    """Insert or replace rows of entities. ``changed_at`` moves only where something changed."""
    changed = [_values(write.row, stream_id, tenant, now) for write in writes if write.change]
    moved = [_values(write.row, stream_id, tenant, now) for write in writes if not write.change]
    for rows, keep in ((changed, ()), (moved, ("changed_at",))):
        statement = replacing(tx, entities, keep)
        for part in chunks(rows):
            await tx.execute(statement, list(part))


def _values(row: EntityRow, stream_id: int, tenant: str, now: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "stream_id": stream_id,
        "key": row.source_key,
        "entity": row.entity,
        "tenant": tenant,
        "version": str(row.version),
        "digest": row.digest,
        "body": row.body,
        "deleted": row.deleted,
        "changed_at": now,
    }


async def brake(tx: AsyncConnection, stream_id: int, now: datetime) -> Brake:
    """What the stream may lose at the moment."""
    alive = select(func.count()).where(records.c.stream_id == stream_id, records.c.live)
    day = and_(deletes.c.stream_id == stream_id, deletes.c.at > now - DAY)
    lost = select(func.coalesce(func.sum(deletes.c.records), 0)).where(day)
    stream = (await tx.execute(select(streams).where(streams.c.id == stream_id))).one()
    released = stream.release_limit if stream.release_until and stream.release_until > now else 0
    return Brake(
        alive=int((await tx.execute(alive)).scalar_one()),
        deleted=int((await tx.execute(lost)).scalar_one()),
        allowance=int(released or 0),
    )
