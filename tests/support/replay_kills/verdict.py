"""What must hold when a storm of replays is over."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from distributor.endings import Tally
from pipeline.bootstrap import Runtime
from pipeline.store import accounts, figures, letter_search, messages
from pipeline.store.engine import Store
from pipeline.store.letter_search import Filter
from pipeline.store.tables import accounts as account_rows
from pipeline.store.tables import entities, outbox, replays
from tests.support.kills.fleet import Blow, Fleet
from tests.support.kills.logs import lines
from tests.support.kills.reader import QUEUE, Reader
from tests.support.kills.standing import intact
from tests.support.replay_kills.letters import RENAMED, Expected

EVERY = ("open", "sending", "closed", "discarded")
MOST = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """``wrong`` has a sentence for whatever does not hold."""

    wrong: list[str]
    blows: list[Blow]
    figures: dict[str, Any]


async def verdict(runtime: Runtime, expected: Expected, fleet: Fleet, reader: Reader, begun: int) -> Outcome:
    """Look at everything, once the processes are gone."""
    store = runtime.store
    total, states = await _outcomes(store)
    await _drained(runtime)
    wrong = [
        *fleet.crashes,
        *await intact(store),
        *_replays(total, states, expected, begun),
        *await _letters(store, total, expected),
        *await _events(store, expected, reader),
        *await _ledger(store, expected),
        *await _books(store, expected),
        *await _messages(store, expected, reader),
    ]
    found = {
        "store": store.dialect,
        "letters": len(expected.passing) + len(expected.failing),
        "messages": len(expected.told),
        "replays": begun,
        "kills": sum(blow.how == "kill" for blow in fleet.blows),
        "freezes": sum(blow.how == "freeze" for blow in fleet.blows),
        "with a portion in hand": sum(bool(blow.hand) for blow in fleet.blows),
        "processes": len(fleet.logs),
        "taken over": _taken_over(fleet),
        "rejected again": total.ended["rejected"],
        "events": len(expected.passing) + len(expected.told),
        "deliveries": reader.deliveries.total(),
        "duplicates": reader.duplicates,
    }
    return Outcome(wrong, fleet.blows, found)


async def _drained(runtime: Runtime) -> None:
    """Wait until the subscriber has what is in its queue."""
    while await runtime.broker.depth(QUEUE):
        await asyncio.sleep(0.05)


async def _outcomes(store: Store) -> tuple[Tally, Counter[str]]:
    total, states = Tally(), Counter[str]()
    async with store.reading() as tx:
        for row in await tx.execute(select(replays.c.state, replays.c.outcomes)):
            total, states[row.state] = total + Tally.from_json(row.outcomes), states[row.state] + 1
    return total, states


def _replays(total: Tally, states: Counter[str], expected: Expected, begun: int) -> Iterable[str]:
    if states != {"done": begun}:
        yield f"the replays ended as {dict(states)}"
    if total.ended["passed"] != len(expected.passing) + len(expected.told):
        yield f"the replays count {total.ended['passed']} passed letters"
    wanted = Counter(expected.passing.values())
    if +total.changes != wanted:
        yield f"the replays count {dict(total.changes)} and should {dict(wanted)}"
    if total.letters != total.ended["passed"] + total.ended["rejected"]:
        yield f"the replays count {dict(total.ended)}"


async def _letters(store: Store, total: Tally, expected: Expected) -> list[str]:
    async with store.reading() as tx:
        found = await letter_search.found(tx, Filter(), EVERY)
    left = {one.name for one in found if one.state == "open"}
    wrong = [f"{len(left ^ expected.failing)} letters are not as they should be"] if left != expected.failing else []
    tries = {one.name: one.attempts - 1 for one in found}
    if again := [name for name, tried in tries.items() if tried and name not in left]:
        wrong.append(f"{len(again)} letters that passed count as tried before: {again[:MOST]}")
    if any(tries[name] < 1 for name in left) or sum(tries.values()) != total.ended["rejected"]:
        wrong.append(f"letters were refused {sum(tries.values())} times, the replays count {total.ended['rejected']}")
    return wrong


async def _events(store: Store, expected: Expected, reader: Reader) -> list[str]:
    """One event for each letter that passed, with an id of its own, which the subscriber has."""
    columns = (outbox.c.id, outbox.c.attributes)
    query = select(*columns).where(outbox.c.topic.startswith("information"))
    async with store.reading() as tx:
        rows = [row for row in await tx.execute(query) if row.attributes.get("origin") == "replay"]
    wrong = []
    ids = [row.id for row in rows]
    if len(set(ids)) != len(ids) or len(ids) != len(expected.passing):
        wrong.append(f"{len(ids)} events ({len(set(ids))} ids) were decided for {len(expected.passing)} letters")
    if Counter(row.attributes["change"] for row in rows) != Counter(expected.passing.values()):
        wrong.append("the events do not say what happened")
    if set(ids) | expected.told != set(reader.deliveries):
        wrong.append(f"{len((set(ids) | expected.told) ^ set(reader.deliveries))} events were lost, or never decided")
    if more := [subject for subject, times in reader.created.items() if times > 1]:
        wrong.append(f"{len(more)} entities were created more than once: {more[:MOST]}")
    return wrong


async def _ledger(store: Store, expected: Expected) -> list[str]:
    names = {}
    async with store.reading() as tx:
        for row in await tx.execute(select(entities.c.id, entities.c.key, entities.c.body)):
            names[row.id] = row.key, row.body["name"]
    wrong = [id for id in expected.passing if id not in names or names[id][1] != RENAMED.format(names[id][0])]
    return [f"{len(wrong)} entities are not in the ledger as they were read: {wrong[:MOST]}"] if wrong else []


async def _books(store: Store, expected: Expected) -> list[str]:
    """The runs balance, and the passes moved each letter that passed from rejected to mapped, once."""
    async with store.reading() as tx:
        wrong = [f"run {run} does not balance" for run in await figures.unbalanced(tx)]
        runs = (await tx.execute(select(account_rows.c.run).distinct())).scalars().all()
        for run in runs:
            _, sums = await accounts.of_run(tx, run)
            if sums.record_balance() or sums.entity_balance():
                wrong.append(f"the accounts of run {run} do not balance: {sums}")
        passes = account_rows.c.pass_number > 0
        moved = (func.sum(account_rows.c[name]) for name in ("read", "mapped", "rejected", "produced"))
        row = tuple(map(int, (await tx.execute(select(*moved).where(passes))).one()))
    many = len(expected.passing)
    return [*wrong, *([f"the passes moved {row}"] if row != (0, many, -many, many) else [])]


async def _messages(store: Store, expected: Expected, reader: Reader) -> list[str]:
    async with store.reading() as tx:
        found = await messages.found(tx, Filter(), EVERY)
    states = Counter(one.state for one in found)
    wrong = [f"messages are {dict(states)}"] if states != {"closed": len(expected.told)} else []
    lost = [id for id in expected.told if not reader.deliveries[id]]
    return wrong + ([f"{len(lost)} messages never came"] if lost else [])


def _taken_over(fleet: Fleet) -> int:
    return sum(line.get("action") == "replay_taken_over" for log in fleet.logs for line in lines(log))
