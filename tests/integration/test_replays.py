"""Letters run once more: what a rehearsal says is what a replay does, each letter takes effect once."""

from __future__ import annotations

import asyncio
from typing import Any

from distributor.endings import Tally
from pipeline.deadletters import acting, ordering
from pipeline.deadletters.ordering import Order
from pipeline.deadletters.replaying import LEASE, Progress
from pipeline.deadletters.steps import Steps
from pipeline.store import accounts, letter_search, replays, runs
from pipeline.store.engine import Store
from pipeline.store.letter_search import Filter, Letter
from pipeline.store.replays import Replay
from tests.support.fake_erp import FakeErp
from tests.support.flow import Flow, changes
from tests.support.replays import Office, counted, mended


async def _rejected(store: Store, count: int = 3) -> Flow:
    """A flow whose ERP has good customers and ``count`` bad ones."""
    flow = Flow(store, FakeErp())
    await flow.connect()
    flow.erp.customer(1)
    for number in range(2, 2 + count):
        flow.erp.customer(number, is_person=f"no such thing {number}")
    await flow.settle()
    return flow


async def _letters(store: Store, **narrow: str) -> list[Letter]:
    async with store.reading() as tx:
        return await letter_search.found(tx, Filter(**narrow))


async def test_letters_of_one_cause_are_one_group_whatever_their_values(store: Store) -> None:
    await _rejected(store)
    async with store.reading() as tx:
        (group,) = await letter_search.groups(tx, Filter())
    assert (group.letters, group.tenants, group.field) == (3, 1, "is_person")


async def test_a_rehearsal_writes_nothing_and_says_what_the_replay_then_does(store: Store) -> None:
    flow = await _rejected(store)
    office = Office(flow, mended(flow.erp))
    rehearsal = await office.rehearse()
    assert counted(rehearsal.tally) == {"passed": 3, "created": 3}
    assert rehearsal.samples[0]["fields"]["name"] == [None, "Customer 2"]
    assert await flow.settle() == []
    ended = await office.replay(rehearsal)
    assert ended.state == "done"
    assert ended.outcomes == rehearsal.tally
    assert changes(await flow.settle()) == [("customer", "created", str(number)) for number in (2, 3, 4)]
    assert await _letters(store) == []


async def test_the_books_move_from_rejected_to_mapped_and_stay_balanced(store: Store) -> None:
    flow = await _rejected(store)
    await Office(flow, mended(flow.erp)).replay()
    async with store.reading() as tx:
        for row in await runs.listed(tx, None, 10):
            _, total = await accounts.of_run(tx, row.id)
            assert total.record_balance() == total.entity_balance() == total.rejected == 0


async def test_a_group_whose_cause_is_not_mended_stops_at_the_first_step(store: Store) -> None:
    flow = await _rejected(store)
    ended = await Office(flow, flow.registry).replay()
    assert (ended.state, counted(ended.outcomes)) == ("stopped", {"rejected": 1})
    assert "1 of the 1 letters of step 1 failed again" in str(ended.reason)
    assert sorted(letter.attempts for letter in await _letters(store)) == [1, 1, 2]
    assert await flow.settle() == []


async def test_a_replay_never_overwrites_newer_data(store: Store) -> None:
    flow = await _rejected(store, count=1)
    office = Office(flow, mended(flow.erp))
    stale = await _letters(store)
    flow.erp.customer(2, is_person=False, name="Newer")
    flow.later(minutes=10)
    await flow.settle()
    assert await office.sources.next(await _replay(office), 10) == (office.sources._sending, [])
    assert await office.sources._rerun.run(stale, 1, _count_nothing) == {}


async def test_many_replays_at_once_run_each_letter_once(store: Store) -> None:
    flow = await _rejected(store, count=8)
    offices = [Office(flow, mended(flow.erp), f"operator {number}") for number in range(6)]
    ended = await asyncio.gather(*(office.replay(sizes=(1, 3)) for office in offices))
    assert {one.state for one in ended} == {"done"}
    assert sum(one.outcomes.letters for one in ended) == 8
    assert len(changes(await flow.settle())) == 8


