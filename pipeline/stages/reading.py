"""Reading one run of a stream: request by request, each answer a page in the journal before anything else.

The read number is drawn before the request. One transaction holds the page, the run's position and, with the last
page, the cursor: a crash between two requests loses nothing, and nothing committed is fetched again. The same
transaction marks the page before as published, which it was meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors import cursors
from connectors.base import Mode, ReadAnswer, ReadRequest
from connectors.cursors import Cursor
from connectors.manifest import digest
from pipeline import schedule
from pipeline.budgets.lanes import lane_of
from pipeline.stages import highs, scans, tiers
from pipeline.stages.publishing import JournalPublisher
from pipeline.stages.visit import StreamVisit
from pipeline.store import journal, manifest, runs, streams
from pipeline.store.engine import Store
from pipeline.store.journal import JournalPage
from pipeline.store.runs import Run
from schemas.pages import PageHead, Record
from schemas.slices import source_keys, taken
from schemas.version import ReadNumber

_FULL = (Mode.BACKFILL, Mode.SCAN)
_SIGHTING = (Mode.SCAN, Mode.KEYS)
_DROPPED = (*_SIGHTING, Mode.WINDOW)
"""A run of these that found nothing new leaves no trace."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer with what was found out about it; ``fresh`` are the positions that go into the page."""

    read: ReadNumber
    answer: ReadAnswer
    keys: list[str | None]
    fresh: Sequence[int]
    seen: dict[str, str | None]

    @property
    def records(self) -> Sequence[Record]:
        """The records of the page."""
        return taken(self.answer.records, self.fresh)


