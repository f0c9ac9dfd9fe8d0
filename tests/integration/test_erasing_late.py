"""What comes late of an erased connection: from frozen workers, queues, replays, spools. Nothing of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.broker.ports import Message
from pipeline.erasing.beginning import Order
from pipeline.erasing.erasing import ABANDONED, WATCHED
from pipeline.passes.again import Again
from pipeline.retransforming import Retransform, Scope
from pipeline.store import connections, erasures, messages, outbox, streams, tokens
from pipeline.store.engine import Store
from pipeline.store.letter_search import Filter
from pipeline.store.tokens import Kept
from schemas.errors import ConfigError, Retryable
from tests.support.flow import changes
from tests.support.leaving import LEAVING, NEEDLE, STAYING, House, big, full_house, house, of_tenant
from tests.support.replays import Office, mended
from tests.support.rows import counted
from tests.support.stores import only_postgres, only_sqlite

WAITING = ("transformer", "distributor", "wake-ups")


async def _nothing(at: House) -> None:
    assert await at.mentions(NEEDLE) == {}
    assert of_tenant(at.flow.archive._objects, "acme") == []
    for queue in WAITING:
        assert await at.flow.broker.depth(f"{queue}-dlq") == 0
    proof = await at.erase()
    assert proof.holds


async def test_a_worker_that_is_in_mid_page_writes_nothing_more(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    visit, awake = await _in_mid_page(at)
    assert (await at.erase()).holds
    awake.set()
    await visit
    assert len(of_tenant(at.flow.archive._objects, "acme")) == 1, "it is put before the store refuses the page"
    await at.erasing.step()
    await _nothing(at)
    assert changes(await at.flow.settle()) == []


async def test_a_worker_that_is_in_mid_page_is_refused_from_the_mark_on(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    visit, awake = await _in_mid_page(at)
    (begun,) = await at.erasing.begin(await at.erasing.targets(LEAVING, None), Order("ann"))
    pages = await counted(store, "journal")
    awake.set()
    await visit
    assert await counted(store, "journal") == pages
    assert await at.flow.broker.depth("transformer") == 0
    assert (await at.erasing.work(begun, Order("ann"))).holds
    await _nothing(at)


async def _in_mid_page(at: House) -> tuple[asyncio.Task[None], asyncio.Event]:
    """A visit that has read a page and is about to put it into the archive, until the event is set."""
    at.companies.of("1").customer(9, name=big(NEEDLE, 9))
    at.flow.later(minutes=30)
    frozen, awake, put = asyncio.Event(), asyncio.Event(), at.flow.archive.put

    async def freeze(key: str, content: bytes) -> None:
        frozen.set()
        await awake.wait()
        await put(key, content)

    at.flow.archive.put = freeze  # type: ignore[method-assign]
    visit = asyncio.create_task(at.flow.poll.visit(LEAVING))
    await frozen.wait()
    return visit, awake


async def test_pages_in_the_queues_are_done_with_and_never_poison(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    at.companies.of("1").customer(9, name=big(NEEDLE, 9))
    at.companies.of("1").write("projects", 3, number="3", name=NEEDLE, open=True)
    at.flow.later(minutes=30)
    await at.flow.scheduler.step()
    await at.flow.work("wake-ups", at.flow.poll.handle)
    raw = await at.flow.broker.receive("transformer", most=10, wait=0, visibility=60)
    assert {"dataref" in orjson.loads(delivery.body) for delivery in raw} == {True, False}
    for delivery in raw:
        await at.flow.transform.handle(delivery)
    await at.flow.scheduler.step()
    assert (await at.erase()).holds
    assert await at.flow.broker.depth("distributor") > 0
    await at.flow.broker.hide(raw, 0)
    fresh = at.flow.new_transform()
    await at.flow.work("transformer", fresh.handle)
    await at.flow.work("distributor", at.flow.distribute.handle)
    assert changes(await at.flow.settle()) == []
    assert [await at.flow.broker.depth(queue) for queue in WAITING] == [0, 0, 0]
    await _nothing(at)


async def test_an_old_page_does_not_reach_a_new_connection_of_the_same_name(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    at.companies.of("1").customer(9, name=f"{NEEDLE} 9")
    at.flow.later(minutes=30)
    await at.flow.scheduler.step()
    await at.flow.work("wake-ups", at.flow.poll.handle)
    old = await at.flow.broker.receive("transformer", most=10, wait=0, visibility=60)
    for delivery in old:
        await at.flow.transform.handle(delivery)
    assert (await at.erase()).holds
    at.companies.by_key.pop("1")
    at.companies.of("1").customer(1, name="New")
    await at.flow.connect(LEAVING)
    await at.flow.broker.hide(old, 0)
    told = await at.flow.settle()
    assert changes(told) == [("customer", "created", "1")]
    assert await at.mentions(NEEDLE) == {}
    assert (await at.found())["entities"] == 1


async def test_the_desk_leaves_out_late_letters_of_an_erased_tenant(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    event = next(event for event in at.flow.events if event["tenant"] == "acme" and event.get("change"))
    bodies = [Message(orjson.dumps(event).decode(), {"tenant": "acme", "connection": LEAVING}),
              Message(f"broken {NEEDLE}", {"tenant": "acme", "connection": LEAVING})]  # fmt: skip
    other = Message("broken Northern", {"tenant": "north", "connection": STAYING})
    await at.flow.broker.send("subscriber-dlq", [*bodies, other])
    assert (await at.erase()).holds
    while await at.desk.step():
        pass
    async with store.reading() as tx:
        assert [one.body for one in await messages.found(tx, Filter())] == ["broken Northern"]
    assert await at.flow.broker.depth("subscriber-dlq") == 0
    await at.flow.connect(LEAVING)
    await at.flow.broker.send("subscriber-dlq", bodies)
    while await at.desk.step():
        pass
    async with store.reading() as tx:
        kept = [one.body for one in await messages.found(tx, Filter(connection=LEAVING))]
    assert kept == [f"broken {NEEDLE}"], "what does not say when it was read may be of the new one"


async def test_events_that_were_not_sent_are_not_sent_any_more(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    async with store.transaction() as tx:
        assert await outbox.unsend(tx, at.flow.clock.now() - timedelta(days=1)) > 5
    assert (await at.erase()).holds
    await at.flow.receive()
    before = len(at.flow.events)
    await at.flow.settle()
    told = await at.flow.receive(before)
    assert {event["tenant"] for event in at.flow.events[before:]} == {"north"}
    assert told == at.flow.events[before:]


async def test_a_replay_under_way_ends_and_brings_nothing_back(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    office = Office(at.flow, mended(at.companies))  # type: ignore[arg-type]
    number = await office.start()
    mapped, proofs = office.sources._rerun._again.mapped, []

    async def erased_meanwhile(*given: Any) -> Any:
        found = await mapped(*given)
        if given[0].page.head.connection == LEAVING and not proofs:
            proofs.append(await at.erase())
        return found

    office.sources._rerun._again.mapped = erased_meanwhile  # type: ignore[method-assign]
    ended = await office.replayer.work(number)
    assert ended is not None
    assert [proof.holds for proof in proofs] == [True]
    assert ended.state == "done"
    assert {entity for _, _, entity in changes(await at.flow.settle())} == {"4", "5"}
    await _nothing(at)


async def test_a_retransform_under_way_brings_nothing_back(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    again = Again(store, at.flow.archive, at.flow.registry, at.flow.clock)
    retransform, mapped, proofs = Retransform(store, again, at.flow.publisher, at.flow.clock), again.mapped, []

    async def erased_meanwhile(*given: Any) -> Any:
        found = await mapped(*given)
        if not proofs:
            proofs.append(await at.erase())
        return found

    again.mapped = erased_meanwhile  # type: ignore[method-assign]
    await retransform.work(Scope("fake"), apply=True)
    assert [proof.holds for proof in proofs] == [True]
    await _nothing(at)


@only_sqlite
async def test_a_shared_credential_stays_while_another_connection_uses_it(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    for name, company in (("one", "5"), ("two", "6")):
        await at.flow.connect(name, company=company, credential="office")
    async with store.transaction() as tx:
        await tokens.lock(tx, "office", "acme", "fake")
    assert (await at.erase("one")).erasure.removed.get("credentials", 0) == 0
    async with store.reading() as tx:
        assert await tokens.find(tx, "office") is not None
    assert (await at.erase("two")).erasure.removed["credentials"] == 1
    async with store.reading() as tx:
        assert await tokens.find(tx, "office") is None


async def test_a_token_that_comes_late_is_not_stored(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    name, now = f"connection:{LEAVING}", at.flow.clock.now()
    async with store.transaction() as tx:
        row = await tokens.lock(tx, name, "acme", "fake")
        claimed = await tokens.claim(tx, row, now, now)
    late = Kept(claimed.epoch, b"sealed", now, None, None)
    assert (await at.erase()).holds
    custodian = at.flow.poll._sessions._custodian
    assert not await custodian.renewals._store_it((name, "acme", "fake"), late)
    async with store.reading() as tx:
        assert await tokens.find(tx, name) is None
    await at.flow.connect(LEAVING)
    assert not await custodian.renewals._store_it((name, "acme", "fake"), late)
    async with store.reading() as tx:
        again = await tokens.find(tx, name)
    assert again is not None
    assert again.token is None


async def test_a_connection_that_is_being_erased_can_only_be_erased(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    await _stopped(at)
    async with store.transaction() as tx:
        with pytest.raises(ConfigError, match="erpflow connections erase acme-fake goes on"):
            await connections.get(tx, LEAVING)
        assert not await connections.set_state(tx, LEAVING, "active", None)
        assert [row.id for row in await connections.due(tx, at.flow.clock.now() + timedelta(days=9), 9)] == [STAYING]
        row = await connections.find(tx, LEAVING)
        assert row is not None
        assert (row.secrets, row.settings, row.state) == (None, {}, "erasing")
        assert await streams.is_there(tx, (await streams.of_connection(tx, STAYING))[0].id)
        assert not await streams.is_there(tx, (await streams.of_connection(tx, LEAVING))[0].id)
    assert (await at.erase()).holds


async def _stopped(at: House) -> None:
    """An erasure whose process ends when it comes to the archive."""
    listed = at.flow.archive.listed

    async def away(*_: Any) -> list[str]:
        raise Retryable("The archive does not answer.")

    found = await at.erasing.targets(LEAVING, None)
    (begun,) = await at.erasing.begin(found, Order("ann"))
    at.flow.archive.listed = away  # type: ignore[method-assign]
    with pytest.raises(Retryable):
        await at.erasing.work(begun, Order("ann"))
    at.flow.archive.listed = listed  # type: ignore[method-assign]


async def test_what_was_left_in_the_middle_is_gone_on_with_by_the_scheduler_worker(
    store: Store, tmp_path: Path
) -> None:
    at = await house(store, tmp_path)
    await _stopped(at)
    await at.erasing.step()
    async with store.reading() as tx:
        assert await erasures.is_under_way(tx, LEAVING), "whoever began it may still be at work"
    at.flow.later(seconds=ABANDONED.total_seconds() + 1)
    await at.erasing.step()
    async with store.reading() as tx:
        assert not await erasures.is_under_way(tx, LEAVING)
    await _nothing(at)


@only_sqlite
async def test_late_rows_are_looked_for_as_long_as_a_queue_may_hold_them(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    assert (await at.erase()).holds
    at.flow.later(days=18)
    async with store.transaction() as tx:
        await messages.keep(tx, _dead(), at.flow.clock.now())
    await at.flow.archive.put("domain/acme/acme-fake/1-1/0-0-x", b"late")
    await at.erasing.step()
    await _nothing(at)
    assert timedelta(days=18) < WATCHED


def _dead() -> messages.DeadMessage:
    about = {"tenant": "acme", "connection": LEAVING}
    return messages.DeadMessage("transformer", NEEDLE, {}, None, "Poison", "broken", "c" * 16, 1, about)


async def test_two_processes_that_erase_at_once_do_no_harm(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    (begun,) = await at.erasing.begin(await at.erasing.targets(LEAVING, None), Order("ann"))
    row = connections.ConnectionRow(LEAVING, "acme", "fake", "1", {}, {}, [], [], "active", None)
    with pytest.raises(ConfigError, match="erased by somebody else"):
        await at.erasing.begin([row], Order("ann"))
    done = await asyncio.gather(
        *(at.eraser(store).work(begun, Order(who)) for who in ("ann", "bob")), return_exceptions=True
    )
    assert [one for one in done if isinstance(one, BaseException) and not isinstance(one, Retryable)] == []
    await _nothing(at)


class Stumbling:
    """A store whose process ends at its n-th transaction."""

    def __init__(self, store: Store, last: int) -> None:
        self._store = store
        self._left = last
        self.reading = store.reading

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        self._left -= 1
        async with self._store.transaction() as tx:
            yield tx
            if self._left == 0:
                raise Retryable("The process ended before the commit.")


@only_sqlite
async def test_an_erasure_that_ends_anywhere_is_gone_on_with(store: Store, tmp_path: Path) -> None:
    at = await full_house(store, tmp_path)
    found = await at.found()
    (begun,) = await at.erasing.begin(await at.erasing.targets(LEAVING, None), Order("ann"))
    for last in range(1, 200):
        async with store.reading() as tx:
            begun = await erasures.get(tx, begun.seq)
        try:
            proof = await at.eraser(Stumbling(store, last)).work(begun, Order("ann"))  # type: ignore[arg-type]
        except Retryable:
            continue
        break
    assert last > 5
    assert proof.holds
    assert {name: many for name, many in proof.erasure.removed.items() if found.get(name) != many} == {}
    await _nothing(at)


@only_sqlite
async def test_what_was_begun_in_silence_cannot_be_told_later(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    await _stopped(at)
    with pytest.raises(ConfigError, match="begun without --tell"):
        await at.erase(tell=True)
    assert (await at.erase()).holds


@only_postgres
async def test_what_is_being_decided_at_the_mark_is_erased_with_the_rest(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    at.companies.of("1").customer(9, name=f"{NEEDLE} 9")
    at.flow.later(minutes=30)
    await at.flow.scheduler.step()
    await at.flow.work("wake-ups", at.flow.poll.handle)
    await at.flow.work("transformer", at.flow.transform.handle)
    deciding, marked, add = asyncio.Event(), asyncio.Event(), outbox.add

    async def slow(*given: Any) -> Any:
        deciding.set()
        await marked.wait()
        return await add(*given)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(outbox, "add", slow)
        work = asyncio.create_task(at.flow.work("distributor", at.flow.distribute.handle))
        await deciding.wait()
        (begun,) = await at.erasing.begin(await at.erasing.targets(LEAVING, None), Order("ann"))
        erasing = asyncio.create_task(at.erasing.work(begun, Order("ann")))
        while not await _waits_for_a_lock(store):
            await asyncio.sleep(0.01)
        marked.set()
        await work
        assert (await erasing).holds
    await _nothing(at)


async def _waits_for_a_lock(store: Store) -> bool:
    async with store.reading() as tx:
        return bool((await tx.execute(text("select count(*) from pg_locks where not granted"))).scalar())


@only_sqlite
async def test_the_number_of_an_erased_stream_is_never_given_again(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    async with store.reading() as tx:
        before = {row.id for name in (LEAVING, STAYING) for row in await streams.of_connection(tx, name)}
    await at.erase()
    await at.erase(STAYING)
    await at.flow.connect("new", company="9")
    await at.flow.settle()
    async with store.reading() as tx:
        assert min(row.id for row in await streams.of_connection(tx, "new")) > max(before)
