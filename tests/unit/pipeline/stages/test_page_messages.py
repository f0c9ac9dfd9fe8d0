"""How a journaled page travels: in its message, or as the key under which it is in the archive."""

from __future__ import annotations

import random

import pytest

from pipeline.archive.memory import MemoryArchive
from pipeline.broker.codec import PageCodec
from pipeline.broker.memory import MemoryBroker
from pipeline.stages.publishing import CARRIED, INLINE, JournalPublisher, message_of
from pipeline.store.engine import Store
from pipeline.store.journal import JournalPage
from schemas.envelope import decode
from tests.support.rows import head

UNIT = 64 * 1024  # AWS bills messages by it


async def prepared(archive: MemoryArchive, size: int) -> JournalPage:
    """A page of about so many bytes, which cannot be compressed."""
    async with Store.open("sqlite://") as store:
        publisher = JournalPublisher(store, MemoryBroker(lambda: 0.0), archive, "worker")
        return await publisher.prepare(head(), [{"id": 1, "noise": random.Random(1).randbytes(size).hex()}])


@pytest.mark.parametrize(
    ("size", "archived", "carried"),
    [(INLINE - 1_000, False, True), (INLINE + 1_000, True, True), (CARRIED - 2_000, True, True),
     (CARRIED + 500, True, False), (400_000, True, False)],
)  # fmt: skip
async def test_a_message_carries_what_fits_into_one_unit_that_is_billed(
    size: int, archived: bool, carried: bool
) -> None:
    archive = MemoryArchive()
    page = await prepared(archive, size)
    message = await message_of(PageCodec(archive), page)
    event = decode(message.body)
    assert (page.archive_key is not None) is archived
    assert ("payload" in event.data) is carried
    assert event.dataref == (None if carried else page.archive_key)
    assert len(message.body) <= UNIT
    assert (await PageCodec(archive).unpack_raw(message.body)).records[0]["id"] == 1
