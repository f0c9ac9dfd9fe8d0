"""From the journal to the ERP_SYSTEM topics: pages are made ready, committed by the reader, then published."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import structlog

from pipeline.archive import Archive
from pipeline.broker.codec import PageCodec, archive_key, raw_page_reference
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
        key = archive_key("raw", head, payload) if len(payload) > INLINE else None
        if key:
            await self._archive.put(key, payload)
        return JournalPage(head, payload, key, digest_of(payload), len(payload))

    async def publish(self, visit: Visit, page: JournalPage) -> None:
        """Publish a committed page and mark it; raises Retryable when the broker did not take it."""
        message = await message_of(self._codec, page)
        topic = system_topic(page.head.system)
        if failed := await self._broker.publish(topic, [message]):
            raise Retryable(f"Topic {topic} did not take a page ({failed[0].reason}); it is published again.")
        async with self._store.transaction() as tx:
            await journal.mark_published(tx, page.head, self.claim, visit.clock.now())
        log.info("page published", action="page_published", run=page.head.run, number=page.head.number,
                 connection=page.head.connection, stream=page.head.stream, records=page.head.count)  # fmt: skip

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


def digest_of(payload: bytes) -> str:
    """The digest that the journal has of a page's encoded records."""
    return blake2b(payload, digest_size=16).hexdigest()


async def message_of(codec: PageCodec, page: JournalPage) -> Message:
    """The message of a journaled page, the same each time. Raises Retryable from the archive."""
    if page.payload is not None:
        return await codec.pack_raw(page.head, page.payload)
    return raw_page_reference(page.head, page.archive_key or "")
