"""What must hold at the end of a storm, and how two of them are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.bootstrap import Runtime
from pipeline.broker.names import dead_letters
from tests.support.kills import standing
from tests.support.kills.fleet import Blow, Fleet
from tests.support.kills.logs import refused, repeated, taken_over
from tests.support.kills.reader import Reader
from tests.support.kills.story import Facts, Story

QUEUES = ("wake-ups", "transformer", "distributor", "reader")
MOST = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a storm ended. ``wrong`` has a sentence for whatever does not hold, ``refused`` what workers say of it
    when the store did not take a transaction.
    """

    wrong: list[str]
    ledger: standing.Ledger
    state: dict[str, Any]
    blows: list[Blow]
    figures: dict[str, Any]
    refused: list[str]


async def verdict(runtime: Runtime, story: Story, fleet: Fleet, reader: Reader, broke_off: list[str]) -> Outcome:
    """Look at everything, once the workers are gone."""
    store = runtime.store
    ledger, state, decided = await standing.ledger(store), reader.state(), await standing.events(store)
    wrong = [
        *broke_off,
        *fleet.crashes,
        *await standing.books(store),
        *await standing.intact(store),
        *missing(story.truth(), ledger),
        *_told(ledger, state, decided, reader),
        *await _left(runtime),
    ]
    figures = {
        "store": store.dialect,
        "records": story.records,
        "kills": sum(blow.how == "kill" for blow in fleet.blows),
        "freezes": sum(blow.how == "freeze" for blow in fleet.blows),
        "with a page in hand": sum(bool(blow.hand) for blow in fleet.blows),
        "pages": await standing.accounted(store),
        "given again": dict(repeated(fleet.logs)),
        "frozen pages given to others": taken_over(_frozen(fleet), fleet.logs),
        "entities": len(ledger),
        "events": len(decided),
        "deliveries": reader.deliveries.total(),
        "duplicates": reader.duplicates,
        "news": reader.news,
    }
    return Outcome(wrong, ledger, state, fleet.blows, figures, refused(fleet.logs))


def _frozen(fleet: Fleet) -> dict[str, set[str]]:
    """What frozen workers had in hand, by their logs."""
    held: dict[str, set[str]] = {}
    for blow in fleet.blows:
        if blow.how == "freeze":
            held.setdefault(blow.log, set()).update(blow.hand)
    return held


def missing(truth: Mapping[str, Facts], ledger: standing.Ledger) -> list[str]:
    """Where the ledger is not what the ERPs have."""
    bodies = {id: (row[1], row[2], row[5]) for id, row in ledger.items() if not row[3]}
    wrong = [f"{id} is in the ERP and not in the ledger" for id in truth.keys() - bodies.keys()]
    wrong += [f"{bodies[id][:2]} is in the ledger and not in the ERP" for id in bodies.keys() - truth.keys()]
    for id in truth.keys() & bodies.keys():
        entity, key, body = bodies[id]
        wrong += [f"{entity} {key}: {name} is {body.get(name)!r} and should be {want!r}"
                  for name, want in truth[id].items() if body.get(name) != want]  # fmt: skip
    return wrong[:MOST]


def differences(calm: Outcome, struck: Outcome) -> list[str]:
    """Where ledger (but for versions and times) or the reader's final state differ; nothing, where they are equal."""
    return _differ("ledger", calm.ledger, struck.ledger) + _differ("reader", calm.state, struck.state)


def _differ(what: str, calm: Mapping[str, Any], struck: Mapping[str, Any]) -> list[str]:
    wrong = [f"{what}: {id} is only in the calm run" for id in calm.keys() - struck.keys()]
    wrong += [f"{what}: {id} is only in the struck run" for id in struck.keys() - calm.keys()]
    wrong += [f"{what}: {id} is {struck[id]!r} and was {calm[id]!r}"
              for id in calm.keys() & struck.keys() if calm[id] != struck[id]]  # fmt: skip
    return wrong[:MOST]


def _told(ledger: standing.Ledger, state: Mapping[str, Any], decided: list[str], reader: Reader) -> list[str]:
    """Where the reader has not exactly what the ledger has, or an effect was not single."""
    wrong = []
    if len(set(decided)) != len(decided):
        wrong.append(f"{len(decided) - len(set(decided))} events were decided twice")
    if set(decided) != set(reader.deliveries):
        wrong.append(f"{len(set(decided) ^ set(reader.deliveries))} events were lost, or told and never decided")
    if more := [subject for subject, times in reader.created.items() if times != 1]:
        wrong.append(f"{len(more)} entities were not created exactly once: {more[:3]}")
    if state != {id: None if row[3] else row[5] for id, row in ledger.items()}:
        wrong.append("the reader's state is not the ledger's")
    return wrong


async def _left(runtime: Runtime) -> list[str]:
    names = [*QUEUES, *map(dead_letters, QUEUES)]
    depths = {name: await runtime.broker.depth(name) for name in names}
    return [f"{depth} messages are left in {name}" for name, depth in depths.items() if depth]
