"""Reading records by key: follow-ups of other streams, and records that a scan did not see.

The answer is a page like any other; keys without a record travel in its head as absent, which is how a delete that
the ERP itself confirmed reaches the distributor.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.base import Mode, ReadAnswer, ReadRequest
from pipeline.stages.publishing import JournalPublisher
from pipeline.stages.reading import page_head
from pipeline.stages.visit import StreamVisit
from pipeline.store import journal, runs, streams
from pipeline.store.engine import Store
from pipeline.store.journal import JournalPage
from pipeline.store.runs import Run
from pipeline.store.sql import chunks
from schemas.keys import source_key
from schemas.version import ReadNumber


class LookupReader:
    """Works off the requests of a stream."""

    def __init__(self, store: Store, publisher: JournalPublisher) -> None:
        self._store = store
        self._publisher = publisher

    async def read(self, at: StreamVisit) -> None:
        """Look up everything that is requested, until it is done or the turn ends. Each batch is a run of one page."""
        async with self._store.reading() as tx:
            wanted = await streams.requested(tx, at.row.id)
        for part in chunks(list(wanted.items()), max(at.spec.lookup_size, 1)):
            if at.visit.over():
                return
            await self._batch(at, dict(part))

    async def _batch(self, at: StreamVisit, wanted: Mapping[str, int]) -> None:
        run = Run(at.row.id, Mode.LOOKUP.value, at.visit.lease.draw())
        read = at.visit.lease.draw()
        answer = await at.visit.session.read(ReadRequest(at.spec, Mode.LOOKUP, keys=tuple(wanted)))
        page = await self._page(at, run, read, answer, wanted)
        now = at.visit.clock.now()
        run.pages, run.records = 1, page.head.count
        async with self._store.transaction() as tx:
            await at.visit.keep(tx)
            await runs.save(tx, run, now)
            await journal.append(tx, at.row.id, page, self._publisher.claim, now)
            await streams.answered(tx, at.row.id, wanted)
            await runs.finish(tx, run, read, now, None)
        await self._publisher.publish(at.visit, page)

    async def _page(
        self, at: StreamVisit, run: Run, read: ReadNumber, answer: ReadAnswer, wanted: Mapping[str, int]
    ) -> JournalPage:
        found = {source_key(record, at.spec.key) for record in answer.records}
        absent = tuple(key for key in wanted if key not in found)
        head = page_head(at, run, read, len(answer.records), at.visit.clock.now(), absent)
        return await self._publisher.prepare(head, answer.records)
