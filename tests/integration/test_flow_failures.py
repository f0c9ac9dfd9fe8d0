"""What goes wrong between the stages, on both databases: nothing is lost, and nothing is told twice."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from connectors.base import Mode, ReadRequest
from pipeline.broker.ports import Delivery, Failed, Message
from pipeline.stages.plans import Plans
from pipeline.store import connections, figures, streams
from pipeline.store.engine import Store
from pipeline.store.tables import connections as connection_rows
from pipeline.store.tables import journal
from schemas.errors import ConfigError, NeedsConsent, Poison, Retryable
from schemas.topics import DOMAIN_PAGES, WAKE_UPS, system_topic
from schemas.version import ReadNumber
from tests.support.fake_erp import FakeErp, FakeSession
from tests.support.flow import GRACE, Flow, changes
from tests.support.rows import counted, head

ERP_TOPIC = system_topic("fake")


async def loaded(store: Store, customers: int = 3) -> Flow:
    erp = FakeErp()
    for id in range(1, customers + 1):
        erp.customer(id)
    flow = Flow(store, erp)
    await flow.connect()
    await flow.settle()
    flow.later(minutes=10)
    return flow


def failing_topic(flow: Flow, monkeypatch: pytest.MonkeyPatch, topic: str, error: Exception | None = None) -> None:
    """Have the broker refuse a topic until ``monkeypatch.undo``: each message, or the whole call."""
    publish = flow.broker.publish

    async def refuse(name: str, messages: list[Message]) -> list[Failed]:
        if name != topic:
            return await publish(name, messages)
        if error:
            raise error
        return [Failed(index, "ServiceUnavailable") for index in range(len(messages))]

    monkeypatch.setattr(flow.broker, "publish", refuse)


def told(events: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [event["data"] for event in events if event["type"] == f"erpflow.notification.{name}.v1"]


async def balanced(flow: Flow) -> None:
    async with flow.store.reading() as tx:
        assert await figures.unfinished(tx) == {"runs": 0, "events": 0, "requests": 0}
        assert await figures.unbalanced(tx) == []
        for one in await figures.of_streams(tx):
            assert one.counts["read"] == one.journaled
            ended = ("mapped", "skipped", "rejected", "held")
            assert one.counts["read"] == sum(one.counts[name] for name in ended)


async def stream(flow: Flow, name: str = "customers") -> streams.StreamRow:
    async with flow.store.reading() as tx:
        return await streams.row_of(tx, await streams.find(tx, "acme-fake", name))


async def state(flow: Flow) -> str:
    async with flow.store.reading() as tx:
        return (await connections.get(tx, "acme-fake")).state


# Publishing


@pytest.mark.parametrize("error", [None, Retryable("The broker is away.")])
async def test_a_page_that_could_not_be_published_is_published_later_and_not_fetched_again(
    store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    flow = await loaded(store)
    flow.erp.customer(2, name="Renamed")
    failing_topic(flow, monkeypatch, ERP_TOPIC, error)
    assert changes(await flow.settle()) == []
    monkeypatch.undo()
    asked = len(flow.erp.requests)
    flow.later(minutes=1)
    flow.erp.failing["customers"] = Retryable("It must not be asked before the leftovers are published.")
    assert changes(await flow.settle()) == [("customer", "updated", "2")]
    assert {mode for name, mode in flow.erp.requests[asked:] if name == "customers"} <= {Mode.INCREMENT}
    del flow.erp.failing["customers"]
    flow.later(minutes=10)
    assert changes(await flow.settle()) == []
    await balanced(flow)


async def test_a_page_that_the_transformer_could_not_pass_on_comes_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = await loaded(store)
    flow.erp.customer(2, name="Renamed")
    failing_topic(flow, monkeypatch, DOMAIN_PAGES)
    await flow.scheduler.step()
    await flow.work(WAKE_UPS, flow.poll.handle)
    with pytest.raises(Retryable, match="did not take a page"):
        await flow.work("transformer", flow.transform.handle)
    monkeypatch.undo()
    flow.later(seconds=61)
    assert changes(await flow.settle()) == [("customer", "updated", "2")]
    await balanced(flow)


async def test_a_domain_page_that_is_delivered_twice_is_decided_once(store: Store) -> None:
    flow = await loaded(store)
    flow.erp.customer(2, name="Renamed")
    pages: list[Delivery] = []

    async def keep(delivery: Delivery) -> None:
        pages.append(delivery)
        await flow.distribute.handle(delivery)

    await flow.scheduler.step()
    await flow.work(WAKE_UPS, flow.poll.handle)
    await flow.work("transformer", flow.transform.handle)
    await flow.work("distributor", keep)
    before = await counted(store, "outbox")
    for page in pages * 2:
        await flow.distribute.handle(page)
    assert await counted(store, "outbox") == before
    assert changes(await flow.settle()) == [("customer", "updated", "2")]
    await balanced(flow)


async def test_a_raw_page_that_is_delivered_twice_tells_once(store: Store) -> None:
    flow = await loaded(store)
    flow.erp.customer(2, name="Renamed")
    await flow.scheduler.step()
    await flow.work(WAKE_UPS, flow.poll.handle)

    async def twice(delivery: Delivery) -> None:
        await flow.transform.handle(delivery)
        await flow.transform.handle(delivery)

    assert await flow.work("transformer", twice) == 1
    assert changes(await flow.settle()) == [("customer", "updated", "2")]
    await balanced(flow)


async def test_an_older_page_that_comes_after_a_newer_one_changes_nothing(store: Store) -> None:
    flow = await loaded(store)
    late: list[Delivery] = []

    async def keep(delivery: Delivery) -> None:
        late.append(delivery)

    flow.erp.customer(2, name="Older")
    await flow.scheduler.step()
    await flow.work(WAKE_UPS, flow.poll.handle)
    await flow.work("transformer", flow.transform.handle)
    await flow.work("distributor", keep)
    flow.later(minutes=10)
    flow.erp.customer(2, name="Newer")
    (event,) = [event for event in await flow.settle() if event.get("change")]
    assert event["data"]["body"]["name"] == "Newer"
    for delivery in late:
        await flow.distribute.handle(delivery)
    assert changes(await flow.settle()) == []
    async with store.reading() as tx:
        counts = {one.name: one.counts for one in await figures.of_streams(tx)}
    assert counts["customers"]["stale"] == 1
    await balanced(flow)


async def test_a_newer_page_with_a_delete_is_not_undone_by_an_older_one(store: Store) -> None:
    flow = await loaded(store)
    late: list[Delivery] = []

    async def keep(delivery: Delivery) -> None:
        late.append(delivery)

    flow.erp.customer(2, name="Older")
    await flow.scheduler.step()
    await flow.work(WAKE_UPS, flow.poll.handle)
    await flow.work("transformer", flow.transform.handle)
    await flow.work("distributor", keep)
    flow.erp.delete("customers", 2)
    flow.later(days=2)
    assert changes(await flow.settle()) == [("customer", "deleted", "2")]
    for delivery in late:
        await flow.distribute.handle(delivery)
    assert changes(await flow.settle()) == []
    await balanced(flow)


async def test_events_left_by_a_crash_after_the_commit_are_relayed_after_the_grace(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = await loaded(store)
    flow.erp.customer(2, name="Renamed")

    async def crash(_: Any) -> int:
        raise KeyboardInterrupt

    await flow.scheduler.step()
    await flow.work(WAKE_UPS, flow.poll.handle)
    await flow.work("transformer", flow.transform.handle)
    monkeypatch.setattr(flow.publisher, "publish", crash)
    with pytest.raises(KeyboardInterrupt):
        await flow.work("distributor", flow.distribute.handle)
    monkeypatch.undo()
    assert changes(await flow.settle()) == []
    flow.later(seconds=GRACE.total_seconds())
    assert changes(await flow.settle()) == [("customer", "updated", "2")]
    flow.later(minutes=2)
    assert changes(await flow.settle()) == []
    await balanced(flow)


@pytest.mark.parametrize("error", [None, Retryable("away"), ConfigError("Topic information-customer is gone.")])
async def test_a_topic_that_takes_nothing_does_not_keep_the_others_back_nor_double_them(
    store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    flow = await loaded(store)
    failing_topic(flow, monkeypatch, "information-customer", error)
    flow.erp.customer(2, name="Renamed", contacts=[{"id": 1, "first": "One"}])
    assert changes(await flow.settle()) == [("contact", "created", "2/1")]
    flow.later(seconds=GRACE.total_seconds() + 1)
    assert changes(await flow.settle()) == []
    monkeypatch.undo()
    flow.later(seconds=GRACE.total_seconds() + 1)
    assert changes(await flow.settle()) == [("customer", "updated", "2")]
    await balanced(flow)


async def test_one_event_that_the_broker_never_takes_does_not_keep_the_others_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = await loaded(store)
    publish = flow.broker.publish

    async def picky(name: str, messages: list[Message]) -> list[Failed]:
        if name == "information-contact" and any('"Refused"' in message.body for message in messages):
            raise ConfigError("A message is too big.")
        return await publish(name, messages)

    monkeypatch.setattr(flow.broker, "publish", picky)
    names = ("One", "Refused", "Three")
    flow.erp.customer(1, contacts=[{"id": id, "first": name} for id, name in enumerate(names, 1)])
    assert changes(await flow.settle()) == [("contact", "created", "1/1"), ("contact", "created", "1/3")]
    monkeypatch.undo()
    flow.later(seconds=GRACE.total_seconds() + 1)
    assert changes(await flow.settle()) == [("contact", "created", "1/2")]
    await balanced(flow)


# Streams and connections that fail


async def test_a_failing_stream_does_not_fail_its_connection_and_comes_back_by_itself(store: Store) -> None:
    flow = await loaded(store)
    flow.erp.failing["customers"] = Retryable("The ERP is away.")
    flow.erp.customer(2, name="Renamed")
    flow.erp.write("projects", 1, number="1", name="One", open=True)
    assert changes(await flow.settle()) == [("project", "created", "1")]
    row = await stream(flow)
    assert (row.failures, row.last_error) == (1, "The ERP is away.")
    assert row.next_due_at > flow.clock.now()
    asked = len(flow.erp.requests)
    await flow.settle()
    assert flow.erp.requests[asked:] == []
    del flow.erp.failing["customers"]
    flow.later(minutes=1)
    events = await flow.settle()
    assert changes(events) == [("customer", "updated", "2")]
    assert told(events, "connection-state") == []
    row = await stream(flow)
    assert (row.failures, row.last_error) == (0, None)
    await balanced(flow)


async def test_an_outage_that_lasts_is_told_once_and_so_is_its_end(store: Store) -> None:
    flow = await loaded(store)
    flow.erp.failing["customers"] = Retryable("The ERP is away.")
    notices = []
    for _ in range(8):
        flow.later(hours=1)
        notices += told(await flow.settle(), "connection-state")
    (failing,) = notices
    assert (failing["state"], failing["stream"], failing["failures"]) == ("failing", "customers", 5)
    assert failing["reason"] == "The ERP is away."
    del flow.erp.failing["customers"]
    flow.later(hours=1)
    (recovered,) = told(await flow.settle(), "connection-state")
    assert (recovered["state"], recovered["stream"]) == ("recovered", "customers")
    flow.later(hours=1)
    assert told(await flow.settle(), "connection-state") == []


async def test_a_defect_of_a_connector_is_no_end_of_the_visit_and_shows_no_values(store: Store) -> None:
    flow = await loaded(store)
    flow.erp.failing["customers"] = KeyError("hush-hush")
    flow.erp.write("projects", 1, number="1", name="One", open=True)
    assert changes(await flow.settle()) == [("project", "created", "1")]
    assert (await stream(flow)).last_error == "KeyError in the connector"


async def test_a_refused_credential_pauses_the_connection_and_is_told_once(store: Store) -> None:
    flow = await loaded(store)
    flow.erp.failing["open"] = NeedsConsent("The ERP refused the credentials.")
    (notice,) = told(await flow.settle(), "connection-state")
    assert (notice["state"], notice["stream"]) == ("needs_consent", None)
    assert await state(flow) == "needs_consent"
    asked = len(flow.erp.requests)
    for _ in range(3):
        flow.later(days=1)
        assert await flow.settle() == []
    assert len(flow.erp.requests) == asked
    del flow.erp.failing["open"]
    flow.erp.customer(2, name="Renamed meanwhile")
    async with store.transaction() as tx:
        await connections.set_state(tx, "acme-fake", "active", None)
    events = await flow.settle()
    assert changes(events) == [("customer", "updated", "2")]
    (recovered,) = told(events, "connection-state")
    assert recovered["state"] == "recovered"


async def test_a_stream_that_is_refused_pauses_the_connection_before_the_next_stream_is_asked(store: Store) -> None:
    flow = await loaded(store)
    flow.erp.failing["customers"] = NeedsConsent("No right to customers.")
    asked = len(flow.erp.requests)
    await flow.settle()
    assert await state(flow) == "needs_consent"
    assert "projects" not in {name for name, _ in flow.erp.requests[asked:]}


async def test_an_erp_that_cannot_be_opened_is_one_notice_and_not_one_for_each_stream(store: Store) -> None:
    flow = await loaded(store)
    flow.erp.failing["open"] = Retryable("The ERP is away.")
    notices = []
    for _ in range(8):
        flow.later(hours=1)
        notices += told(await flow.settle(), "connection-state")
    assert [notice["state"] for notice in notices] == ["failing"]
    del flow.erp.failing["open"]
    flow.later(hours=1)
    notices = told(await flow.settle(), "connection-state")
    assert [notice["state"] for notice in notices] == ["recovered"]


async def test_an_erp_that_cannot_be_opened_is_told_for_the_stream_that_fails_longest(store: Store) -> None:
    flow = await loaded(store)
    async with store.transaction() as tx:
        row = await streams.row_of(tx, await streams.find(tx, "acme-fake", "projects"))
        await streams.settle(tx, row.id, failures=4, last_error="The ERP is away.")
    flow.erp.failing["open"] = Retryable("The ERP is away.")
    (notice,) = told(await flow.settle(), "connection-state")
    assert (notice["stream"], notice["failures"]) == ("projects", 5)


async def test_a_connector_that_is_not_installed_does_not_fill_the_queue(store: Store) -> None:
    flow = await loaded(store)
    flow.registry.connectors.clear()  # type: ignore[attr-defined]
    for _ in range(3):
        await flow.scheduler.step()
        assert await flow.work(WAKE_UPS, flow.poll.handle) == 1
        flow.later(minutes=10)
    assert await flow.broker.depth(WAKE_UPS) == 0
    assert await flow.broker.depth(f"{WAKE_UPS}-dlq") == 0


async def test_a_stream_that_waits_for_another_does_not_log_in_all_the_time(store: Store) -> None:
    flow = Flow(store, FakeErp())
    flow.erp.customer(1)
    flow.erp.write("addresses", 1, customer=1)
    flow.erp.failing["addresses"] = Retryable("The ERP is away.")
    await flow.connect()
    await flow.settle()
    async with store.reading() as tx:
        assert await connections.due(tx, flow.clock.now(), 10) == []
    del flow.erp.failing["addresses"]
    flow.later(minutes=1)
    assert changes(await flow.settle()) == [("customer", "created", "1")]


async def test_what_is_no_wake_up_is_poison(store: Store) -> None:
    flow = await loaded(store)
    for body in ("", "{}", "not json"):
        with pytest.raises(Poison):
            await flow.poll.handle(Delivery(WAKE_UPS, body, "r"))


async def test_a_page_of_an_unknown_stream_is_poison(store: Store) -> None:
    flow = await loaded(store)
    flow.erp.customer(2, name="Renamed")
    await flow.scheduler.step()
    await flow.work(WAKE_UPS, flow.poll.handle)
    await flow.work("transformer", flow.transform.handle)
    async with store.transaction() as tx:
        await tx.exec_driver_sql("update streams set name = 'renamed' where name = 'customers'")
    with pytest.raises(Poison, match="unknown stream customers of connection acme-fake"):
        await flow.work("distributor", flow.distribute.handle)


# Two workers


async def test_a_worker_that_froze_is_refused_and_nothing_is_lost_or_doubled(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = await loaded(store)
    flow.erp.customer(2, name="Renamed")
    quick, read = flow.new_poll("quick"), FakeSession.read
    frozen: list[bool] = []

    async def freeze(self: FakeSession, request: ReadRequest) -> Any:
        answer = await read(self, request)
        if request.stream.name == "customers" and not frozen:
            frozen.append(True)
            flow.later(minutes=2)  # the slow one's lease runs out while it waits
            flow.erp.customer(3, name="Newest")
            await quick.visit("acme-fake")
        return answer

    monkeypatch.setattr(FakeSession, "read", freeze)
    await flow.poll.visit("acme-fake")
    monkeypatch.undo()
    assert frozen == [True]
    async with store.reading() as tx:
        reads = [ReadNumber.parse(read) for read in (await tx.execute(select(journal.c.read))).scalars()]
    assert {read.epoch for read in reads} == {1, 3}  # the load and the quick one; the frozen one had 2
    events = await flow.settle()
    assert changes(events) == [("customer", "updated", "2"), ("customer", "updated", "3")]
    flow.later(hours=1)
    assert changes(await flow.settle()) == []
    async with store.reading() as tx:
        assert (await tx.execute(select(connection_rows.c.lease_owner))).scalar_one() is None
    row = await stream(flow)
    assert (row.failures, row.last_error) == (0, None)
    await balanced(flow)


async def test_two_wake_ups_at_once_are_one_visit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = await loaded(store)
    flow.erp.customer(2, name="Renamed")
    other, read = flow.new_poll("other"), FakeSession.read
    inside: list[int] = []

    async def again(self: FakeSession, request: ReadRequest) -> Any:
        if not inside:
            inside.append(1)
            asked = len(flow.erp.requests)
            await other.visit("acme-fake")
            assert len(flow.erp.requests) == asked
        return await read(self, request)

    monkeypatch.setattr(FakeSession, "read", again)
    assert changes(await flow.settle()) == [("customer", "updated", "2")]
    assert inside


async def test_a_follow_up_that_is_asked_for_during_a_lookup_is_read_once_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = await loaded(store)
    row, read = await stream(flow), FakeSession.read
    async with store.transaction() as tx:
        await streams.request(tx, row.id, ["2"], flow.clock.now())
    asked: list[str] = []

    async def edited(self: FakeSession, request: ReadRequest) -> Any:
        answer = await read(self, request)
        if request.mode is Mode.LOOKUP:
            asked.extend(request.keys)
            if len(asked) == 1:
                flow.later(seconds=1)
                flow.erp.records["customers"][2]["name"] = "Edited while it was read"
                async with store.transaction() as tx:
                    await streams.request(tx, row.id, ["2"], flow.clock.now())
        return answer

    monkeypatch.setattr(FakeSession, "read", edited)
    assert changes(await flow.settle()) == [("customer", "updated", "2")]
    assert asked == ["2", "2"]
    await balanced(flow)


async def test_a_page_of_a_stream_that_the_connector_no_longer_has_says_what_to_install(store: Store) -> None:
    flow = await loaded(store)
    plans = Plans(store, flow.registry, flow.clock)
    with pytest.raises(ConfigError, match="fake has no stream 'suppliers'"):
        await plans.of(head(stream="suppliers"))


async def test_a_visit_makes_no_plan_anew(store: Store) -> None:
    flow = await loaded(store)
    plans = Plans(store, flow.registry, flow.clock)
    plan, _ = await plans.of(head())
    flow.later(minutes=10)
    flow.erp.customer(9)
    await flow.settle()
    assert (await plans.of(head()))[0] is plan
