"""The closer: a run is closed when its last page is read, every page is accounted for and every event is sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.base import Mode
from distributor.account import Account
from distributor.books import Balance, balance
from pipeline import telling
from pipeline.clock import Clock
from pipeline.stages.sweeping import sweep_run
from pipeline.store import accounts, outbox, runs, streams
from pipeline.store.engine import Store
from schemas.notifications import EntityBooks, RecordBooks, RunUnbalanced, SyncCompleted

MOST = 50

OVERDUE = timedelta(hours=1)
"""How long records of a run that is read may be under way before somebody is told."""

log = structlog.get_logger()


class Closer:
    """Closes runs. Several closers share the work: each passes over the runs that another has in hand."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._after = ""

    async def step(self) -> bool:
        """Look at some unclosed runs, in turn so that those which wait keep no others back; true if there may be more.

        May be called at any time, and by several processes.
        """
        closed = 0
        async with self._store.transaction() as tx:
            found = await runs.lock_unclosed(tx, MOST, self._after)
            for run in found:
                closed += await self._close(tx, run, self._clock.now())
        self._after = found[-1].started if len(found) == MOST else ""
        return closed > 0 or len(found) == MOST

    async def _close(self, tx: AsyncConnection, run: Row[Any], now: datetime) -> bool:
        pages, total = await accounts.of_run(tx, run.id)
        if pages < run.pages:
            await self._remind(tx, run, balance(run.records, [total]), now)
            return False
        if run.sweep == "due" and not await sweep_run(tx, run, now):
            return False
        if await outbox.unsent(tx, run.id):
            return False
        books = balance(run.records, [total])
        await runs.settle(tx, run.id, state="closed", closed_at=now, balanced=books.balanced)
        await self._tell(tx, run, books, now)
        return True

    async def _tell(self, tx: AsyncConnection, run: Row[Any], books: Balance, now: datetime) -> None:
        level = log.info if books.balanced else log.error
        level("run closed", action="run_closed", run=run.id, balanced=books.balanced, reasons=books.reasons)
        if not books.balanced:
            await self._unbalanced(tx, run, books, now)
            return
        stream = await streams.by_id(tx, run.stream_id)
        done = SyncCompleted(
            tenant=stream.tenant,
            connection=stream.connection,
            system=stream.system,
            at=now,
            stream=stream.name,
            run=run.id,
            origin=Mode(run.mode).origin,
            started_at=run.opened_at,
            pages=run.pages,
            records=_records(books.total),
            entities=_entities(books.total, run.swept),
        )
        await telling.tell(tx, done, now)

    async def _remind(self, tx: AsyncConnection, run: Row[Any], books: Balance, now: datetime) -> None:
        """Tell once of a run whose records have been under way for longer than any outage of ours should be."""
        if not run.told and run.read_at is not None and now - run.read_at > OVERDUE:
            await self._unbalanced(tx, run, books, now)

    async def _unbalanced(self, tx: AsyncConnection, run: Row[Any], books: Balance, now: datetime) -> None:
        if run.told:
            return
        stream = await streams.by_id(tx, run.stream_id)
        about = RunUnbalanced(
            tenant=stream.tenant, connection=stream.connection, system=stream.system, at=now, stream=stream.name,
            run=run.id, read=run.records, accounted=books.total.read, reasons=list(books.reasons),
        )  # fmt: skip
        await telling.tell(tx, about, now)
        await runs.settle(tx, run.id, told=True)


def _records(total: Account) -> RecordBooks:
    return RecordBooks(
        read=total.read, mapped=total.mapped, skipped=total.skipped, rejected=total.rejected, held=total.held
    )


def _entities(total: Account, swept: int) -> EntityBooks:
    return EntityBooks(
        produced=total.produced,
        created=total.created,
        updated=total.updated,
        unchanged=total.unchanged,
        stale=total.stale,
        deleted=total.deleted,
        swept=swept,
    )
