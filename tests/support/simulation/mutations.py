"""What happens in the ERP: each mutation has a moment and chance of its own, so that any can be left out."""

from __future__ import annotations

import asyncio
from random import Random

from tests.support.simulation.erp import DATA, Kept, SimulatedErp

FIRST = 12
"""Records that are there before the first load, or come during it."""

OPERATIONS = (
    "create",
    "update",
    "update",
    "back",
    "flip",
    "flip",
    "flip",
    "delete",
    "again",
    "move",
    "break",
    "beside",
)


def moment(seed: int, number: int, seconds: float) -> float:
    """When a mutation happens; the first ones come at once, so that there is something to load."""
    return 0.0 if number < FIRST else Random(f"{seed}/moment/{number}").uniform(0, seconds)


def mutate(erp: SimulatedErp, seed: int, number: int) -> str:
    """Let one mutation happen; in short what it was."""
    random = Random(f"{seed}/mutation/{number}")
    operation = "create" if number < FIRST else random.choice(OPERATIONS)
    stream = random.choice(DATA)
    there = erp.records[stream]
    if operation == "create":
        return _create(erp, stream, number, random)
    if operation == "again" and erp.gone:
        return _again(erp, erp.gone.pop(random.randrange(len(erp.gone))))
    if not there or operation == "again":
        return "nothing"
    kept = there[random.choice(sorted(there))]
    return f"{operation} {stream} {kept.id} {_change(erp, stream, kept, operation, random)}"


def settle(erp: SimulatedErp) -> None:
    """Mend what is broken, and do at once what was still to come; both show as changes."""
    for change in list(erp.pending):
        change()
    for stream in DATA:
        for kept in erp.records[stream].values():
            if not kept.good:
                kept.good, kept.changed = True, erp.stamp()


def _create(erp: SimulatedErp, stream: str, number: int, random: Random) -> str:
    now = asyncio.get_running_loop().time()
    kept = Kept(number, random.randrange(12), erp.stamp(), random.random(), now, good=random.random() > 0.1)
    erp.records[stream][number] = kept
    return f"create {stream} {number} value {kept.value}{'' if kept.good else ' broken'}"


def _again(erp: SimulatedErp, gone: tuple[str, Kept]) -> str:
    stream, kept = gone
    kept.changed, kept.since = erp.stamp(), asyncio.get_running_loop().time()
    erp.records[stream][kept.id] = kept
    return f"again {stream} {kept.id} value {kept.value}"


def _change(erp: SimulatedErp, stream: str, kept: Kept, operation: str, random: Random) -> str:
    before = kept.value
    if operation == "delete":
        erp.gone.append((stream, erp.records[stream].pop(kept.id)))
        return ""
    if operation == "move":
        kept.place = random.random()
        return ""
    if operation == "beside" and stream == "customers":
        kept.value = random.randrange(12)
        number = len(erp.records["addresses"])
        now = asyncio.get_running_loop().time()
        erp.records["addresses"][number] = Kept(number, 0, erp.stamp(), 0.0, now, customer=kept.id)
        return f"value {before} to {kept.value}, seen in address {number} only"
    if operation == "flip":
        _flip(erp, stream, kept, random)
        return f"value {before} to {kept.value} and back in a moment"
    if operation == "break":
        kept.good = not kept.good
    # Few values, so that a record often comes back to what it was.
    kept.value = random.choice([before, 0, 3, 4]) if operation == "back" else random.randrange(12)
    kept.changed = erp.stamp()
    return f"value {before} to {kept.value}{'' if kept.good else ' broken'}"


def _flip(erp: SimulatedErp, stream: str, kept: Kept, random: Random) -> None:
    """Change a record, and change it back a moment later: the second read then says what is known already."""
    before = kept.value

    def back() -> None:
        kept.value = before
        kept.changed = erp.stamp()
        erp.pending.remove(back)

    kept.value = (before + random.choice([1, 3, 4])) % 12
    kept.changed = erp.stamp()
    erp.pending.append(back)
    asyncio.get_running_loop().call_later(random.uniform(10, 50), lambda: back in erp.pending and back())
