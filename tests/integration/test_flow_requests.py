"""What operators ask for: syncs, field rules, the present state for a new subscriber; on both databases."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import orjson
import pytest

from connectors.base import Mode, ReadRequest
from pipeline import republishing, syncing
from pipeline.store import connections, figures, streams
from pipeline.store.engine import Store
from schemas.errors import ConfigError
from schemas.version import Version
from tests.support.fake_erp import SPEC, FakeErp, FakeSession
from tests.support.flow import Flow, changes


async def loaded(store: Store, customers: int = 5) -> Flow:
    erp = FakeErp()
    for id in range(1, customers + 1):
        erp.customer(id)
    flow = Flow(store, erp)
    await flow.connect()
    await flow.settle()
    flow.later(minutes=1)
    return flow


async def ask(flow: Flow, *names: str, full: bool = False, since: datetime | None = None) -> list[int]:
    async with flow.store.transaction() as tx:
        ids = await syncing.ask(tx, SPEC, "acme-fake", names, flow.clock.now())
        if full:
            await syncing.ask_in_full(tx, ids)
        if since:
            await syncing.ask_since(tx, ids, since)
    return ids


async def _stream(flow: Flow, name: str = "customers") -> streams.StreamRow:
    async with flow.store.reading() as tx:
        return await streams.row_of(tx, await streams.find(tx, "acme-fake", name))


async def waiting(flow: Flow, ids: list[int], asked: datetime) -> bool:
    async with flow.store.reading() as tx:
        due = await streams.due_since(tx, ids, asked)
        return due or not syncing.settled(await figures.of_streams(tx, "acme-fake"), unfinished=0)


async def test_a_sync_reads_at_once_and_ends_when_the_books_balance(store: Store) -> None:
    flow = await loaded(store)
    flow.erp.customer(2, name="Renamed")
    asked = flow.clock.now()
    ids = await ask(flow)
    assert await waiting(flow, ids, asked)
    assert changes(await flow.settle()) == [("customer", "updated", "2")]
    assert not await waiting(flow, ids, asked)


async def test_a_sync_of_one_stream_reads_no_other(store: Store) -> None:
    flow = await loaded(store)
    before = len(flow.erp.requests)
    await ask(flow, "customers")
    await flow.settle()
    assert {name for name, _ in flow.erp.requests[before:]} == {"customers"}


async def test_a_sync_that_is_asked_for_during_a_poll_reads_once_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = await loaded(store)
    flow.later(minutes=10)
    read, asked = FakeSession.read, []

    async def meanwhile(self: FakeSession, request: ReadRequest) -> Any:
        answer = await read(self, request)
        if request.stream.name == "customers" and request.mode is Mode.INCREMENT and not asked:
            flow.later(seconds=1)
            flow.erp.customer(2, name="Edited after the poll had read it")
            asked.append(flow.clock.now())
            await ask(flow, "customers")
        return answer

    monkeypatch.setattr(FakeSession, "read", meanwhile)
    await flow.poll.visit("acme-fake")
    row = await _stream(flow)
    assert await waiting(flow, [row.id], asked[0])
    assert changes(await flow.settle()) == [("customer", "updated", "2")]
    assert not await waiting(flow, [row.id], asked[0])


async def test_a_full_sync_finds_what_the_increments_missed(store: Store) -> None:
    flow = await loaded(store)
    flow.erp.records["customers"][3]["name"] = "Changed without a stamp"
    flow.erp.delete("customers", 5)
    await ask(flow, "customers")
    assert changes(await flow.settle()) == []
    flow.later(minutes=1)
    asked = flow.clock.now()
    ids = await ask(flow, "customers", full=True)
    assert await waiting(flow, ids, asked)
    assert changes(await flow.settle()) == [("customer", "deleted", "5"), ("customer", "updated", "3")]
    assert not await waiting(flow, ids, asked)


async def test_a_sync_since_an_instant_reads_again_from_there_and_then_goes_on(store: Store) -> None:
    flow = await loaded(store)
    flow.erp.customer(5, name="Newest")
    flow.later(minutes=10)
    await flow.settle()
    flow.later(minutes=10)
    flow.erp.records["customers"][2]["name"] = "Changed without a stamp"
    since = datetime.fromisoformat(flow.erp.records["customers"][2]["changed"])
    asked = flow.clock.now()
    ids = await ask(flow, "customers", since=since)
    assert await waiting(flow, ids, asked)
    assert changes(await flow.settle()) == [("customer", "updated", "2")]
    row = await _stream(flow)
    assert row.since is None
    assert row.cursor is not None
    assert row.cursor["newest"] == flow.erp.now.isoformat(timespec="microseconds")
    async with store.reading() as tx:
        counts = {one.name: one.counts for one in await figures.of_streams(tx)}
    assert counts["customers"]["unchanged"] > 0


async def test_a_sync_since_an_instant_is_not_lost_to_a_poll_under_way(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = await loaded(store)
    flow.later(minutes=10)
    flow.erp.customer(5, name="Newest")
    flow.erp.records["customers"][1]["name"] = "Changed without a stamp"
    since = datetime.fromisoformat(flow.erp.records["customers"][1]["changed"])
    read, asked = FakeSession.read, []

    async def meanwhile(self: FakeSession, request: ReadRequest) -> Any:
        if request.stream.name == "customers" and not asked:
            flow.later(seconds=1)
            asked.append(await ask(flow, "customers", since=since))
        return await read(self, request)

    monkeypatch.setattr(FakeSession, "read", meanwhile)
    assert changes(await flow.settle()) == [("customer", "updated", "1"), ("customer", "updated", "5")]


async def test_a_stream_that_there_is_not_is_named(store: Store) -> None:
    flow = await loaded(store, 1)
    with pytest.raises(ConfigError, match="fake has no stream orders; it has: addresses, customers, projects"):
        await ask(flow, "orders")


@pytest.mark.parametrize("within", [0, 1, 3])
async def test_what_takes_more_than_one_visit_is_read_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, within: int
) -> None:
    """A load, an increment, a listing of keys and a scan, each of five pages, of which a turn has time for two."""
    flow = Flow(store, FakeErp())
    for id in range(1, 10):
        flow.erp.customer(id)
        flow.erp.write("projects", id, number=str(id), name=f"Project {id}", open=True)
    read, slow = FakeSession.read, {("customers", Mode.BACKFILL), ("projects", Mode.BACKFILL)}

    async def slowly(self: FakeSession, request: ReadRequest) -> Any:
        if (request.stream.name, request.mode) in slow:
            flow.later(minutes=within)
        return await read(self, request)

    monkeypatch.setattr(FakeSession, "read", slowly)
    await flow.connect(schedule={"every": 86_400, "deletes_every": 86_400 * 7})
    assert len(changes(await flow.settle())) == 18
    assert _pages(flow) == {("customers", "backfill"): 5, ("projects", "backfill"): 5}

    for id in range(1, 10):
        flow.erp.customer(id, name=f"Renamed {id}")
    slow = {("customers", Mode.INCREMENT), ("projects", Mode.SCAN)}
    flow.later(days=1)
    flow.erp.requests.clear()
    assert len(changes(await flow.settle())) == 9
    assert _pages(flow) == {("customers", "increment"): 5, ("projects", "scan"): 5, ("addresses", "increment"): 1}

    slow = {("customers", Mode.KEYS)}
    async with store.transaction() as tx:
        await streams.settle(tx, (await _stream(flow)).id, next_deletes_at=flow.clock.now())
    flow.erp.requests.clear()
    assert changes(await flow.settle()) == []
    assert _pages(flow) == {("customers", "keys"): 5}

    slow = {("customers", Mode.SCAN), ("projects", Mode.SCAN)}
    await ask(flow, "customers", full=True)
    flow.erp.requests.clear()
    assert changes(await flow.settle()) == []
    assert _pages(flow) == {("customers", "scan"): 5, ("customers", "increment"): 1}


def _pages(flow: Flow) -> dict[tuple[str, str], int]:
    return dict(Counter((name, mode.value) for name, mode in flow.erp.requests))


async def test_field_rules_of_a_tenant_hold_for_what_is_read_from_then_on(store: Store) -> None:
    flow = await loaded(store, 2)
    rule = {"entity": "customer", "field": "custom.colour", "path": "colour"}
    async with store.transaction() as tx:
        await connections.set_rules(tx, "acme-fake", [rule])
    flow.later(minutes=10)
    flow.erp.customer(2, colour="red")
    (event,) = [event for event in await flow.settle() if event.get("change")]
    assert event["data"]["changed"] == ["custom"]
    assert event["data"]["body"]["custom"] == {"colour": "red"}


async def test_a_wrong_field_rule_keeps_the_page_until_it_is_corrected(store: Store) -> None:
    flow = await loaded(store, 2)
    async with store.transaction() as tx:
        await connections.set_rules(tx, "acme-fake", [{"entity": "customer", "field": "name"}])
    flow.later(minutes=10)
    flow.erp.customer(2, name="Renamed")
    await flow.scheduler.step()
    await flow.work("wake-ups", flow.poll.handle)
    with pytest.raises(ConfigError, match="A field rule of connection acme-fake is wrong"):
        await flow.work("transformer", flow.transform.handle)
    async with store.transaction() as tx:
        await connections.set_rules(tx, "acme-fake", [])
    flow.later(minutes=2)
    assert changes(await flow.settle()) == [("customer", "updated", "2")]


async def republished(flow: Flow, entity: str = "customer", tenant: str | None = None) -> list[dict[str, Any]]:
    flow.broker.create_queue("newcomer")
    sent = await republishing.republish(flow.store, flow.broker, flow.archive, entity, "newcomer", tenant)
    found = []
    while deliveries := await flow.broker.receive("newcomer", most=10, wait=0, visibility=60):
        found += [orjson.loads(delivery.body) for delivery in deliveries]
        await flow.broker.acknowledge(deliveries)
    assert len(found) == sent
    return found


async def test_a_new_subscriber_gets_the_living_and_the_dead(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(republishing, "BATCH", 2)
    flow = await loaded(store)
    flow.erp.delete("customers", 4)
    flow.erp.customer(2, name="Renamed")
    flow.later(days=2)
    told = {event["id"]: event for event in await flow.settle() if event.get("change")}
    before = len(flow.events)
    events = await republished(flow)
    assert changes(events) == [
        ("customer", "created", "1"), ("customer", "created", "2"), ("customer", "created", "3"),
        ("customer", "created", "5"), ("customer", "deleted", "4"),
    ]  # fmt: skip
    assert {event["origin"] for event in events} == {"republish"}
    assert await flow.receive(before) == []
    newest = {event["data"]["body"]["source_id"]: event["data"]["version"] for event in told.values()}
    for event in events:
        key, version = event["data"]["body"]["source_id"], event["data"]["version"]
        Version.parse(version)
        assert newest.get(key, version) == version
    assert changes(await republished(flow)) == changes(events)


async def test_only_one_tenant_s_state_can_be_asked_for(store: Store) -> None:
    flow = await loaded(store, 1)
    assert len(await republished(flow, tenant="acme")) == 1
    assert await republished(flow, tenant="other") == []
    assert await republished(flow, entity="project") == []


async def test_what_cannot_be_republished_is_named(store: Store) -> None:
    flow = await loaded(store, 1)
    with pytest.raises(ConfigError, match="There is no entity customers; there are: "):
        await republishing.republish(store, flow.broker, flow.archive, "customers", "newcomer")
    with pytest.raises(ConfigError, match="Queue nowhere"):
        await republishing.republish(store, flow.broker, flow.archive, "customer", "nowhere")
