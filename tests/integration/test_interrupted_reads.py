"""What an interrupted visit leaves behind is due at the next one."""

from __future__ import annotations

import asyncio

import pytest

from connectors.base import Mode, ReadAnswer, ReadRequest
from pipeline.store import streams
from pipeline.store.engine import Store
from tests.support.fake_erp import FakeErp, FakeSession
from tests.support.flow import Flow


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