class RunReader:
    """Reads runs page by page. Used by one task at a time for one stream; any worker may go on with a run."""

    def __init__(self, store: Store, publisher: JournalPublisher) -> None:
        self._store = store
        self._publisher = publisher

    async def begin(self, at: StreamVisit, mode: Mode) -> Run:
        """Start a run; scans get their row at once, so that a sweep can rely on their start."""
        run = Run(at.row.id, mode.value, at.visit.lease.draw())
        if mode is Mode.BACKFILL and at.spec.increment:
            stamp = await at.visit.session.stamp(at.spec)
            run.high = highs.first(stamp, at.spec.increment.overlap, at.visit.clock.now()).to_json()
        elif mode is Mode.INCREMENT:
            run.high = highs.of(at.row.cursor).to_json()
        elif at.spec.windows:
            every = schedule.every(at.spec, at.visit.connection.schedule)
            run.high = tiers.begin(at.spec.windows, at.row.cursor, mode, at.visit.clock.now(), every)
        if mode in (*_FULL, Mode.KEYS):
            async with self._store.transaction() as tx:
                await at.visit.keep(tx)
                await runs.save(tx, run, at.visit.clock.now())
        return run

    async def read(self, at: StreamVisit, run: Run) -> bool:
        """Read on until the run's last page or the end of the turn; true when the run is read."""
        try:
            return await self._read(at, run)
        finally:
            await self._publisher.settle(at.visit)

    async def _read(self, at: StreamVisit, run: Run) -> bool:
        while True:
            fetched = await self._fetch(at, run)
            page = await self._commit(at, run, fetched)
            if page:
                await self._publisher.send(at.visit, page)
            if run.position is None:
                at.visit.loaded.add(at.spec.name)
                return True
            if at.visit.over():
                await self._park(at, run)
                return False

    async def _park(self, at: StreamVisit, run: Run) -> None:
        """Keep how far windows were read without finding a difference, or their reading might never end."""
        if run.mode == Mode.WINDOW and not run.stored:
            async with self._store.transaction() as tx:
                await at.visit.keep(tx)
                await runs.save(tx, run, at.visit.clock.now())

    async def _fetch(self, at: StreamVisit, run: Run) -> Fetched:
        read, mode = at.visit.lease.draw(), Mode(run.mode)
        since = None
        if mode is Mode.INCREMENT and at.spec.increment and at.row.cursor:
            since = cursors.since(highs.of(at.row.cursor), at.spec.increment.overlap)
        asked = ReadRequest(at.spec, mode, run.position, since, days=tiers.days_of(run.high))
        with lane_of(mode):
            answer = await at.visit.session.read(asked)
        keys = source_keys(answer.records, at.spec.key)
        return await self._sift(at, run, Fetched(read, answer, keys, range(len(keys)), {}))

    async def _sift(self, at: StreamVisit, run: Run, got: Fetched) -> Fetched:
        """Leave out what was read before: repeats of the overlap, and what a manifest shows as unchanged."""
        mode = Mode(run.mode)
        if mode is Mode.KEYS:
            return Fetched(got.read, got.answer, got.keys, (), dict.fromkeys(k for k in got.keys if k))
        if mode is Mode.INCREMENT:
            fresh = cursors.fresh(Cursor.from_json(run.high), got.answer.records, got.keys, got.answer.stamps)
            return Fetched(got.read, got.answer, got.keys, fresh, {})
        if at.spec.increment:
            seen = dict.fromkeys(k for k in got.keys if k) if mode is Mode.SCAN else {}
            return Fetched(got.read, got.answer, got.keys, got.fresh, seen)
        digests = [digest(record) for record in got.answer.records]
        async with self._store.reading() as tx:
            known = await manifest.digests(tx, at.row.id, [k for k in got.keys if k])
        fresh = [i for i, k in enumerate(got.keys) if k is None or known.get(k) != digests[i]]
        seen = {key: digests[i] for i, key in enumerate(got.keys) if key}
        return Fetched(got.read, got.answer, got.keys, fresh, seen)

    async def _commit(self, at: StreamVisit, run: Run, got: Fetched) -> JournalPage | None:
        now = at.visit.clock.now()
        page = await self._page(at, run, got, now) if got.fresh else None
        self._move_on(at, run, got)
        last = run.position is None
        if not page and not run.stored and not last:
            return None
        async with self._store.transaction() as tx:
            await at.visit.keep(tx)
            await self._publisher.mark(tx, at.visit)
            if page or run.stored:
                await runs.save(tx, run, now)
            if page:
                await journal.append(tx, at.row.id, page, self._publisher.claim, now)
            if got.seen:
                await manifest.saw(tx, at.row.id, got.seen, got.read)
            if last:
                await self._finish(tx, at, run, got.read)
        at.visit.sent.clear()
        return page

    async def _page(self, at: StreamVisit, run: Run, got: Fetched, now: datetime) -> JournalPage:
        head = page_head(at, run, got.read, len(got.fresh), now)
        return await self._publisher.prepare(head, got.records)

    def _move_on(self, at: StreamVisit, run: Run, got: Fetched) -> None:
        run.position = got.answer.position
        run.sighted += len(got.keys)
        run.keyless += got.keys.count(None)
        if got.fresh:
            run.pages += 1
            run.records += len(got.fresh)
        if run.mode in (Mode.INCREMENT, Mode.BACKFILL) and at.spec.increment:
            load, overlap, now = run.mode == Mode.BACKFILL, at.spec.increment.overlap, at.visit.clock.now()
            high = highs.after(Cursor.from_json(run.high), got.answer, got.keys, overlap, now, load=load)
            run.high = high.to_json()

    async def _finish(self, tx: AsyncConnection, at: StreamVisit, run: Run, read: ReadNumber) -> None:
        mode, now = Mode(run.mode), at.visit.clock.now()
        cursor = _cursor_after(at, run)
        if cursor not in (None, at.row.cursor):
            await streams.settle(tx, at.row.id, cursor=cursor)
        if mode is Mode.BACKFILL or (mode is Mode.SCAN and not at.row.loaded):
            await streams.settle(tx, at.row.id, loaded=True)
        previous = await scans.complete(tx, at.spec, at.row, run, now) if mode in _SIGHTING else None
        if mode in _DROPPED and not run.pages and not previous:
            await runs.drop(tx, run)
        elif run.stored:
            await runs.finish(tx, run, read, now, previous)


def _cursor_after(at: StreamVisit, run: Run) -> Any:
    """Where the stream stands when the run is read, None for where it stood."""
    if at.spec.windows:
        return tiers.cursor_after(run.high) if run.high else None
    return run.high if run.mode in (Mode.INCREMENT, Mode.BACKFILL) else None


def page_head(
    at: StreamVisit, run: Run, read: ReadNumber, count: int, now: datetime, absent: tuple[str, ...] = ()
) -> PageHead:
    """The head of the run's next page."""
    connection = at.visit.connection
    return PageHead(
        tenant=connection.tenant,
        connection=connection.id,
        system=connection.system,
        company=connection.company,
        stream=at.spec.name,
        run=run.id,
        number=run.pages,
        read=read,
        origin=Mode(run.mode).origin,
        read_at=now,
        count=count,
        absent=absent,
        traceparent=at.visit.traceparent,
    )
