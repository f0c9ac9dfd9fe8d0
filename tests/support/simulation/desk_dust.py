"""The desk after the faults: what waits is worked off, and what became of letters, replays and books is looked at."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson

from distributor.account import Account
from distributor.books import balance
from distributor.endings import Tally
from pipeline.broker.packing import decode_records
from pipeline.deadletters import acting, ordering
from pipeline.deadletters.acting import Operator
from pipeline.deadletters.ordering import Order
from pipeline.deadletters.steps import Steps
from pipeline.store import accounts, letter_search, messages, replays
from pipeline.store.letter_search import Filter
from schemas.pages import PageHead
from schemas.version import Version
from tests.support.simulation.ports import instant
from tests.support.simulation.queues import is_dead_letters, is_junk
from tests.support.simulation.releases import LAST

if TYPE_CHECKING:
    from tests.support.simulation.world import World

CLERK = "clerk"


def waiting(world: World) -> dict[str, int]:
    """What the desk has still to do, by kind."""
    queries = {
        "replays running": "select count(*) from replays where state = 'running'",
        "messages": "select count(*) from messages where state in ('open', 'sending')",
    }
    counted = {name: world.database.raw.execute(query).fetchone()[0] for name, query in queries.items()}
    operators = sum(one.alive and one.name.startswith("operator") for one in world.processes)
    dead = {f"in {name}": count for name, count in world.queues.waiting().items() if is_dead_letters(name)}
    return {**counted, **dead, "operators": operators, "of an older release": len(world.older())}


async def work_off(world: World) -> None:
    """Have messages sent back that wait, without what is none of ours; called until nothing waits."""
    left = waiting(world)
    if not left["messages"] or left["operators"]:
        return
    async with world.store.transaction() as tx:
        for replay in await replays.listed(tx, 1000):
            if replay.state == "paused":
                await ordering.resume(tx, replay.id, CLERK, instant())
        found = await messages.found(tx, Filter())
        if junk := [one.name for one in found if is_junk(one.body)]:
            await acting.discard(tx, Filter(names=tuple(junk)), Operator(CLERK, instant(), "none of ours"))
        names = [one.name for one in found if not is_junk(one.body)]
        if names and not left["replays running"]:
            order = Order(Filter(names=tuple(names)), Steps((10,), 1.0), None, CLERK)
            await ordering.begin(tx, order, Tally(), instant())


async def mended(world: World) -> list[str]:
    """The last release everywhere, all letters replayed by two at once, and everything stored mapped once more."""
    if world.release < LAST:
        world.install(LAST)
    while world.older():
        await asyncio.sleep(5)
    async with world.store.transaction() as tx:
        names = [one.name for one in await letter_search.found(tx, Filter()) if one.patch]
        await acting.edit(tx, dict.fromkeys(names), Operator(CLERK, instant(), "as the ERP has it"))
    await asyncio.gather(world.operators.one("replay_all"), world.operators.one("replay_all"))
    await world.operators.one("retransform_all")
    return [f"retransform: it changed again {changed}" for changed in await world.operators.still_to_change()]


async def letters(world: World) -> list[str]:
    """An open letter is one of a record whose newest read is rejected, and points to it; and there is one for each."""
    newest = await _newest(world)
    query = "select s.name, l.stream_id, l.key, l.state, l.version from letters l join streams s on s.id = l.stream_id"
    found = {row[1:3]: (row[0], *row[3:]) for row in world.database.raw.execute(query)}
    broken = []
    for id, (stream, state, version) in found.items():
        read, ended = newest.get(id, (None, "unread"))
        if state == "open" and (ended != "rejected" or read != Version.parse(version)._replace(pass_number=0)):
            broken.append(f"letter: {stream} {id[1]} is open at {version}, and its newest read {read} is {ended}")
    for id, (read, ended) in newest.items():
        stream, state, version = found.get(id, ("", "missing", ""))
        here = bool(stream) and int(id[1]) in world.erp.records[stream]
        if ended == "rejected" and state not in ("open", "discarded") and (here or not stream):
            broken.append(f"letter: that of {stream} {id[1]} is {state}, and its newest read {read} is rejected")
    return broken


async def _newest(world: World) -> dict[tuple[int, str], tuple[Version, str]]:
    """The newest read of each record, and where it ended in the last pass over its page."""
    found: dict[tuple[int, str], tuple[Version, str]] = {}
    query = "select stream_id, head, payload, archive_key from journal"
    for stream_id, text, payload, key in world.database.raw.execute(query).fetchall():
        head = PageHead.model_validate(orjson.loads(text))
        records = decode_records(payload if payload is not None else await world.objects.get(key))
        ended = world.claims.desk.outcomes[head.run, head.number] if world.claims.desk else {}
        reads = [(str(record["id"]), head.version(index)) for index, record in enumerate(records)]
        reads += [(key, head.version(head.count + index)) for index, key in enumerate(head.absent)]
        for own, version in reads:
            if version > found.get((stream_id, own), (Version(0, 0, 0, 0), ""))[0]:
                found[stream_id, own] = (version, ended.get(version.index, "absent"))
    return found


async def ended(world: World) -> list[str]:
    """What must hold at the very end: replays ended as ordered, books balance over all passes, no letter is lost."""
    return [*await _replays(world), *await _books(world), *_kept(world)]


async def _replays(world: World) -> list[str]:
    raw, broken = world.database.raw, []
    async with world.store.reading() as tx:
        for replay in await replays.listed(tx, 1000):
            last = raw.execute(
                """select what from actions where target = ? and what != 'deadletters replay' order by seq desc""",
                (f"replay {replay.id}",),
            ).fetchone()
            paused = last is not None and last[0] == "deadletters pause"
            if (replay.state == "paused") != paused and replay.state not in ("rehearsed", "done", "stopped"):
                broken.append(f"replay: {replay.id} is {replay.state}, and that was not ordered")
            if replay.state == "stopped" and not replay.reason:
                broken.append(f"replay: {replay.id} stopped without a reason")
    return broken


async def _books(world: World) -> list[str]:
    broken = []
    async with world.store.reading() as tx:
        for run, read in world.database.raw.execute("select id, records from runs").fetchall():
            _, total = await accounts.of_run(tx, run)
            wrong = [*balance(read, [total]).reasons, *_rejects(world, run, total)]
            broken += [f"books of run {run}: {reason}" for reason in wrong]
    return broken


def _rejects(world: World, run: str, total: Account) -> list[str]:
    pages = world.claims.desk.outcomes if world.claims.desk else {}
    ended = [outcome for (of_run, _), some in pages.items() if of_run == run for outcome in some.values()]
    counted = {name: getattr(total, name) for name in ("mapped", "skipped", "rejected", "held")}
    return [
        f"{count} {name} counted, and {ended.count(name)} are"  # type: ignore[call-overload]
        for name, count in counted.items()
        if count != ended.count(name)  # type: ignore[call-overload]
    ]


def _kept(world: World) -> list[str]:
    """Whatever the desk took out of a dead-letter queue is kept, and was sent back or discarded."""
    states = dict(world.database.raw.execute("select body, state from messages"))
    sent = {one.body for one in world.queues.sent}
    broken = []
    for body in {delivery.body for delivery in world.queues.given_up}:
        state = states.get(body)
        if state is None or (state == "closed" and body not in sent):
            broken.append(f"letter lost: a message is {state}, and was not sent: {body[:200]}")
    return broken
