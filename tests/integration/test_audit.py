"""What the broker loses is found in the store and published again, with no request to the ERP."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import select, update

from distributor.events import OutboxMessage
from pipeline.audit import Audit
from pipeline.store import figures, outbox, runs
from pipeline.store.engine import Store
from pipeline.store.runs import Run
from pipeline.store.tables import journal
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


async def test_a_page_whose_reader_never_published_it_is_published_by_the_repair(store: Store) -> None:
    flow = await read_only(store, 2)
    await lose(flow, "transformer")
    async with store.transaction() as tx:
        await tx.execute(update(journal).values(published_at=None))
    requests = len(flow.erp.requests)
    assert await audit(flow).look() == 0, "its reader may just be about to"
    flow.later(minutes=2)
    assert await audit(flow).repair() == 1
    async with store.reading() as tx:
        assert (await tx.execute(select(journal.c.published_at))).scalar_one() == flow.clock.now()
    await flow.work("transformer", flow.transform.handle)
    await flow.work("distributor", flow.distribute.handle)
    assert changes(await flow.receive()) == [("customer", "created", "1"), ("customer", "created", "2")]
    assert len(flow.erp.requests) == requests


async def with_big_pages(store: Store) -> Flow:
    """Customers 1 and 2 are a page in the archive, 3 a page in the journal's row; so are projects."""
    erp = FakeErp()
    for id in (1, 2, 3):
        blob = "" if id == 3 else secrets.token_hex(20_000)
        erp.customer(id, blob=blob)
        erp.write("projects", id, number=str(id), name=f"Project {id}", open=True, blob=blob)
    flow = Flow(store, erp)
    await flow.connect()
    await flow.scheduler.step()
    await flow.work("wake-ups", flow.poll.handle)
    await lose(flow, "transformer")
    flow.later(minutes=2)
    return flow


async def test_pages_that_the_archive_lost_are_named_and_not_published(store: Store) -> None:
    flow = await with_big_pages(store)
    flow.archive._objects.clear()
    found = await audit(flow).examine(repair=True)
    assert (found.lost, found.published) == (4, 2)
    assert sorted((head.stream, head.number, head.count) for head in found.gone) == [
        ("customers", 0, 2),
        ("projects", 0, 2),
    ]
    await flow.work("transformer", flow.transform.handle)
    await flow.work("distributor", flow.distribute.handle)
    assert changes(await flow.receive()) == [("customer", "created", "3"), ("project", "created", "3")]
    assert (await audit(flow).examine(repair=True)).lost == 2, "it says so until something is done"


async def test_an_object_of_the_archive_that_is_not_what_was_put_there_counts_as_lost(store: Store) -> None:
    flow = await with_big_pages(store)
    key = next(iter(flow.archive._objects))
    flow.archive._objects[key] = b"[]"
    found = await audit(flow).examine(repair=False)
    assert (found.lost, found.published, len(found.gone)) == (4, 0, 1)


async def test_streams_whose_pages_are_lost_for_good_are_read_in_full_and_their_runs_stay_out_of_balance(
    store: Store,
) -> None:
    flow = await with_big_pages(store)
    flow.archive._objects.clear()
    gone = (await audit(flow).examine(repair=True)).gone
    requests = len(flow.erp.requests)
    assert await audit(flow).read_again(gone) == 2
    assert await audit(flow).read_again(gone) == 0, "once is enough"
    assert await audit(flow).look() == 2, "the other two are under way"
    assert len(flow.erp.requests) == requests, "only workers ask the ERP"
    told = await flow.settle()
    want = [(entity, "created", str(id)) for entity in ("customer", "project") for id in (1, 2, 3)]
    assert changes(told) == want
    unbalanced = [event["data"]["run"] for event in told if event["type"].endswith("run-unbalanced.v1")]
    assert sorted(unbalanced) == sorted({head.run for head in gone})
    assert await audit(flow).look() == 0
    async with store.reading() as tx:
        assert sorted(await figures.unbalanced(tx)) == sorted({head.run for head in gone})
        assert await figures.unfinished(tx) == {"runs": 0, "events": 0, "requests": 0}