async def test_replays_at_once_run_what_fails_again_once_each_and_end(store: Store) -> None:
    flow = await _rejected(store, count=6)
    offices = [Office(flow, flow.registry, f"operator {number}") for number in range(4)]
    async with asyncio.timeout(60):
        ended = await asyncio.gather(*(office.replay(sizes=(1, 2), limit=1) for office in offices))
    assert {one.state for one in ended} == {"done"}
    tries = [letter.attempts - 1 for letter in await _letters(store)]
    assert all(1 <= tried <= 4 for tried in tries)
    assert sum(one.outcomes.letters for one in ended) == sum(tries)
    newest = max(ended, key=lambda one: one.id)  # no other one runs what it ran
    assert newest.outcomes.letters == 6


async def test_whoever_begins_or_resumes_a_replay_has_it_in_hand(store: Store) -> None:
    flow = await _rejected(store, count=2)
    mine, other = (Office(flow, mended(flow.erp), who) for who in ("mine", "other"))
    number = await mine.replayer.begin(Order(Filter(), Steps(), None, "ann"), Tally())
    await other.replayer.step()
    async with store.transaction() as tx:
        assert await ordering.pause(tx, number, "ann", flow.clock.now())
    await mine.replayer.resume(number, "ann")
    await other.replayer.step()
    assert await other.replayer.work(number) is None
    assert (await _ended(store, number)).outcomes.letters == 0
    await mine.replayer.work(number)
    assert ((await _ended(store, number)).state, await _letters(store)) == ("done", [])


async def test_a_replay_that_lost_its_process_goes_on_behind_the_last_letter(store: Store) -> None:
    flow = await _rejected(store, count=5)
    office = Office(flow, mended(flow.erp), "first")
    number = await office.start(sizes=(1, 2))
    async with store.transaction() as tx:
        assert await replays.claim(tx, number, "first", flow.clock.now(), flow.clock.now() + LEASE)
    other = Office(flow, mended(flow.erp), "second")
    assert await other.replayer.work(number) is None
    flow.later(minutes=2)
    await other.replayer.step()
    ended = await _ended(store, number)
    assert (ended.state, ended.outcomes.letters) == ("done", 5)


async def test_a_paused_replay_runs_nothing_more_and_goes_on_when_it_is_resumed(store: Store) -> None:
    flow = await _rejected(store, count=5)
    office = Office(flow, mended(flow.erp))
    number = await office.start(sizes=(2,))
    ran: list[int] = []

    def shown(progress: Progress) -> None:
        ran.append(progress.tally.letters)

    async def paused() -> None:
        async with store.transaction() as tx:
            assert await ordering.pause(tx, number, "ann", flow.clock.now())

    office.sources.next = _then(office.sources.next, paused)  # type: ignore[method-assign]
    stopped = await office.replayer.work(number, shown=shown)
    assert stopped is not None
    assert (stopped.state, ran) == ("paused", [])
    async with store.transaction() as tx:
        await ordering.resume(tx, number, "ann", flow.clock.now())
    ended = await Office(flow, mended(flow.erp)).replayer.work(number)
    assert ended is not None
    assert (ended.state, ended.outcomes.letters) == ("done", 5)
    assert len(changes(await flow.settle())) == 5


def _then(call: Any, after: Any) -> Any:
    """The call, with something else that happens once it has returned."""

    async def both(*arguments: Any) -> Any:
        found = await call(*arguments)
        await after()
        return found

    return both


async def test_edits_of_very_many_letters_are_one_command(store: Store) -> None:
    flow = await _rejected(store, count=3)
    names = [letter.name for letter in await _letters(store)]
    (stream,) = {name.partition(":")[0] for name in names}
    patch = [{"op": "remove", "path": "/is_person"}]
    by = acting.Operator("ann", flow.clock.now(), "not asked for")
    async with store.transaction() as tx:
        many = dict.fromkeys([*names, *(f"{stream}:none-{number}" for number in range(2_500))], patch)
        assert await acting.edit(tx, many, by) == 3
    ended = await Office(flow, flow.registry).replay()
    assert (ended.state, counted(ended.outcomes)) == ("done", {"passed": 3, "created": 3})


async def _replay(office: Office) -> Replay:
    return await _ended(office.flow.store, await office.start())


async def _ended(store: Store, number: int) -> Replay:
    async with store.reading() as tx:
        return await replays.get(tx, number)


async def _count_nothing(*_: object) -> None:
    raise AssertionError("nothing may be counted")
