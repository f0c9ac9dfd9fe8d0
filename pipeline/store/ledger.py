"""The ledger: raw records with their versions, and the entities that were delivered, tombstones included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.brake import Brake
from distributor.decide import entity_ids_of, keys_of
from distributor.rows import EntityRow, EntityWrite, RecordRow, RecordWrite, State
from pipeline.store import bulk, letters
from pipeline.store.sql import chunks
from pipeline.store.tables import deletes, entities, records, streams
from schemas.pages import DomainPage
from schemas.version import Version

DAY = timedelta(days=1)


async def state(tx: AsyncConnection, stream_id: int, page: DomainPage) -> State:
    """The rows that a page concerns, to be read under the stream's lock."""
    return (await states(tx, {stream_id: [page]}))[stream_id]


async def states(tx: AsyncConnection, pages: Mapping[int, Sequence[DomainPage]]) -> dict[int, State]:
    """The rows that pages concern, by stream, to be read under the locks of the streams."""
    keys = [(stream, key) for stream, some in pages.items() for key in sorted(set().union(*map(keys_of, some)))]
    found = await _record_rows(tx, keys)
    wanted = {
        stream: set().union(*(entity_ids_of(page, found.get(stream, {})) for page in some))
        for stream, some in pages.items()
    }
    known = await entity_rows(tx, sorted(set().union(*wanted.values())))
    open_letters = await letters.rows(tx, keys)
    return {
        stream: State(found.get(stream, {}), {id: known[id] for id in ids if id in known}, open_letters.get(stream, {}))
        for stream, ids in wanted.items()
    }


async def state_of(tx: AsyncConnection, stream_id: int, keys: Sequence[str]) -> State:
    """The rows of records that are gone, with everything they gave."""
    found = await record_rows(tx, stream_id, keys)
    wanted = sorted(identity for row in found.values() for identity in row.entities)
    known = await letters.rows(tx, [(stream_id, key) for key in keys])
    return State(found, await entity_rows(tx, wanted), known.get(stream_id, {}))


async def record_rows(tx: AsyncConnection, stream_id: int, keys: Sequence[str]) -> dict[str, RecordRow]:
    """The rows of raw records by key; those that were never read are left out."""
    return (await _record_rows(tx, [(stream_id, key) for key in keys])).get(stream_id, {})


async def _record_rows(tx: AsyncConnection, keys: Sequence[tuple[int, str]]) -> dict[int, dict[str, RecordRow]]:
    found: dict[int, dict[str, RecordRow]] = defaultdict(dict)
    columns = (records.c.stream_id, records.c.key, records.c.version, records.c.entities)
    for part in chunks(keys):
        given = bulk.pairs(tx, part)
        same = (records.c.stream_id == given.c.number) & (records.c.key == given.c.text)
        for row in await tx.execute(select(*columns).select_from(given).join(records, same)):
            found[row.stream_id][row.key] = RecordRow(row.key, Version.parse(row.version), tuple(row.entities))
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


async def write_records(tx: AsyncConnection, writes: Iterable[tuple[int, RecordWrite]], now: datetime) -> None:
    """Insert or replace rows of raw records, each with its stream; none is named twice."""
    rows = [
        {
            "stream_id": stream_id,
            "key": write.row.key,
            "version": str(write.row.version),
            "entities": list(write.row.entities),
            "live": write.live,
            "read_at": now,
        }
        for stream_id, write in writes
    ]
    await bulk.replace(tx, records, rows)


async def write_entities(tx: AsyncConnection, writes: Sequence[tuple[int, str, EntityWrite]], now: datetime) -> None:
    """Insert or replace rows of entities, each with its stream and tenant; none is named twice.

    ``changed_at`` moves only where something changed.
    """
    rows = [(write.change, _values(write.row, stream_id, tenant, now)) for stream_id, tenant, write in writes]
    await bulk.replace(tx, entities, [values for change, values in rows if change])
    await bulk.replace(tx, entities, [values for change, values in rows if not change], keep=("changed_at",))


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
