"""Journal, requests, outbox on both databases: what is claimed, and what a late claim can no longer do."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from distributor.events import OutboxMessage
from pipeline.store import journal, outbox, runs, streams
from pipeline.store.engine import Store
from pipeline.store.journal import JournalPage
from pipeline.store.runs import Run
from pipeline.store.tables import journal as pages
from pipeline.store.tables import outbox as events
from schemas.errors import ErpflowError
from schemas.version import ReadNumber
from tests.support.rows import NOW, connected, counted, head, page
from tests.support.stores import only_postgres

GRACE = timedelta(seconds=30)


async def run_of(store: Store, stream_id: int, number: int = 1) -> Run:
    run = Run(stream_id, "increment", ReadNumber(1, number))
    async with store.transaction() as tx:
        await runs.save(tx, run, NOW)
    return run


async def claimed(store: Store, stream_id: int, claim: str) -> list[JournalPage]:
    async with store.transaction() as tx:
        return await journal.claim_unpublished(tx, stream_id, claim)


async def test_page_and_cursor_are_committed_together_or_not_at_all(store: Store) -> None:
    (stream,) = await connected(store)
    run = await run_of(store, stream.id)

    async def crash() -> None:
        async with store.transaction() as tx:
            await journal.append(tx, stream.id, page(head(run.id)), "a", NOW)
            await streams.settle(tx, stream.id, cursor={"newest": "x"})
            raise ErpflowError("crash")

    with pytest.raises(ErpflowError, match="crash"):
        await crash()
    assert await counted(store, "journal") == 0
    async with store.reading() as tx:
        assert (await streams.row_of(tx, stream.id)).cursor is None
    async with store.transaction() as tx:
        await journal.append(tx, stream.id, page(head(run.id)), "a", NOW)
        await streams.settle(tx, stream.id, cursor={"newest": "x"})
    assert await counted(store, "journal") == 1
    async with store.reading() as tx:
        assert (await streams.row_of(tx, stream.id)).cursor == {"newest": "x"}


async def test_what_a_crash_left_is_claimed_whole_and_in_the_order_of_reading(store: Store) -> None:
    first, second = await connected(store, "acme-fake", "customers", "projects")
    run, other = await run_of(store, first.id), await run_of(store, second.id, 9)
    async with store.transaction() as tx:
        await journal.append(tx, first.id, page(head(run.id, 1, (1, 12))), "dead", NOW)
        await journal.append(tx, first.id, page(head(run.id, 0, (1, 2)), "archive/key"), "dead", NOW)
        await journal.append(tx, second.id, page(head(other.id, 0, (1, 3))), "dead", NOW)
    found = await claimed(store, first.id, "new")
    assert [(one.head.number, one.payload, one.archive_key) for one in found] == [
        (0, None, "archive/key"),
        (1, b'[{"id":1}]', None),
    ]
    assert found[1].head == head(run.id, 1, (1, 12))


async def test_a_late_mark_by_the_old_claim_has_no_effect(store: Store) -> None:
    (stream,) = await connected(store)
    run = await run_of(store, stream.id)
    async with store.transaction() as tx:
        await journal.append(tx, stream.id, page(head(run.id)), "old", NOW)
    assert len(await claimed(store, stream.id, "new")) == 1
    async with store.transaction() as tx:
        await journal.mark_published(tx, head(run.id), "old", NOW)
        assert (await tx.execute(select(pages.c.published_at))).scalar_one() is None
        await journal.mark_published(tx, head(run.id), "new", NOW)
        assert (await tx.execute(select(pages.c.published_at))).scalar_one() == NOW
    assert await claimed(store, stream.id, "third") == []


async def test_a_record_that_is_asked_for_again_while_it_is_read_is_read_once_more(store: Store) -> None:
    (stream,) = await connected(store)
    async with store.transaction() as tx:
        await streams.request(tx, stream.id, ["1", "2", "1"], NOW)
        wanted = await streams.requested(tx, stream.id)
    assert wanted == {"1": 1, "2": 1}
    async with store.transaction() as tx:
        await streams.request(tx, stream.id, ["2"], NOW)
    async with store.transaction() as tx:
        await streams.answered(tx, stream.id, wanted)
        assert await streams.requested(tx, stream.id) == {"2": 2}
        await streams.answered(tx, stream.id, {"2": 2})
        assert await streams.requested(tx, stream.id) == {}


async def test_requests_come_oldest_first_and_a_bounded_number_at_a_time(store: Store) -> None:
    (stream,) = await connected(store)
    async with store.transaction() as tx:
        await streams.request(tx, stream.id, ["z"], NOW)
        await streams.request(tx, stream.id, [str(number) for number in range(2500)], NOW + GRACE)
        assert list(await streams.requested(tx, stream.id, most=1)) == ["z"]
        wanted = await streams.requested(tx, stream.id)
        assert len(wanted) == 1000
        await streams.answered(tx, stream.id, wanted)
    assert await counted(store, "requests") == 1501


async def test_a_request_makes_the_stream_due_even_while_it_is_read(store: Store) -> None:
    (stream,) = await connected(store)
    async with store.transaction() as tx:
        await streams.request(tx, stream.id, ["1"], NOW + GRACE)
        await streams.next_due(tx, stream, NOW + timedelta(hours=1))
        row = await streams.row_of(tx, stream.id)
        assert row.next_due_at == NOW + GRACE
        await streams.next_due(tx, row, NOW + timedelta(hours=1))
        assert (await streams.row_of(tx, stream.id)).next_due_at == NOW + timedelta(hours=1)


def event(number: int, run: str | None = "1-1") -> OutboxMessage:
    return OutboxMessage(f"{number:032}", "information-customer", f'{{"n":{number}}}', {"tenant": "acme"}, "acme", run)


async def late(store: Store, claim: str, now: datetime = NOW + GRACE, most: int = 100) -> list[int]:
    async with store.transaction() as tx:
        return [one.seq for one in await outbox.claim_late(tx, claim, now, now + GRACE, most)]


async def test_events_keep_their_order_and_belong_to_who_wrote_them_for_a_while(store: Store) -> None:
    async with store.transaction() as tx:
        written = await outbox.add(tx, [event(number) for number in range(2500)], "writer", NOW, NOW + GRACE)
    assert [one.event for one in written] == [event(number) for number in range(2500)]
    assert [one.seq for one in written] == sorted(one.seq for one in written)
    assert await late(store, "relay", NOW + GRACE / 2) == []
    assert await late(store, "relay", most=10) == [one.seq for one in written[:10]]


async def test_only_who_holds_the_claim_marks_an_event_as_sent(store: Store) -> None:
    async with store.transaction() as tx:
        (one,) = await outbox.add(tx, [event(1)], "writer", NOW, NOW + GRACE)
    assert await late(store, "relay") == [one.seq]
    async with store.transaction() as tx:
        await outbox.mark_sent(tx, [one.seq], "writer", NOW)
        assert await outbox.unsent(tx, "1-1") == 1
        await outbox.mark_sent(tx, [one.seq], "relay", NOW + GRACE)
        assert await outbox.unsent(tx, "1-1") == 0
    assert await late(store, "third", NOW + 9 * GRACE) == []


async def test_a_relay_that_died_is_followed_by_another(store: Store) -> None:
    async with store.transaction() as tx:
        (one,) = await outbox.add(tx, [event(1)], "writer", NOW, NOW + GRACE)
    assert await late(store, "dies", NOW + GRACE) == [one.seq]
    assert await late(store, "lives", NOW + 1.5 * GRACE) == []
    assert await late(store, "lives", NOW + 2 * GRACE) == [one.seq]


@only_postgres  # SQLite has one writer: two relays take turns
async def test_two_relays_at_once_share_the_work(store: Store) -> None:
    async with store.transaction() as tx:
        await outbox.add(tx, [event(number) for number in range(10)], "writer", NOW, NOW)
    async with store.transaction() as one, store.transaction() as other:
        first = await outbox.claim_late(one, "first", NOW, NOW + GRACE, 6)
        second = await outbox.claim_late(other, "second", NOW, NOW + GRACE, 6)
    assert len(first) == 6
    assert len(second) == 4
    assert {claim.seq for claim in first}.isdisjoint(claim.seq for claim in second)


@only_postgres  # SQLite has one writer: two closers take turns
async def test_two_closers_at_once_share_the_runs(store: Store) -> None:
    (stream,) = await connected(store)
    for number in range(1, 5):
        run = await run_of(store, stream.id, number)
        async with store.transaction() as tx:
            await runs.finish(tx, run, ReadNumber(1, number), NOW, None)
    async with store.transaction() as one, store.transaction() as other:
        first = await runs.lock_unclosed(one, 3)
        second = await runs.lock_unclosed(other, 3)
    assert [row.id for row in first] == ["1-1", "1-2", "1-3"]
    assert [row.id for row in second] == ["1-4"]


async def test_an_event_belongs_to_its_run_and_a_notice_to_none(store: Store) -> None:
    async with store.transaction() as tx:
        await outbox.add(tx, [event(1), event(2, None)], "writer", NOW, NOW)
        assert await outbox.unsent(tx, "1-1") == 1
        assert (await tx.execute(select(events.c.run).order_by(events.c.seq))).scalars().all() == ["1-1", None]
