"""What an interrupted visit leaves behind is due at the next one."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.base import Mode, ReadAnswer, ReadRequest
from pipeline.store import streams
from pipeline.store.engine import Store
from pipeline.store.tables import journal
from tests.support.fake_erp import FakeErp, FakeSession
from tests.support.flow import Flow


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
