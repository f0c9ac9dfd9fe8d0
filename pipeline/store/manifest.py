"""Manifest: what scans saw in the ERP, and what follows from what they did not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Column, ColumnElement, and_, delete, exists, func, not_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.store.sql import chunks, upsert
from pipeline.store.tables import accounts, journal, letters, manifest, records
from schemas.version import ReadNumber


async def saw(tx: AsyncConnection, stream_id: int, seen: Mapping[str, str | None], read: ReadNumber) -> None:
    """Note that a scan saw these keys (with the record's digest, where the stream needs it and keys are not all)."""
    rows = [{"stream_id": stream_id, "key": k, "seen": str(read), "digest": d} for k, d in seen.items()]
    statement = upsert(tx, manifest)
    digest = func.coalesce(statement.excluded.digest, manifest.c.digest)
    values = {"seen": statement.excluded.seen, "digest": digest}
    statement = statement.on_conflict_do_update(index_elements=["stream_id", "key"], set_=values)
    for part in chunks(rows):
        await tx.execute(statement, list(part))


async def digests(tx: AsyncConnection, stream_id: int, keys: Sequence[str]) -> dict[str, str]:
    """The digests of raw records as last seen."""
    found: dict[str, str] = {}
    for part in chunks(keys):
        query = select(manifest.c.key, manifest.c.digest).where(
            manifest.c.stream_id == stream_id, manifest.c.key.in_(part), manifest.c.digest.is_not(None)
        )
        found.update({row.key: row.digest for row in await tx.execute(query)})
    return found


async def forget_digests(tx: AsyncConnection, stream_id: int, keys: Sequence[str]) -> None:
    """Have the next scan take these records for changed, whatever they say."""
    for part in chunks(keys):
        mine = (manifest.c.stream_id == stream_id) & manifest.c.key.in_(part)
        await tx.execute(update(manifest).where(mine).values(digest=None))


async def forget_all_digests(tx: AsyncConnection, stream_id: int) -> None:
    """Have the next scan take every record of the stream for changed."""
    await tx.execute(update(manifest).where(manifest.c.stream_id == stream_id).values(digest=None))


async def drop_unseen(tx: AsyncConnection, stream_id: int, since: ReadNumber) -> None:
    """After a complete scan: forget the keys that it did not see."""
    await tx.execute(delete(manifest).where(manifest.c.stream_id == stream_id, manifest.c.seen < str(since)))


def unseen(stream_id: int, since: ReadNumber) -> ColumnElement[bool]:
    """Condition on ``records``: live, last read before ``since``, neither seen by a scan nor rejected since then."""
    mine = and_(records.c.stream_id == stream_id, records.c.live, records.c.version < str(since))
    rejected = exists().where(
        letters.c.stream_id == stream_id, letters.c.key == records.c.key, letters.c.version >= str(since)
    )
    return and_(mine, not_(_sighted(stream_id, records.c.key, since)), not_(rejected))


def _sighted(stream_id: int, key: Column[str], since: ReadNumber) -> ColumnElement[bool]:
    return exists().where(manifest.c.stream_id == stream_id, manifest.c.key == key, manifest.c.seen >= str(since))


async def absent(tx: AsyncConnection, stream_id: int, since: ReadNumber) -> list[str]:
    """Keys of live records and open letters that a complete scan begun at ``since`` did not see.

    It finds what ``distributor.sweep.candidates`` says.
    """
    gone = list((await tx.execute(select(records.c.key).where(unseen(stream_id, since)))).scalars())
    read = exists().where(
        records.c.stream_id == stream_id, records.c.key == letters.c.key, records.c.version >= str(since)
    )
    waiting = select(letters.c.key).where(
        letters.c.stream_id == stream_id,
        letters.c.state == "open",
        letters.c.version < str(since),
        not_(_sighted(stream_id, letters.c.key, since)),
        not_(read),
    )
    return sorted({*gone, *(await tx.execute(waiting)).scalars()})


async def absent_records(tx: AsyncConnection, stream_id: int, since: ReadNumber) -> int:
    """How many live records a sweep would delete."""
    query = select(func.count()).select_from(records).where(unseen(stream_id, since))
    return int((await tx.execute(query)).scalar_one())


async def unknown(tx: AsyncConnection, stream_id: int) -> list[str]:
    """Keys that a scan saw and of which erpflow has neither a record nor a letter; none while pages are under way."""
    if await pages_under_way(tx, stream_id):
        return []
    here = exists().where(records.c.stream_id == stream_id, records.c.key == manifest.c.key)
    letter = exists().where(letters.c.stream_id == stream_id, letters.c.key == manifest.c.key)
    query = select(manifest.c.key).where(manifest.c.stream_id == stream_id, not_(here), not_(letter))
    return list((await tx.execute(query)).scalars())


async def pages_under_way(tx: AsyncConnection, stream_id: int, until: ReadNumber | None = None) -> int:
    """How many pages of the stream (read up to ``until``) no account exists of yet."""
    accounted = exists().where(
        accounts.c.run == journal.c.run, accounts.c.number == journal.c.number, accounts.c.pass_number == 0
    )
    query = select(func.count()).where(journal.c.stream_id == stream_id, not_(accounted))
    if until is not None:
        query = query.where(journal.c.read <= str(until))
    return int((await tx.execute(query)).scalar_one())
