"""From the journal to the ERP_SYSTEM topics: pages are made ready, committed by the reader, then published."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.archive import Archive
from pipeline.broker.codec import PageCodec, digest_of, key_with, raw_page_reference
from pipeline.broker.packing import encode_records
from pipeline.broker.ports import Broker, Message
from pipeline.stages.visit import StreamVisit, Visit
from pipeline.store import journal
from pipeline.store.engine import Store
from pipeline.store.journal import JournalPage
from schemas.errors import Retryable
from schemas.pages import PageHead, Record
from schemas.topics import system_topic

INLINE = 16 * 1024
"""Bytes of an encoded page that stay in the journal's row; bigger ones go to the archive before the row is written."""

CARRIED = 46 * 1024
"""Bytes of an archived page that travel in its message all the same: with its head, and as text, such a message is one
of the units of 64 KiB by which AWS bills. A bigger one travels as its key: what is paid for it pays for reading it."""

log = structlog.get_logger()


class JournalPublisher:
    """Prepares and publishes pages. ``claim`` is this worker's mark: who took a page over last marks it published."""

    def __init__(self, store: Store, broker: Broker, archive: Archive, claim: str) -> None:
        self._store = store
        self._broker = broker
        self._archive = archive
        self._codec = PageCodec(archive)
        self.claim = claim

    async def prepare(self, head: PageHead, records: Sequence[Record]) -> JournalPage:
        """Encode a page once, for the journal and for the message; a big one is put into the archive here."""
        payload = encode_records(records)
        digest = digest_of(payload)
        key = key_with(digest, "raw", head) if len(payload) > INLINE else None
        if key:
            await self._archive.put(key, payload)
        return JournalPage(head, payload, key, digest, len(payload))

    async def publish(self, visit: Visit, page: JournalPage) -> None:
        """Publish a committed page and mark it; raises Retryable when the broker did not take it."""
        await self.send(visit, page)
        await self.settle(visit)

    async def send(self, visit: Visit, page: JournalPage) -> None:
        """Publish a committed page, and leave it to the visit's next transaction to mark it; raises as ``publish``.

        Whoever calls it calls ``settle`` in the end. A page that is not marked when the process dies is published
        again.
        """
        message = await message_of(self._codec, page)
        topic = system_topic(page.head.system)
        if failed := await self._broker.publish(topic, [message]):
            raise Retryable(f"Topic {topic} did not take a page ({failed[0].reason}); it is published again.")
        visit.sent.append((page.head, visit.clock.now()))
        log.info("page published", action="page_published", run=page.head.run, number=page.head.number,
                 connection=page.head.connection, stream=page.head.stream, records=page.head.count)  # fmt: skip

    async def mark(self, tx: AsyncConnection, visit: Visit) -> None:
        """Mark what was sent, within a transaction; once it is committed, ``visit.sent`` is to be cleared."""
        for head, at in visit.sent:
            await journal.mark_published(tx, head, self.claim, at)

    async def settle(self, visit: Visit) -> None:
        """Mark what was sent and is not marked yet."""
        if visit.sent:
            async with self._store.transaction() as tx:
                await self.mark(tx, visit)
            visit.sent.clear()

    async def publish_leftovers(self, at: StreamVisit) -> None:
        """Publish what an earlier reader committed and did not mark; nothing is fetched again for it."""
        async with self._store.reading() as tx:
            if not await journal.has_unpublished(tx, at.row.id):
                return
        async with self._store.transaction() as tx:
            await at.visit.keep(tx)
            pages = await journal.claim_unpublished(tx, at.row.id, self.claim)
        for page in pages:
            await self.publish(at.visit, page)


async def message_of(codec: PageCodec, page: JournalPage) -> Message:
    """The message of a journaled page. Raises Retryable from the archive."""
    if page.payload is None or (page.archive_key and page.size > CARRIED):
        return raw_page_reference(page.head, page.archive_key or "")
    return await codec.pack_raw(page.head, page.payload)
