"""Ordering replays: begun, paused, resumed; each is written into the audit trail with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.endings import Tally
from pipeline.deadletters.steps import Steps
from pipeline.store import actions, replays
from pipeline.store.actions import Action
from pipeline.store.engine import Store
from pipeline.store.letter_search import Filter
from schemas.errors import ConfigError, ErpflowError


@dataclass(frozen=True, slots=True)
class Order:
    """Which letters are to be run, in which steps, at which rate (letters per second), and who says so."""

    filter: Filter
    steps: Steps
    rate: float | None
    who: str


async def rehearsed(tx: AsyncConnection, order: Order, predicted: Tally, now: datetime) -> int:
    """Keep what a rehearsal said, so that a replay can be held to it; its number."""
    return await replays.add(tx, _values(order, predicted, now) | {"state": "rehearsed"})


async def begin(tx: AsyncConnection, order: Order, predicted: Tally, now: datetime) -> int:
    """Begin a replay; its number. Whoever claims it works on it."""
    number = await replays.add(tx, _values(order, predicted, now) | {"state": "running"})
    details = {"filter": order.filter.as_json(), "predicted": predicted.as_json()}
    await actions.add(tx, Action(order.who, "deadletters replay", f"replay {number}", None, details), now)
    return number


async def check(store: Store, number: int, predicted: Tally) -> None:
    """Hold a replay to its rehearsal: ErpflowError says where the ledger changed since.

    The new prediction takes the place of the old one then.
    """
    async with store.transaction() as tx:
        before = (await replays.get(tx, number)).predicted
        if before != predicted:
            await replays.predict(tx, number, predicted)
    if before != predicted:
        raise ErpflowError(
            f"The ledger changed since rehearsal {number}: it said {_said(before)}, and now it is {_said(predicted)}; "
            "nothing was run. Replay again to go on with the new prediction."
        )


async def pause(tx: AsyncConnection, number: int, who: str, now: datetime) -> bool:
    """Pause a running replay; false when it is not running. Who works on it leaves it after what is in hand."""
    paused = await replays.turn(tx, number, ("running",), "paused")
    if paused:
        await actions.add(tx, Action(who, "deadletters pause", f"replay {number}"), now)
    return paused


async def resume(tx: AsyncConnection, number: int, who: str, now: datetime) -> None:
    """Make a paused or stopped replay run again, its step begun anew; raises ConfigError for one that is done."""
    replay = await replays.get(tx, number)
    begun = {"step_tried": 0, "step_failed": 0, "reason": None, "ended_at": None}
    if not await replays.turn(tx, number, ("paused", "stopped"), "running", **begun) and replay.state != "running":
        raise ConfigError(f"Replay {number} is {replay.state}, so that there is nothing to resume; begin another one.")
    await actions.add(tx, Action(who, "deadletters resume", f"replay {number}"), now)


def _values(order: Order, predicted: Tally, now: datetime) -> dict[str, Any]:
    return {
        "filter": order.filter.as_json(),
        "steps": list(order.steps.sizes),
        "limit": order.steps.limit,
        "rate": order.rate,
        "predicted": predicted.as_json(),
        "made_by": order.who,
        "made_at": now,
    }


def _said(tally: Tally) -> str:
    counts = {**tally.ended, **tally.changes}
    return ", ".join(f"{many} {name}" for name, many in counts.items() if many) or "no letters"
