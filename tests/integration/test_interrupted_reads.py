"""What an interrupted visit leaves behind is due at the next one."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.base import Mode, ReadAnswer, ReadRequest
from pipeline.store import journal as pages_of
from pipeline.store import streams
from pipeline.store.engine import Store
from pipeline.store.tables import journal
from schemas.errors import Retryable
from tests.support.fake_erp import FakeErp, FakeSession
from tests.support.flow import Flow, changes


async def pages(tx: AsyncConnection, stream_id: int) -> int:
    query = select(func.count()).select_from(journal).where(journal.c.stream_id == stream_id)
    return int((await tx.execute(query)).scalar_one())


async def test_a_look_for_deletes_that_is_interrupted_before_its_time_was_ever_set_stays_due(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    erp = FakeErp()
    erp.customer(1)
    flow = Flow(store, erp)
    await flow.connect()
    await flow.settle()
    async with store.transaction() as tx:
        row = {one.name: one for one in await streams.of_connection(tx, "acme-fake")}["customers"]
        # As a crash leaves it between the last page of a first load and what follows it.
        await streams.settle(tx, row.id, next_deletes_at=None, next_due_at=flow.clock.now())
    read = FakeSession.read

    async def interrupted(self: FakeSession, request: ReadRequest) -> ReadAnswer:
        if request.mode is Mode.KEYS:
            raise asyncio.CancelledError
        return await read(self, request)

    monkeypatch.setattr(FakeSession, "read", interrupted)
    with pytest.raises(asyncio.CancelledError):
        await flow.poll.visit("acme-fake")
    async with store.reading() as tx:
        assert (await streams.row_of(tx, row.id)).due(flow.clock.now())


async def test_a_record_asked_for_twice_at_one_instant_while_it_is_read_keeps_the_stream_due(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    erp = FakeErp()
    erp.customer(1)
    flow = Flow(store, erp)
    await flow.connect()
    await flow.settle()
    async with store.transaction() as tx:
        row = {one.name: one for one in await streams.of_connection(tx, "acme-fake")}["customers"]
        await streams.request(tx, row.id, ["1"], flow.clock.now())
    read = FakeSession.read

    async def asked_again(self: FakeSession, request: ReadRequest) -> ReadAnswer:
        if request.mode is Mode.LOOKUP:
            async with store.transaction() as tx:
                await streams.request(tx, row.id, ["1"], flow.clock.now())
        return await read(self, request)

    monkeypatch.setattr(FakeSession, "read", asked_again)
    await flow.poll.visit("acme-fake")
    async with store.reading() as tx:
        assert await streams.requested(tx, row.id) == {"1": 2}
        assert (await streams.row_of(tx, row.id)).due(flow.clock.now())


@pytest.mark.parametrize("stream", ["projects", "addresses"])
async def test_what_is_asked_for_by_key_of_an_erp_that_has_no_lookups_is_read_by_a_full_scan(
    store: Store, stream: str
) -> None:
    erp = FakeErp()
    erp.write("projects", 1, number="1", name="One", open=True)
    erp.write("addresses", 1, customer=None)
    flow = Flow(store, erp)
    await flow.connect()
    await flow.settle()
    async with store.transaction() as tx:
        row = {one.name: one for one in await streams.of_connection(tx, "acme-fake")}[stream]
        before = await pages(tx, row.id)
        await streams.request(tx, row.id, ["1"], flow.clock.now())
    flow.erp.requests.clear()
    await flow.settle()
    assert (stream, Mode.SCAN) in flow.erp.requests
    async with store.reading() as tx:
        assert await streams.requested(tx, row.id) == {}
        assert await pages(tx, row.id) == before + 1


async def unmarked(store: Store) -> int:
    async with store.reading() as tx:
        query = select(func.count()).select_from(journal).where(journal.c.published_at.is_(None))
        return int((await tx.execute(query)).scalar_one())


@pytest.fixture
async def reading(store: Store) -> Flow:
    """A first load of three pages lies ahead."""
    erp = FakeErp()
    for key in range(5):
        erp.customer(key)
    flow = Flow(store, erp)
    await flow.connect()
    return flow


async def test_each_page_is_marked_as_published_by_the_transaction_of_the_next(
    reading: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, seen = FakeSession.read, []

    async def watched(self: FakeSession, request: ReadRequest) -> ReadAnswer:
        if request.mode is Mode.BACKFILL and request.stream.name == "customers":
            seen.append((await reading.broker.depth("transformer"), await unmarked(reading.store)))
        return await read(self, request)

    monkeypatch.setattr(FakeSession, "read", watched)
    await reading.poll.visit("acme-fake")
    assert seen == [(0, 0), (1, 1), (2, 1)]
    assert await unmarked(reading.store) == 0


@pytest.mark.parametrize("error", [Retryable("away"), ValueError("a defect")])
async def test_a_page_is_marked_as_published_although_the_next_cannot_be_read(
    reading: Flow, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    read = FakeSession.read

    async def failing(self: FakeSession, request: ReadRequest) -> ReadAnswer:
        if request.position is not None:
            raise error
        return await read(self, request)

    monkeypatch.setattr(FakeSession, "read", failing)
    await reading.poll.visit("acme-fake")
    assert (await unmarked(reading.store), await reading.broker.depth("transformer")) == (0, 1)
    monkeypatch.undo()
    reading.later(hours=1)
    assert len(changes(await reading.settle())) == 5
    assert reading.erp.requests.count(("customers", Mode.BACKFILL)) == 3


async def test_a_page_that_was_published_and_not_marked_before_a_crash_is_published_again_and_not_read(
    reading: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(pages_of, "mark_published", crash)
    with pytest.raises(asyncio.CancelledError):
        await reading.poll.visit("acme-fake")
    assert (await unmarked(reading.store), await reading.broker.depth("transformer")) == (1, 1)
    monkeypatch.undo()
    reading.later(minutes=2)
    await reading.poll.visit("acme-fake")
    assert (await unmarked(reading.store), await reading.broker.depth("transformer")) == (0, 4)
    assert len(changes(await reading.settle())) == 5
