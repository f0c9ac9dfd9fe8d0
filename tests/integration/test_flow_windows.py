"""A stream that must be asked for by date, from the ERP to the subscriber, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from pipeline.store import figures, streams
from pipeline.store.engine import Store
from tests.support.flow import START, Flow, changes
from tests.support.rows import counted
from tests.support.windowed_erp import WindowedErp

TODAY = START.date()
DAY = timedelta(days=1)


def ago(days: int) -> str:
    return (TODAY - days * DAY).isoformat()


async def loaded(store: Store, ages: dict[int, int], **stream: Any) -> tuple[Flow, WindowedErp]:
    """The flow after its first load of bookings, by id and age in days."""
    erp = WindowedErp(**stream)
    for id, age in ages.items():
        erp.book(id, ago(age))
    flow = Flow(store, erp, transport=erp.transport())
    await flow.connect()
    await flow.settle()
    erp.days()
    return flow, erp


async def poll(flow: Flow, **later: float) -> list[tuple[str, str, str]]:
    flow.later(**later)
    return changes(await flow.settle())


async def balanced(flow: Flow) -> None:
    async with flow.store.reading() as tx:
        assert await figures.unfinished(tx) == {"runs": 0, "events": 0, "requests": 0}
        assert await figures.unbalanced(tx) == []


async def test_the_first_load_reads_all_days_and_loses_none_at_a_border(store: Store) -> None:
    flow, _ = await loaded(store, {age: age for age in range(-2, 180)})
    told = {id for _, change, id in changes(flow.events) if change == "created"}
    assert told == {str(age) for age in range(-2, 180)}
    assert {event["origin"] for event in flow.events if event.get("change")} == {"backfill"}
    await balanced(flow)


async def test_an_edit_is_noticed_when_its_tier_is_read_and_not_before(store: Store) -> None:
    flow, erp = await loaded(store, {1: 1, 30: 30, 100: 100, 170: 170}, deletes="none")
    for id, age in ((1, 1), (30, 30), (100, 100), (170, 170)):
        erp.book(id, ago(age), name="Edited")
    assert await poll(flow, minutes=5) == [("project", "updated", "1")]
    assert erp.days() == (ago(11), (TODAY + 3 * DAY).isoformat())
    assert [event["origin"] for event in flow.events if event.get("change") == "updated"] == ["increment"]
    assert await poll(flow, hours=6) == [("project", "updated", "30")]
    assert await poll(flow, days=2) == [("project", "updated", "100")]
    for _ in range(3):
        assert await poll(flow, days=2) == []
    await balanced(flow)


async def test_a_poll_that_finds_nothing_new_leaves_no_run_and_no_page(store: Store) -> None:
    flow, _ = await loaded(store, {age: age for age in range(8)}, deletes="none")
    before = await counted(store, "runs"), await counted(store, "journal")
    assert await poll(flow, minutes=5) == []
    assert await poll(flow, hours=7) == []
    assert (await counted(store, "runs"), await counted(store, "journal")) == before


async def test_what_comes_day_by_day_is_seen_at_once_over_all_borders(store: Store) -> None:
    flow, erp = await loaded(store, {}, deletes="none")
    for day in range(1, 17):
        erp.book(day, (TODAY + day * DAY).isoformat())
        assert await poll(flow, days=1) == [("project", "created", str(day))]


async def test_a_window_alone_never_deletes_and_two_full_scans_do(store: Store) -> None:
    flow, erp = await loaded(store, {age: age for age in range(20)})
    del erp.bookings[3]
    for _ in range(10):
        assert await poll(flow, minutes=5) == []
    erp.days()
    told = await poll(flow, hours=25)
    assert told == []
    assert erp.days() == ("2025-12-01", (TODAY + 4 * DAY).isoformat())
    assert await poll(flow, hours=25) == [("project", "deleted", "3")]
    await balanced(flow)


async def test_a_record_that_moves_between_windows_is_updated_and_never_deleted(store: Store) -> None:
    flow, erp = await loaded(store, {age: age for age in range(20)})
    told: list[tuple[str, str, str]] = []
    for moved in range(6):
        erp.book(5, ago(5 + 30 * (moved % 5)), name=f"Moved {moved}")
        told += await poll(flow, hours=9)
    assert {change for _, change, _ in told} == {"updated"}


async def test_a_record_that_moves_while_windows_are_read_is_found_by_the_next_reading(store: Store) -> None:
    flow, erp = await loaded(store, {1: 40, 2: 1}, deletes="none")

    def move() -> None:  # from a day that is still to be read to one that was
        if len(erp.asked) == 1:
            erp.book(2, ago(55), name="Moved")

    erp.on_request = move
    first = await poll(flow, hours=7)
    erp.on_request = lambda: None
    assert [*first, *await poll(flow, hours=6)] == [("project", "updated", "2")]


async def test_deletes_found_by_keys_do_not_bring_every_record_again(store: Store) -> None:
    flow, erp = await loaded(store, {age: age for age in range(10)}, deletes="keys", lookup_size=5)
    pages = await counted(store, "journal")
    del erp.bookings[4]
    assert await poll(flow, hours=25) == [("project", "deleted", "4")]
    assert await poll(flow, minutes=5) == []
    assert await counted(store, "journal") == pages + 1


async def test_a_long_reading_without_news_goes_on_where_its_turn_ended(store: Store) -> None:
    flow, erp = await loaded(store, {age: age for age in range(0, 120, 5)}, deletes="none")
    erp.on_request = lambda: flow.later(minutes=3)  # so slow that a turn reads but a few pages
    before = await counted(store, "runs")
    flow.later(days=3)
    async with asyncio.timeout(100):
        await flow.settle()
    assert await counted(store, "runs") == before
    days = [first for first, _ in erp.asked]
    assert days[: days.index(max(days)) + 1] == sorted(days[: days.index(max(days)) + 1])
    assert days.count(min(days)) <= 2


async def test_days_that_an_operator_asks_for_are_read_again(store: Store) -> None:
    flow, erp = await loaded(store, {30: 30, 170: 170}, deletes="none")
    for age, edited in ((30, "30"), (170, "170")):
        erp.book(age, ago(age), name="Edited")
        async with store.transaction() as tx:
            id = await streams.find(tx, "acme-fake", "bookings")
            await streams.settle(tx, id, since=START - age * DAY, next_due_at=flow.clock.now())
        assert changes(await flow.settle()) == [("project", "updated", edited)]
    async with store.reading() as tx:
        row = await streams.row_of(tx, id)
    assert (row.since, row.full_due) == (None, False)
