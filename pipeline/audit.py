"""The audit: what the broker lost is found in the store and published once more. No ERP is asked for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import structlog

from pipeline.archive import Archive
from pipeline.broker.codec import PageCodec
from pipeline.broker.ports import Broker
from pipeline.clock import Clock
from pipeline.stages.publishing import message_of
from pipeline.store import journal, outbox
from pipeline.store.engine import Store
from pipeline.store.journal import JournalPage
from schemas.errors import Retryable
from schemas.topics import system_topic

BATCH = 200

log = structlog.get_logger()


class Audit:
    """Finds and repairs losses. Everything here may be repeated, and may run beside all workers.

    ``grace`` is how long a page may be under way; one that is only late does no harm when it comes twice.
    """

    def __init__(self, store: Store, broker: Broker, archive: Archive, clock: Clock, grace: timedelta) -> None:
        self._store = store
        self._broker = broker
        self._codec = PageCodec(archive)
        self._clock = clock
        self._grace = grace

    async def look(self) -> int:
        """How many pages were published longer ago than the grace and have no account yet."""
        async with self._store.reading() as tx:
            return await journal.count_lost(tx, self._clock.now() - self._grace)

    async def repair(self) -> int:
        """Publish those pages again, as they were journaled; how many.

        Raises Retryable when a topic does not take one, RateLimited when the broker is overloaded.
        """
        published = 0
        async for page in self._lost():
            await self._publish(page)
            published += 1
        if published:
            log.info("lost pages published again", action="pages_repaired", pages=published)
        return published

    async def resend(self, since: datetime) -> int:
        """Have the relay publish all events again that were sent since then; how many.

        For a broker that lost its queues: ``since`` is before the oldest event that a subscriber may not have read.
        Claims end, too, so that nobody marks as sent what was published before the loss.
        """
        async with self._store.transaction() as tx:
            events = await outbox.unsend(tx, since)
        log.info("events made unsent", action="events_resent", events=events)
        return events

    async def _lost(self) -> AsyncIterator[JournalPage]:
        before, last = self._clock.now() - self._grace, ("", 0)
        while True:
            async with self._store.reading() as tx:
                pages = await journal.lost(tx, before, last, BATCH)
            for page in pages:
                yield page
            if len(pages) < BATCH:
                return
            last = pages[-1].head.run, pages[-1].head.number

    async def _publish(self, page: JournalPage) -> None:
        topic = system_topic(page.head.system)
        if failed := await self._broker.publish(topic, [await message_of(self._codec, page)]):
            raise Retryable(f"Topic {topic} did not take a lost page ({failed[0].reason}); repair again.")
