"""One stream's part of a visit: leftovers, an open run, requested keys, what is due; in this order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors import cursors
from connectors.base import Mode
from connectors.spec import StreamSpec
from pipeline import schedule, telling
from pipeline.stages import tiers
from pipeline.stages.lookups import LookupReader
from pipeline.stages.priming import prime
from pipeline.stages.publishing import JournalPublisher
from pipeline.stages.reading import RunReader
from pipeline.stages.visit import StreamVisit
from pipeline.store import manifest, runs, streams
from pipeline.store.engine import Store
from pipeline.store.streams import StreamRow


class StreamReader:
    """Reads one stream of a visit; the stages' order makes every step repeatable after a crash."""

    def __init__(self, store: Store, publisher: JournalPublisher) -> None:
        self._store = store
        self._publisher = publisher
        self._runs = RunReader(store, publisher)
        self._lookups = LookupReader(store, publisher)

    async def read(self, at: StreamVisit, unprimed: bool) -> None:
        """Read what is due of the stream. ``unprimed``: its first load must wait for the streams that refresh it."""
        await self._publisher.publish_leftovers(at)
        if not await self._finish_open_run(at):
            return
        at = await self._as_it_stands(at)
        if at.spec.lookup_size:
            await self._lookups.read(at)
        else:
            at = await self._scan_instead(at)
        now = at.visit.clock.now()
        if at.row.next_due_at <= now:
            if unprimed and not at.row.loaded:
                await self._postpone(at, now)
            elif await self._run(at, self._due_mode(at)):
                await self._settle_due(at, now)
            else:
                return
        await self._find_deletes(at, now)

    async def _find_deletes(self, at: StreamVisit, now: datetime) -> None:
        if not _looks_for_deletes(at) and not at.row.full_due:
            if at.row.next_deletes_at is not None:
                await self._settle(at, now, next_deletes_at=None)
            return
        due = at.row.next_deletes_at is None or at.row.next_deletes_at <= now
        if not at.row.loaded or not (due or at.row.full_due):
            return
        full = at.row.full_due or at.spec.deletes != "keys"
        if await self._run(at, Mode.SCAN if full else Mode.KEYS):
            await self._settle_deletes(at, now)
            await self._lookups.read(at)

    async def _finish_open_run(self, at: StreamVisit) -> bool:
        """Go on with the run that an earlier visit left open; true when none is open any more.

        It is what was due, so that the stream is then settled as if this visit had begun it.
        """
        async with self._store.reading() as tx:
            run = await runs.open_run(tx, at.row.id)
        if run is None:
            return True
        if not await self._runs.read(at, run):
            return False
        now = at.visit.clock.now()
        by_deletes = _looks_for_deletes(at) and run.mode in (Mode.KEYS, Mode.SCAN)
        await (self._settle_deletes(at, now) if by_deletes else self._settle_due(at, now))
        return True

    async def _as_it_stands(self, at: StreamVisit) -> StreamVisit:
        """The stream after what was finished, with its cursor where an operator asked for it."""
        async with self._store.transaction() as tx:
            await at.visit.keep(tx)
            row = await streams.row_of(tx, at.row.id)
            if row.since:
                again = _rewound(at.spec, row, at.visit.clock.now())
                await streams.rewind(tx, row, again)
                if again is None and at.spec.windows and row.loaded:
                    await streams.settle(tx, row.id, full_due=True)
                row = await streams.row_of(tx, at.row.id)
        return replace(at, row=row)

    async def _scan_instead(self, at: StreamVisit) -> StreamVisit:
        """Have a full scan read what was asked for by key, where the ERP cannot be asked by key."""
        async with self._store.reading() as tx:
            wanted = await streams.requested(tx, at.row.id)
        if not wanted:
            return at
        async with self._store.transaction() as tx:
            await at.visit.keep(tx)
            await manifest.forget_digests(tx, at.row.id, list(wanted))
            await streams.answered(tx, at.row.id, wanted)
            await streams.settle(tx, at.row.id, full_due=True)
        return replace(at, row=replace(at.row, full_due=True))

    async def _postpone(self, at: StreamVisit, now: datetime) -> None:
        async with self._store.transaction() as tx:
            await at.visit.keep(tx)
            await streams.next_due(tx, at.row, now + schedule.FIRST_RETRY)

    async def _run(self, at: StreamVisit, mode: Mode) -> bool:
        if mode is Mode.BACKFILL and not at.spec.entities:
            await prime(self._store, at)
            return True
        return await self._runs.read(at, await self._runs.begin(at, mode))

    @staticmethod
    def _due_mode(at: StreamVisit) -> Mode:
        if not at.row.loaded:
            return Mode.BACKFILL
        if at.spec.increment:
            return Mode.INCREMENT
        return Mode.WINDOW if at.spec.windows else Mode.SCAN

    @staticmethod
    def _next(at: StreamVisit, now: datetime, interval: str) -> datetime:
        wished = schedule.every(at.spec, at.visit.connection.schedule, interval)
        return schedule.next_due(now, wished * at.visit.stretch, f"{at.row.id}:{interval}")

    async def _settle_due(self, at: StreamVisit, now: datetime) -> None:
        async with self._store.transaction() as tx:
            # What was asked for meanwhile, or is left of it when the turn ends, keeps the stream due.
            if not await streams.requested(tx, at.row.id, 1):
                await streams.next_due(tx, at.row, self._next(at, now, "every"))
            if _looks_for_deletes(at) and (not at.row.loaded or at.row.next_deletes_at is None):
                # After a first load there is no need to look for deletes at once. Where it is, it has to be due: the
                # look that follows may be interrupted.
                due = now if at.row.loaded else self._next(at, now, "deletes_every")
                await streams.settle(tx, at.row.id, next_deletes_at=due)
            await self._settled(tx, at, now)

    async def _settle_deletes(self, at: StreamVisit, now: datetime) -> None:
        await self._settle(at, now, next_deletes_at=self._next(at, now, "deletes_every"), full_due=False)

    async def _settle(self, at: StreamVisit, now: datetime, **done: Any) -> None:
        async with self._store.transaction() as tx:
            await streams.settle(tx, at.row.id, **done)
            await self._settled(tx, at, now)

    @staticmethod
    async def _settled(tx: AsyncConnection, at: StreamVisit, now: datetime) -> None:
        """The stream was read: forget its failures, and tell if it was told that it fails."""
        await at.visit.keep(tx)
        told = (await streams.row_of(tx, at.row.id)).told
        await streams.settle(tx, at.row.id, failures=0, last_error=None, told=False)
        if told:
            await telling.connection_recovered(tx, at.visit.connection, at.spec.name, now)


def _looks_for_deletes(at: StreamVisit) -> bool:
    """Whether deletes need a reading of their own; a stream that is compared as a whole shows them by itself."""
    asked = at.spec.increment is not None or at.spec.windows is not None
    return at.spec.deletes == "keys" or (at.spec.deletes == "scan" and asked)


def _rewound(spec: StreamSpec, row: StreamRow, now: datetime) -> dict[str, Any] | None:
    """The cursor that has read again what an operator asked for; None where a cursor cannot."""
    if row.since is None or not row.loaded:
        return None
    if spec.windows:
        return tiers.rewound(spec.windows, row.cursor, row.since.date(), now.date())
    return cursors.start(row.since).to_json() if spec.increment else None
