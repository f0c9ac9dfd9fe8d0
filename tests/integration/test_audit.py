"""What the broker loses is found in the store and published again, with no request to the ERP."""

from __future__ import annotations

from datetime import timedelta

from distributor.events import OutboxMessage
from pipeline.audit import Audit
from pipeline.store import figures, outbox, runs
from pipeline.store.engine import Store
from pipeline.store.runs import Run
from schemas.version import ReadNumber
from tests.support.fake_erp import FakeErp
from tests.support.flow import START, Flow, changes

GRACE = timedelta(minutes=1)


def audit(flow: Flow) -> Audit:
    return Audit(flow.store, flow.broker, flow.archive, flow.clock, GRACE)


async def read_only(store: Store, customers: int = 5) -> Flow:
    """A flow whose pages are published and not mapped yet."""
    erp = FakeErp()
    for id in range(1, customers + 1):
        erp.customer(id)
    flow = Flow(store, erp)
    await flow.connect()
    await flow.scheduler.step()
    await flow.work("wake-ups", flow.poll.handle)
    return flow


async def lose(flow: Flow, queue: str) -> int:
    """Take everything out of a queue and forget it."""
    lost = 0
    while deliveries := await flow.broker.receive(queue, most=10, wait=0, visibility=60):
        await flow.broker.acknowledge(deliveries)
        lost += len(deliveries)
    return lost


async def test_pages_that_the_broker_lost_are_published_again_without_a_request_to_the_erp(store: Store) -> None:
    flow = await read_only(store)
    assert await lose(flow, "transformer") == 3
    requests = len(flow.erp.requests)
    assert await audit(flow).repair() == 0, "pages within the grace are under way, not lost"
    flow.later(minutes=2)
    assert await audit(flow).look() == 3
    assert await audit(flow).repair() == 3
    await flow.work("transformer", flow.transform.handle)
    await flow.work("distributor", flow.distribute.handle)
    assert await audit(flow).look() == 0
    assert len(flow.erp.requests) == requests
    told = await flow.settle()
    assert changes(told) == [("customer", "created", str(id)) for id in range(1, 6)]
    async with store.reading() as tx:
        assert await figures.unfinished(tx) == {"runs": 0, "events": 0, "requests": 0}
        assert await figures.unbalanced(tx) == []


async def test_repairing_what_is_only_late_takes_no_effect_twice(store: Store) -> None:
    flow = await read_only(store)
    flow.later(minutes=2)
    assert await audit(flow).repair() == 3
    assert changes(await flow.settle()) == [("customer", "created", str(id)) for id in range(1, 6)]


async def test_events_that_the_broker_lost_are_sent_again_with_the_same_ids(store: Store) -> None:
    flow = await read_only(store, 2)
    told = await flow.settle()
    flow.later(minutes=1)
    assert await audit(flow).resend(START) == len(told)
    again = await flow.settle()
    assert sorted(event["id"] for event in again) == sorted(event["id"] for event in told)


async def test_an_event_published_before_the_loss_is_not_marked_as_sent_after_it(store: Store) -> None:
    flow = await read_only(store, 1)
    now = flow.clock.now()
    event = OutboxMessage("e" * 32, "information-customer", "{}", {}, "acme", "1-1")
    async with store.transaction() as tx:
        claimed = await outbox.add(tx, [event], "worker", now, now + GRACE)
    await audit(flow).resend(START)
    async with store.transaction() as tx:
        await outbox.mark_sent(tx, [one.seq for one in claimed], "worker", now)
        assert await outbox.unsent(tx, "1-1") == 1


async def test_a_position_that_is_a_bare_number_survives_the_store(store: Store) -> None:
    flow = await read_only(store, 1)
    async with store.transaction() as tx:
        run = Run(1, "scan", ReadNumber(90, 1), position=6)
        await runs.save(tx, run, flow.clock.now())
    async with store.reading() as tx:
        found = await runs.open_run(tx, 1)
    assert found is not None
    assert found.position == 6
