"""What the stages do together, on both databases."""

from __future__ import annotations

import orjson

from pipeline.store import figures
from pipeline.store.engine import Store
from schemas.reader import open_event
from tests.support.fake_erp import FakeErp
from tests.support.flow import Flow, changes


async def loaded(store: Store, customers: int = 5) -> Flow:
    erp = FakeErp()
    for id in range(1, customers + 1):
        erp.customer(id)
    flow = Flow(store, erp)
    await flow.connect()
    await flow.settle()
    return flow


async def test_a_first_load_tells_of_every_record_once_and_balances(store: Store) -> None:
    flow = await loaded(store)
    assert changes(flow.events) == [("customer", "created", str(id)) for id in range(1, 6)]
    assert all(event["data"]["initial"] for event in flow.events if event.get("change"))
    async with store.reading() as tx:
        found = {one.name: one for one in await figures.of_streams(tx)}
        assert await figures.unfinished(tx) == {"runs": 0, "events": 0, "requests": 0}
        assert await figures.unbalanced(tx) == []
    assert all(one.settled for one in found.values())
    assert found["customers"].counts["read"] == found["customers"].counts["mapped"] == 5


async def test_a_poll_without_a_change_leaves_nothing_behind(store: Store) -> None:
    flow = await loaded(store)
    async with store.reading() as tx:
        before = (
            await tx.exec_driver_sql("select count(*) from journal"),
            await tx.exec_driver_sql("select count(*) from runs"),
        )
        counts = [row.scalar_one() for row in before]
    flow.later(hours=1)
    assert await flow.settle() == []
    async with store.reading() as tx:
        after = (
            await tx.exec_driver_sql("select count(*) from journal"),
            await tx.exec_driver_sql("select count(*) from runs"),
        )
        assert [row.scalar_one() for row in after] == counts


async def test_changes_and_deletes_give_exactly_their_events(store: Store) -> None:
    flow = await loaded(store)
    flow.erp.customer(2, name="Renamed")
    flow.erp.customer(6)
    flow.erp.delete("customers", 4)
    flow.later(days=2)
    told = await flow.settle()
    assert changes(told) == [("customer", "created", "6"), ("customer", "deleted", "4"), ("customer", "updated", "2")]
    updated = next(event for event in told if event.get("change") == "updated")
    assert updated["data"]["changed"] == ["name"]
    assert updated["data"]["before"] == {"name": "Customer 2"}


async def test_a_change_beside_a_record_has_it_read_again(store: Store) -> None:
    flow = await loaded(store)
    flow.erp.records["customers"][3]["name"] = "Moved without a stamp"
    flow.erp.write("addresses", 1, customer=3)
    flow.later(minutes=10)
    assert changes(await flow.settle()) == [("customer", "updated", "3")]


async def test_a_record_of_the_wrong_type_is_one_reject_and_closes_when_it_is_mended(store: Store) -> None:
    flow = await loaded(store)
    flow.erp.customer(2, is_person="perhaps")
    flow.erp.customer(3, name="Passes")
    flow.later(minutes=10)
    told = await flow.settle()
    assert changes(told) == [("customer", "updated", "3")]
    reject = next(event for event in told if event["type"].endswith("reject-opened.v1"))
    assert reject["data"]["key"] == "2"
    assert reject["data"]["field"] == "is_person"
    async with store.reading() as tx:
        assert await figures.open_letters(tx) == 1
        counts = {one.name: one.counts for one in await figures.of_streams(tx)}
        assert counts["customers"]["rejected"] == 1
        assert await figures.unbalanced(tx) == []
    flow.erp.customer(2, is_person=True)
    flow.later(minutes=10)
    assert changes(await flow.settle()) == [("customer", "updated", "2")]
    async with store.reading() as tx:
        assert await figures.open_letters(tx) == 0


async def test_a_stream_without_change_stamps_is_compared_and_swept_after_two_scans(store: Store) -> None:
    flow = await loaded(store)
    for id in range(1, 4):
        flow.erp.write("projects", id, number=str(id), name=f"Project {id}", open=True)
    flow.later(minutes=10)
    assert changes(await flow.settle()) == [("project", "created", str(id)) for id in range(1, 4)]
    flow.erp.write("projects", 2, name="Another name")
    flow.erp.delete("projects", 3)
    flow.later(minutes=10)
    assert changes(await flow.settle()) == [("project", "updated", "2")]
    flow.later(minutes=10)
    assert changes(await flow.settle()) == [("project", "deleted", "3")]


async def test_a_child_that_is_gone_from_its_parent_is_deleted(store: Store) -> None:
    flow = await loaded(store, 1)
    flow.erp.customer(1, contacts=[{"id": 1, "first": "One"}, {"id": 2, "first": "Two"}])
    flow.later(minutes=10)
    assert changes(await flow.settle()) == [
        ("contact", "created", "1/1"), ("contact", "created", "1/2"),
    ]  # fmt: skip
    flow.erp.customer(1, contacts=[{"id": 1, "first": "One"}])
    flow.later(minutes=10)
    assert changes(await flow.settle()) == [("contact", "deleted", "1/2")]


async def test_an_event_too_heavy_for_a_message_travels_as_a_reference(store: Store) -> None:
    flow = await loaded(store, 1)
    flow.erp.customer(1, name="N" * 300_000)
    flow.later(minutes=10)
    told = [event for event in await flow.settle() if event.get("change")]
    assert [event["change"] for event in told] == ["updated"]
    assert "data" not in told[0]
    opened = await open_event(orjson.dumps(told[0]), flow.archive.get)
    assert opened.data["body"]["name"] == "N" * 300_000
