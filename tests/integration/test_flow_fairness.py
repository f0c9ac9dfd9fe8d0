"""What waits does not keep back what could go on: runs at the closer, connections at the scheduler, bad records."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline import scheduler
from pipeline.broker.ports import Failed, Message
from pipeline.scheduler import Scheduler
from pipeline.stages import closing
from pipeline.store import figures, leases
from pipeline.store.engine import Store
from schemas.errors import Retryable
from schemas.topics import WAKE_UPS
from tests.support.fake_erp import FakeErp
from tests.support.flow import Flow, changes
from tests.support.rows import connected


async def test_runs_that_wait_do_not_keep_later_ones_open(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "MOST", 2)
    flow = Flow(store, FakeErp())
    await flow.connect()
    await flow.settle()

    async def swallow(_: object) -> None:
        """The page goes to the dead letters: its run waits for somebody to look at it."""

    for id in range(1, 6):
        flow.erp.customer(id)
        flow.later(minutes=10)
        await flow.scheduler.step()
        await flow.work(WAKE_UPS, flow.poll.handle)
        await flow.work("transformer", swallow)
    async with store.reading() as tx:
        assert (await figures.unfinished(tx))["runs"] == 5
    flow.later(minutes=61)
    told = await flow.settle()
    overdue = [event["data"]["run"] for event in told if event["type"].endswith("run-unbalanced.v1")]
    assert len(set(overdue)) == len(overdue) == 5, "each is told once"
    flow.erp.customer(6)
    flow.later(minutes=10)
    assert changes(await flow.settle()) == [("customer", "created", "6")]
    async with store.reading() as tx:
        assert (await figures.unfinished(tx))["runs"] == 5


async def test_connections_that_stay_due_do_not_keep_others_asleep(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "MOST", 2)
    flow = Flow(store, FakeErp())
    for name in "abcde":
        await connected(store, name)
    patient = Scheduler(store, flow.broker, flow.clock, timedelta(minutes=1))
    while await patient.step():
        pass
    assert await flow.broker.depth(WAKE_UPS) == 5
    while await patient.step():
        pass
    assert await flow.broker.depth(WAKE_UPS) == 5
    flow.later(minutes=2)
    while await patient.step():
        pass
    assert await flow.broker.depth(WAKE_UPS) == 10


async def test_wake_ups_do_not_pile_up_while_nobody_takes_them(store: Store) -> None:
    flow = Flow(store, FakeErp())
    await flow.connect()
    patient = Scheduler(store, flow.broker, flow.clock, timedelta(seconds=5))
    for _ in range(3600):
        await patient.step()
        flow.later(seconds=1)
    assert await flow.broker.depth(WAKE_UPS) <= 18


async def test_a_connection_that_stays_due_after_its_visit_is_woken_soon_again(store: Store) -> None:
    flow = Flow(store, FakeErp())
    await flow.connect()
    patient = Scheduler(store, flow.broker, flow.clock, timedelta(seconds=5))
    for _ in range(10):
        await patient.step()
        async with store.transaction() as tx:
            lease = await leases.take(tx, "acme-fake", "worker", flow.clock.now(), flow.clock.now())
            assert lease is not None
            await leases.release(tx, lease)
        flow.later(seconds=6)
    assert await flow.broker.depth(WAKE_UPS) == 10


async def test_wake_ups_that_the_queue_does_not_take_are_sent_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = Flow(store, FakeErp())
    for name in "abc":
        await connected(store, name)
    send = flow.broker.send

    async def half(queue: str, messages: list[Message]) -> list[Failed]:
        await send(queue, messages[1:])
        return [Failed(0, "ServiceUnavailable")]

    patient = Scheduler(store, flow.broker, flow.clock, timedelta(minutes=1))
    monkeypatch.setattr(flow.broker, "send", half)
    with pytest.raises(Retryable, match="1 wake-ups were not taken"):
        await patient.step()
    monkeypatch.undo()
    await patient.step()
    assert await flow.broker.depth(WAKE_UPS) == 3


@pytest.mark.parametrize("name", ["a\x00b", "\x00"])
async def test_a_text_that_no_database_keeps_is_one_reject_and_not_a_page_that_hangs(store: Store, name: str) -> None:
    erp = FakeErp()
    erp.customer(1, name=name)
    erp.customer(2, name="\\u0000 in words")
    flow = Flow(store, erp)
    await flow.connect()
    events = await flow.settle()
    assert changes(events) == [("customer", "created", "2")]
    (reject,) = [event["data"] for event in events if event["type"].endswith("reject-opened.v1")]
    assert reject["key"] == "1"
    assert "NUL" in reject["reason"]
