"""What a lost broker leaves behind, and how it is made good without a call to the ERP."""

from __future__ import annotations

from datetime import timedelta

from pipeline.audit import Audit
from pipeline.store import figures
from pipeline.store.engine import Store
from tests.support.fake_erp import FakeErp
from tests.support.flow import Flow, changes


async def lose_everything(flow: Flow) -> None:
    for queue in ("wake-ups", "transformer", "distributor", "subscriber"):
        while lost := await flow.broker.receive(queue, most=10, wait=0, visibility=60):
            await flow.broker.acknowledge(lost)


async def test_pages_that_the_broker_lost_are_published_again_and_the_books_balance(store: Store) -> None:
    erp = FakeErp()
    for id in range(1, 8):
        erp.customer(id)
    flow = Flow(store, erp)
    await flow.connect()
    await flow.scheduler.step()
    await flow.work("wake-ups", flow.poll.handle)
    await lose_everything(flow)
    asked = len(erp.requests)
    audit = Audit(store, flow.broker, flow.archive, flow.clock, timedelta(minutes=15))
    flow.later(minutes=1)
    assert await audit.look() == 0
    flow.later(minutes=20)
    assert await audit.look() == await audit.repair() == 4
    await flow.work("transformer", flow.transform.handle)
    await flow.work("distributor", flow.distribute.handle)
    await flow.closer.step()
    assert changes(await flow.receive()) == [("customer", "created", str(id)) for id in range(1, 8)]
    assert len(erp.requests) == asked
    assert await audit.look() == 0
    async with store.reading() as tx:
        assert (await figures.unfinished(tx))["runs"] == 0


async def test_events_that_the_broker_lost_are_sent_again_with_the_same_ids(store: Store) -> None:
    erp = FakeErp()
    erp.customer(1)
    flow = Flow(store, erp)
    await flow.connect()
    first = [event["id"] for event in await flow.settle()]
    audit = Audit(store, flow.broker, flow.archive, flow.clock, timedelta(minutes=15))
    assert await audit.resend(flow.clock.now() - timedelta(hours=1)) == len(first)
    await flow.publisher.relay()
    assert sorted(event["id"] for event in await flow.receive(len(first))) == sorted(first)
