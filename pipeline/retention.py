"""Retention: every table gives up what is no longer of use, in an order that keeps the guarantees.

Tombstones and accounts outlive every page that can still be run, so that an old page can never bring a record back
or be decided twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, Table, delete, exists, select, tuple_

from pipeline.archive import Archive
from pipeline.clock import Clock
from pipeline.store.engine import Store
from pipeline.store.sql import remove
from pipeline.store.tables import accounts, deletes, entities, journal, letters, messages, outbox, records, runs

log = structlog.get_logger()

MOST = 1000
"""Rows removed in one transaction."""


@dataclass(frozen=True, slots=True)
class Periods:
    """How long things are kept after they are done with."""

    sent: timedelta = timedelta(days=5)
    """Sent events: longer than the queues' retention of 4 days, so that a lost broker can be made good."""
    pages: timedelta = timedelta(days=30)
    """Pages and their runs."""
    letters: timedelta = timedelta(days=90)
    """Closed and discarded letters, and messages that were sent back."""

    @property
    def proofs(self) -> timedelta:
        """Accounts and tombstones: twice as long as the pages."""
        return 2 * self.pages


class Retention:
    """Removes what has outlived its period, a bounded number of rows per step."""

    def __init__(self, store: Store, archive: Archive, clock: Clock, periods: Periods) -> None:
        self._store = store
        self._archive = archive
        self._clock = clock
        self._periods = periods

    async def step(self) -> bool:
        """Remove some of each table; true while there is more."""
        now = self._clock.now()
        removed = await self._pages(now - self._periods.pages)
        for table, condition in _rules(now, self._periods):
            async with self._store.transaction() as tx:
                removed += len(await remove(tx, table, condition, MOST))
        if removed:
            log.info("old rows removed", action="retention", rows=removed)
        return removed > 0

    async def _pages(self, before: datetime) -> int:
        """Pages of closed runs but for those of open letters.

        The row goes first, so that no row ever points to an object that is gone.
        """
        old = select(runs.c.id).where(runs.c.state == "closed", runs.c.closed_at < before)
        waiting = _waiting(journal.c.run, journal.c.number)
        query = select(journal.c.run, journal.c.number, journal.c.archive_key).where(journal.c.run.in_(old), ~waiting)
        async with self._store.transaction() as tx:
            rows = (await tx.execute(query.limit(MOST))).all()
            names = [(row.run, row.number) for row in rows]
            if names:
                await tx.execute(delete(journal).where(tuple_(journal.c.run, journal.c.number).in_(names)))
        if keys := [row.archive_key for row in rows if row.archive_key]:
            await self._archive.delete(keys)
        return len(rows)


def _rules(now: datetime, periods: Periods) -> list[tuple[Table, ColumnElement[bool]]]:
    tombstone = entities.c.deleted & (entities.c.changed_at < now - periods.proofs)
    given = exists().where(entities.c.stream_id == records.c.stream_id, entities.c.key == records.c.key)
    # Only the head of the table is looked at: sent events need no index of their own for that.
    oldest = outbox.c.seq.in_(select(outbox.c.seq).order_by(outbox.c.seq).limit(MOST))
    paged = exists().where(journal.c.run == runs.c.id)
    return [
        (outbox, oldest & (outbox.c.sent_at < now - periods.sent)),
        (letters, (letters.c.state != "open") & (letters.c.last_at < now - periods.letters)),
        (messages, messages.c.state.in_(("closed", "discarded")) & (messages.c.last_at < now - periods.letters)),
        (deletes, deletes.c.at < now - timedelta(days=2)),
        (runs, (runs.c.state == "closed") & (runs.c.closed_at < now - periods.pages) & ~paged),
        (accounts, (accounts.c.at < now - periods.proofs) & ~_waiting(accounts.c.run, accounts.c.number)),
        (entities, tombstone),
        (records, ~records.c.live & ~given & (records.c.read_at < now - periods.proofs)),
    ]


def _waiting(run: ColumnElement[str], number: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether an open letter needs the page to be run again."""
    return exists().where(letters.c.run == run, letters.c.number == number, letters.c.state == "open")
