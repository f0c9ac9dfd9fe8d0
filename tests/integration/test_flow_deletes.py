"""Deletes at large: the brake, its release, and answers that must not be believed; on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import Mode, ReadAnswer, ReadRequest
from pipeline import releasing
from pipeline.store import figures, runs
from pipeline.store.engine import Store
from schemas.errors import ConfigError
from tests.support.fake_erp import FakeErp, FakeSession
from tests.support.flow import Flow, changes
from tests.support.rows import counted


async def loaded(store: Store, customers: int = 50, projects: int = 0) -> Flow:
    erp = FakeErp()
    for id in range(1, customers + 1):
        erp.customer(id)
    for id in range(1, projects + 1):
        erp.write("projects", id, number=str(id), name=f"Project {id}", open=True)
    flow = Flow(store, erp)
    await flow.connect()
    await flow.settle()
    flow.later(days=2)
    return flow


def held(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event["data"] for event in events if event["type"].endswith("deletes-held.v1")]


def deleted(events: list[dict[str, Any]]) -> int:
    return sum(change == "deleted" for _, change, _ in changes(events))


async def balanced(flow: Flow) -> None:
    async with flow.store.reading() as tx:
        assert await figures.unfinished(tx) == {"runs": 0, "events": 0, "requests": 0}
        assert await figures.unbalanced(tx) == []


async def release(flow: Flow, run: str, limit: int) -> int:
    async with flow.store.transaction() as tx:
        return await releasing.release(tx, run, limit, flow.clock.now())


async def test_many_deletes_at_once_are_held_and_a_release_lets_them_pass(store: Store) -> None:
    flow = await loaded(store)
    for id in range(1, 21):
        flow.erp.delete("customers", id)
    events = await flow.settle()
    assert deleted(events) == 0
    (notice,) = held(events)
    assert (notice["stream"], notice["held"], notice["live"]) == ("customers", 20, 50)
    assert await counted(store, "held_deletes") == 20
    await balanced(flow)
    assert await release(flow, notice["run"], 20) == 20
    flow.later(minutes=1)
    events = await flow.settle()
    assert deleted(events) == 20
    assert held(events) == []
    assert await counted(store, "held_deletes") == 0
    await balanced(flow)


async def test_a_release_of_fewer_than_are_held_holds_them_again(store: Store) -> None:
    flow = await loaded(store)
    for id in range(1, 21):
        flow.erp.delete("customers", id)
    (notice,) = held(await flow.settle())
    assert await release(flow, notice["run"], 19) == 20
    flow.later(minutes=1)
    events = await flow.settle()
    assert deleted(events) == 0
    assert [notice["held"] for notice in held(events)] == [20]
    assert await counted(store, "held_deletes") == 20


async def test_a_release_holds_for_a_day(store: Store) -> None:
    flow = await loaded(store)
    for id in range(1, 21):
        flow.erp.delete("customers", id)
    (notice,) = held(await flow.settle())
    await release(flow, notice["run"], 50)
    flow.later(minutes=1)
    assert deleted(await flow.settle()) == 20
    for id in range(21, 41):
        flow.erp.delete("customers", id)
    flow.later(days=2)
    events = await flow.settle()
    assert deleted(events) == 0
    assert len(held(events)) == 1


async def test_few_deletes_pass_and_are_counted_over_a_day(store: Store) -> None:
    flow = await loaded(store)
    for id in range(1, 9):
        flow.erp.delete("customers", id)
    assert deleted(await flow.settle()) == 8
    for id in range(9, 13):
        flow.erp.delete("customers", id)
    # The next listing of keys comes a day later, when the first deletes are no longer counted.
    flow.later(hours=30)
    assert deleted(await flow.settle()) == 4


async def test_a_held_record_that_comes_back_is_struck_off(store: Store) -> None:
    flow = await loaded(store)
    gone = {id: flow.erp.records["customers"][id] for id in range(1, 21)}
    for id in gone:
        flow.erp.delete("customers", id)
    assert len(held(await flow.settle())) == 1
    flow.erp.records["customers"].update(gone)
    for id in gone:
        flow.erp.customer(id, name="Back")
    flow.later(minutes=10)
    assert {change for _, change, _ in changes(await flow.settle())} == {"updated"}
    assert await counted(store, "held_deletes") == 0


async def test_an_empty_list_of_keys_deletes_nothing_because_each_is_asked_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = await loaded(store, 3)
    read = FakeSession.read

    async def empty(self: FakeSession, request: ReadRequest) -> ReadAnswer:
        if request.mode is Mode.KEYS:
            return ReadAnswer([], [])
        return await read(self, request)

    monkeypatch.setattr(FakeSession, "read", empty)
    flow.later(days=2)
    events = await flow.settle()
    assert changes(events) == []
    assert Mode.LOOKUP in {mode for _, mode in flow.erp.requests}
    await balanced(flow)


async def test_an_erp_that_suddenly_has_nothing_is_held(store: Store) -> None:
    flow = await loaded(store, 20)
    flow.erp.records["customers"] = {}
    events = await flow.settle()
    assert deleted(events) == 0
    assert [notice["held"] for notice in held(events)] == [20]
    await balanced(flow)


async def test_a_compared_stream_is_swept_after_two_scans_and_held_with_one_notice(store: Store) -> None:
    flow = await loaded(store, 1, projects=40)
    for id in range(1, 21):
        flow.erp.delete("projects", id)
    events = []
    for _ in range(5):
        flow.later(minutes=10)
        events += await flow.settle()
    assert deleted(events) == 0
    (notice,) = held(events)
    assert (notice["stream"], notice["held"], notice["live"]) == ("projects", 20, 40)
    await balanced(flow)
    assert await release(flow, notice["run"], 20) == 1
    events = await flow.settle() + await flow.settle()  # the sweep's events go out by the relay
    assert deleted(events) == 20
    assert held(events) == []
    async with store.reading() as tx:
        swept = [row.swept for row in await runs.listed(tx, None, 100) if row.swept]
    assert swept == [20]
    await balanced(flow)


async def test_a_compared_stream_that_is_whole_again_lifts_the_hold_and_is_told_of_the_next(store: Store) -> None:
    flow = await loaded(store, 1, projects=40)
    gone = {id: flow.erp.records["projects"].pop(id) for id in range(1, 21)}
    events = []
    for _ in range(3):
        flow.later(minutes=10)
        events += await flow.settle()
    assert len(held(events)) == 1
    flow.erp.records["projects"].update(gone)
    flow.later(minutes=10)
    assert changes(await flow.settle()) == []
    for id in gone:
        del flow.erp.records["projects"][id]
    events = []
    for _ in range(3):
        flow.later(minutes=10)
        events += await flow.settle()
    assert len(held(events)) == 1
    assert deleted(events) == 0


async def test_an_empty_answer_of_a_compared_stream_deletes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = await loaded(store, 1, projects=3)
    read = FakeSession.read

    async def empty(self: FakeSession, request: ReadRequest) -> ReadAnswer:
        return ReadAnswer([], []) if request.stream.name == "projects" else await read(self, request)

    monkeypatch.setattr(FakeSession, "read", empty)
    events = []
    for _ in range(4):
        flow.later(minutes=10)
        events += await flow.settle()
    assert deleted(events) == 0
    assert [notice["held"] for notice in held(events)] == [3]
    monkeypatch.undo()
    flow.later(minutes=10)
    assert changes(await flow.settle()) == []


async def test_a_record_without_a_key_cancels_the_sweep(store: Store) -> None:
    flow = await loaded(store, 1, projects=5)
    flow.erp.delete("projects", 1)
    flow.erp.write("projects", 99, number="99", name="No key")
    flow.erp.records["projects"][99]["id"] = ""
    events = []
    for _ in range(4):
        flow.later(minutes=10)
        events += await flow.settle()
    assert deleted(events) == 0


async def test_a_page_under_way_makes_the_sweep_wait(store: Store) -> None:
    flow = await loaded(store, 1, projects=5)
    flow.erp.delete("projects", 1)
    flow.later(minutes=10)
    await flow.settle()
    flow.later(minutes=10)
    flow.erp.write("projects", 2, name="On its way")
    await flow.scheduler.step()
    await flow.work("wake-ups", flow.poll.handle)
    for _ in range(3):
        await flow.closer.step()
    assert deleted(await flow.receive(len(flow.events))) == 0
    assert changes(await flow.settle()) == [("project", "deleted", "1"), ("project", "updated", "2")]


async def test_there_is_nothing_to_release_in_an_unknown_run(store: Store) -> None:
    flow = await loaded(store, 1)
    with pytest.raises(ConfigError, match="There is no run 9-9"):
        await release(flow, "9-9", 5)
