"""The audit: what the broker lost is found in the store and published once more. No ERP is asked for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from pipeline.archive import Archive
from pipeline.broker.codec import PageCodec, digest_of
from pipeline.broker.ports import Broker
from pipeline.clock import Clock
from pipeline.stages.publishing import message_of
from pipeline.store import accounts, erasures, journal, manifest, outbox, streams
from pipeline.store.engine import Store
from pipeline.store.journal import JournalPage
from schemas.errors import Poison, Retryable
from schemas.pages import PageHead
from schemas.topics import system_topic

BATCH = 200

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Findings:
    """``lost`` pages have no account; ``published`` of them are under way again, the content of ``gone`` is lost."""

    lost: int
    published: int
    gone: Sequence[PageHead]


class Audit:
    """Finds and repairs losses. Everything here may be repeated, and may run beside all workers.

    ``grace`` is how long a page may be under way; one that is only late does no harm when it comes twice.
    """

    def __init__(self, store: Store, broker: Broker, archive: Archive, clock: Clock, grace: timedelta) -> None:
        self._store = store
        self._broker = broker
        self._archive = archive
        self._codec = PageCodec(archive)
        self._clock = clock
        self._grace = grace

    async def look(self) -> int:
        """How many pages were published, or should have been, longer ago than the grace and have no account yet."""
        async with self._store.reading() as tx:
            return await journal.count_lost(tx, self._clock.now() - self._grace)

    async def repair(self) -> int:
        """Publish those pages again, as they were journaled; how many. Raises what ``examine`` raises."""
        return (await self.examine(repair=True)).published

    async def examine(self, *, repair: bool) -> Findings:
        """Look at those pages one by one, and with ``repair`` publish again what the archive still has of them.

        Raises Retryable when a topic does not take one, RateLimited when the broker is overloaded.
        """
        lost = published = 0
        gone: list[PageHead] = []
        async for page in self._lost():
            lost += 1
            if not await self._is_kept(page):
                gone.append(page.head)
            elif repair:
                await self._publish(page)
                published += 1
        if published:
            log.info("lost pages published again", action="pages_repaired", pages=published)
        return Findings(lost, published, gone)

    async def read_again(self, gone: Sequence[PageHead]) -> int:
        """Give up pages whose content is lost, and have their streams read in full by the next visit; how many.

        Their runs are closed out of balance: the records were read, and nothing shows where they ended.
        """
        given_up = 0
        for head in gone:
            now = self._clock.now()
            async with self._store.transaction() as tx:
                if head.read.epoch <= await erasures.fence(tx, head.connection):
                    continue
                stream_id = await streams.lock(tx, head.connection, head.stream)
                if await accounts.exists_for(tx, head):
                    continue
                await accounts.give_up(tx, stream_id, head, now)
                await manifest.forget_all_digests(tx, stream_id)
                await streams.settle(tx, stream_id, full_due=True)
                await streams.make_due(tx, [stream_id], now)
            log.warning("page given up", action="page_given_up", run=head.run, number=head.number,
                        connection=head.connection, stream=head.stream, records=head.count)  # fmt: skip
            given_up += 1
        return given_up

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

    async def _is_kept(self, page: JournalPage) -> bool:
        if page.archive_key is None:
            return True
        try:
            return digest_of(await self._archive.get(page.archive_key)) == page.digest
        except Poison:
            return False

    async def _publish(self, page: JournalPage) -> None:
        topic = system_topic(page.head.system)
        if failed := await self._broker.publish(topic, [await message_of(self._codec, page)]):
            raise Retryable(f"Topic {topic} did not take a lost page ({failed[0].reason}); repair again.")
        async with self._store.transaction() as tx:
            await journal.mark_repaired(tx, page.head, self._clock.now())
