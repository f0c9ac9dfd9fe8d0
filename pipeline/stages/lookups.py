"""Reading records by key: follow-ups of other streams, and records that a scan did not see.

The answer is a page like any other; keys without a record travel in its head as absent, which is how a delete that
the ERP itself confirmed reaches the distributor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.base import Mode, ReadRequest
from pipeline.stages.publishing import JournalPublisher
from pipeline.stages.reading import page_head
from pipeline.stages.visit import StreamVisit
from pipeline.store import journal, runs, streams
from pipeline.store.engine import Store
from pipeline.store.runs import Run
from pipeline.store.sql import chunks
from schemas.keys import source_key
from schemas.pages import Record
from schemas.version import ReadNumber


class LookupReader:
    """Works off the requests of a stream."""

    def __init__(self, store: Store, publisher: JournalPublisher) -> None:
        self._store = store
        self._publisher = publisher

    async def read(self, at: StreamVisit) -> None:
        """Look up everything that is requested, until it is done or the turn ends. Each batch is a run of one page.

        Keys that are absent travel together in one more, ordered by a read number from before the first request: so
        the brake sees all of them at once, and not batch by batch those that may always go.
        """
        async with self._store.reading() as tx:
            wanted = await streams.requested(tx, at.row.id)
        if not wanted:
            return
        first, absent = at.visit.lease.draw(), dict[str, int]()
        for part in chunks(list(wanted.items()), max(at.spec.lookup_size, 1)):
            if at.visit.over():
                break
            absent |= await self._batch(at, dict(part))
        if absent:
            await self._record(at, first, (), absent)

    async def _batch(self, at: StreamVisit, wanted: Mapping[str, int]) -> dict[str, int]:
        """Read one batch; what of it is absent."""
        read = at.visit.lease.draw()
        answer = await at.visit.session.read(ReadRequest(at.spec, Mode.LOOKUP, keys=tuple(wanted)))
        found = {source_key(record, at.spec.key) for record in answer.records}
        if answer.records:
            await self._record(at, read, answer.records, {k: asked for k, asked in wanted.items() if k in found})
        return {key: asked for key, asked in wanted.items() if key not in found}

    async def _record(
        self, at: StreamVisit, read: ReadNumber, records: Sequence[Record], answered: Mapping[str, int]
    ) -> None:
        """Journal and publish one run of one page: of these records, or of absent keys where there are none."""
        run = Run(at.row.id, Mode.LOOKUP.value, at.visit.lease.draw())
        now = at.visit.clock.now()
        head = page_head(at, run, read, len(records), now, () if records else tuple(answered))
        page = await self._publisher.prepare(head, records)
        run.pages, run.records = 1, len(records)
        async with self._store.transaction() as tx:
            await at.visit.keep(tx)
            await runs.save(tx, run, now)
            await journal.append(tx, at.row.id, page, self._publisher.claim, now)
            await streams.answered(tx, at.row.id, answered)
            await runs.finish(tx, run, read, now, None)
        await self._publisher.publish(at.visit, page)
