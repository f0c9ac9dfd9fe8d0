"""One stream's part of a visit: leftovers, an open run, requested keys, what is due; in this order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.base import Mode
from pipeline import schedule
from pipeline.stages import telling
from pipeline.stages.lookups import LookupReader
from pipeline.stages.priming import prime
from pipeline.stages.publishing import JournalPublisher
from pipeline.stages.reading import RunReader
from pipeline.stages.visit import StreamVisit
from pipeline.store import runs, streams
from pipeline.store.engine import Store


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
        if at.spec.lookup_size:
            await self._lookups.read(at)
        now = at.visit.clock.now()
        if at.row.next_due_at <= now and not (unprimed and not at.row.loaded):
            if not await self._run(at, self._due_mode(at)):
                return
            await self._settle(at, now, **self._next_dues(at, now))
        await self._find_deletes(at, now)

    async def _find_deletes(self, at: StreamVisit, now: datetime) -> None:
        if not _looks_for_deletes(at) and not at.row.full_due:
            if at.row.next_deletes_at is not None:
                await self._settle(at, now, next_deletes_at=None)
            return
        due = at.row.next_deletes_at is not None and at.row.next_deletes_at <= now
        if not at.row.loaded or not (due or at.row.full_due):
            return
        full = at.row.full_due or at.spec.deletes != "keys"
        if await self._run(at, Mode.SCAN if full else Mode.KEYS):
            await self._settle(at, now, next_deletes_at=self._next(at, now, "deletes_every"), full_due=False)
            await self._lookups.read(at)

    async def _finish_open_run(self, at: StreamVisit) -> bool:
        async with self._store.reading() as tx:
            run = await runs.open_run(tx, at.row.id)
        return run is None or await self._runs.read(at, run)

    async def _run(self, at: StreamVisit, mode: Mode) -> bool:
        if mode is Mode.BACKFILL and not at.spec.entities:
            await prime(self._store, at)
            return True
        return await self._runs.read(at, await self._runs.begin(at, mode))

    @staticmethod
    def _due_mode(at: StreamVisit) -> Mode:
        if not at.row.loaded:
            return Mode.BACKFILL
        return Mode.INCREMENT if at.spec.increment else Mode.SCAN

    def _next_dues(self, at: StreamVisit, now: datetime) -> dict[str, Any]:
        """After a first load there is no need to look for deletes at once."""
        due = {"next_due_at": self._next(at, now, "every")}
        return due if at.row.loaded else {**due, "next_deletes_at": self._next(at, now, "deletes_every")}

    @staticmethod
    def _next(at: StreamVisit, now: datetime, interval: str) -> datetime:
        seconds = schedule.every(at.spec, at.visit.connection.schedule, interval)
        return schedule.next_due(now, seconds, f"{at.row.id}:{interval}")

    async def _settle(self, at: StreamVisit, now: datetime, **done: Any) -> None:
        """The stream was read: set when it is due next, and tell if it had been failing."""
        async with self._store.transaction() as tx:
            await at.visit.keep(tx)
            await streams.settle(tx, at.row.id, failures=0, last_error=None, **done)
            await self._recovered(tx, at, now)

    async def _recovered(self, tx: AsyncConnection, at: StreamVisit, now: datetime) -> None:
        if at.row.last_error:
            await telling.connection_recovered(tx, at.visit.connection, at.spec.name, now)


def _looks_for_deletes(at: StreamVisit) -> bool:
    """Whether deletes need a reading of their own; a stream that is compared as a whole shows them by itself."""
    return at.spec.deletes == "keys" or (at.spec.deletes == "scan" and at.spec.increment is not None)
