"""The journal: pages as they were read. Inserting one is the checkpoint; publishing follows and may repeat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, exists, func, insert, not_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.store.sql import chunks
from pipeline.store.tables import accounts, journal, records, streams
from schemas.pages import PageHead
from schemas.version import ReadNumber

_APPEND = insert(journal)
_MARK = update(journal).where(
    journal.c.run == bindparam("page_run"),
    journal.c.number == bindparam("page_number"),
    journal.c.claim == bindparam("page_claim"),
)
"""Both made once: they are a part of every page's transactions."""


@dataclass(frozen=True, slots=True)
class JournalPage:
    """One page. ``payload`` is the encoded records; None when they are only in the archive, under ``archive_key``."""

    head: PageHead
    payload: bytes | None = field(repr=False)
    archive_key: str | None
    digest: str
    size: int


async def append(tx: AsyncConnection, stream_id: int, page: JournalPage, claim: str, now: datetime) -> None:
    """Insert a page, claimed by the worker that will publish it."""
    values = {
        "run": page.head.run,
        "number": page.head.number,
        "stream_id": stream_id,
        "read": str(page.head.read),
        "head": page.head.model_dump(mode="json"),
        "payload": None if page.archive_key else page.payload,
        "archive_key": page.archive_key,
        "digest": page.digest,
        "size": page.size,
        "created_at": now,
        "claim": claim,
    }
    await tx.execute(_APPEND, values)


async def pages(tx: AsyncConnection, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], JournalPage]:
    """Pages by run and number; those that are kept no more are left out."""
    found: dict[tuple[str, int], JournalPage] = {}
    for part in chunks(sorted(set(wanted))):
        rows = await tx.execute(select(journal).where(tuple_(journal.c.run, journal.c.number).in_(part)))
        found |= {(row.run, row.number): _page(row) for row in rows}
    return found


async def accounted(
    tx: AsyncConnection, stream_id: int, since: datetime | None, after: tuple[str, int], most: int
) -> list[JournalPage]:
    """Pages of a stream that were decided, in the order in which they were read, behind (read, number) ``after``."""
    following = tuple_(journal.c.read, journal.c.number) > after
    query = select(journal).where(journal.c.stream_id == stream_id, following, _accounted())
    if since is not None:
        query = query.where(journal.c.created_at >= since)
    return [_page(row) for row in await tx.execute(query.order_by(journal.c.read, journal.c.number).limit(most))]


async def records_beyond(tx: AsyncConnection, system: str, stream: str | None, connection: str | None) -> int:
    """Live records whose newest read is of a page that is kept no more."""
    read = func.substr(records.c.version, 1, len(str(ReadNumber(0, 0))))
    kept = exists().where(journal.c.stream_id == records.c.stream_id, journal.c.read == read)
    query = select(func.count()).select_from(records).join(streams, streams.c.id == records.c.stream_id)
    query = query.where(streams.c.system == system, records.c.live, not_(kept))
    for column, value in ((streams.c.name, stream), (streams.c.connection, connection)):
        query = query if value is None else query.where(column == value)
    return int((await tx.execute(query)).scalar_one())


async def has_unpublished(tx: AsyncConnection, stream_id: int) -> bool:
    """Whether the stream has pages that nobody marked as published."""
    mine = (journal.c.stream_id == stream_id) & journal.c.published_at.is_(None)
    return (await tx.execute(select(journal.c.run).where(mine).limit(1))).first() is not None


async def claim_unpublished(tx: AsyncConnection, stream_id: int, claim: str) -> list[JournalPage]:
    """Take over the pages of a stream that an earlier reader committed but did not mark as published."""
    mine = (journal.c.stream_id == stream_id) & journal.c.published_at.is_(None)
    await tx.execute(update(journal).where(mine).values(claim=claim))
    rows = await tx.execute(select(journal).where(mine).order_by(journal.c.read))
    return [_page(row) for row in rows]


async def mark_published(tx: AsyncConnection, page: PageHead, claim: str, now: datetime) -> None:
    """Mark a page as published, if the claim still holds."""
    same = {"page_run": page.run, "page_number": page.number, "page_claim": claim}
    await tx.execute(_MARK, {**same, "published_at": now})


async def mark_repaired(tx: AsyncConnection, page: PageHead, now: datetime) -> None:
    """Mark a page as published by the audit, where its reader never came to it."""
    same = (journal.c.run == page.run) & (journal.c.number == page.number) & journal.c.published_at.is_(None)
    await tx.execute(update(journal).where(same).values(published_at=now))


async def lost(tx: AsyncConnection, before: datetime, after: tuple[str, int], most: int) -> list[JournalPage]:
    """Pages published (or left unpublished) before then that no account exists of, by (run, number) after ``after``."""
    following = tuple_(journal.c.run, journal.c.number) > after
    query = select(journal).where(_lost(before), following).order_by(journal.c.run, journal.c.number).limit(most)
    return [_page(row) for row in await tx.execute(query)]


async def count_lost(tx: AsyncConnection, before: datetime) -> int:
    """How many pages published (or left unpublished) before then no account exists of."""
    return int((await tx.execute(select(func.count()).select_from(journal).where(_lost(before)))).scalar_one())


def _lost(before: datetime) -> ColumnElement[bool]:
    return (func.coalesce(journal.c.published_at, journal.c.created_at) <= before) & not_(_accounted())


def _accounted() -> ColumnElement[bool]:
    return exists().where(
        accounts.c.run == journal.c.run, accounts.c.number == journal.c.number, accounts.c.pass_number == 0
    )


def _page(row: Row[Any]) -> JournalPage:
    return JournalPage(PageHead.model_validate(row.head), row.payload, row.archive_key, row.digest, row.size)
