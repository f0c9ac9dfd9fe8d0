"""Deciding pages once more, and writing what they change: the part that rehearsals, replays and retransforms share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.brake import Brake
from distributor.decide import may_delete
from distributor.endings import Ending, endings
from distributor.events import OutboxMessage, messages
from distributor.rows import Decision
from distributor.turns import Turn, decide_in_turn
from pipeline import telling
from pipeline.stages import deciding
from pipeline.store import ledger
from schemas.pages import DomainPage

Place = tuple[str, int, int]
"""Run, number, and position of a record in its page."""


@dataclass(frozen=True, slots=True)
class Passing:
    """Pages of one stream as they would be decided now, in order, and what the brake had counted before."""

    stream_id: int
    decided: Sequence[tuple[DomainPage, Decision]]
    brake: Brake

    def endings(self) -> dict[Place, Ending]:
        """Where each record of the pages ends."""
        return {
            (page.head.run, page.head.number, result.index): ending
            for page, decision in self.decided
            for result, ending in endings(page, decision)
        }


async def decide(tx: AsyncConnection, turns: Mapping[int, Sequence[Turn]], now: datetime) -> list[Passing]:
    """What these pages change, by their streams; under the locks of the streams if it is to be written."""
    states = await ledger.states(tx, {stream_id: [one.page for one in some] for stream_id, some in turns.items()})
    passings = []
    for stream_id, some in turns.items():
        state = states[stream_id]
        losing = any(may_delete(one.page, state.records) for one in some)
        brake = await ledger.brake(tx, stream_id, now) if losing else Brake(0)
        decided = [(turn.page, made) for turn, made in decide_in_turn(some, state, brake)]
        passings.append(Passing(stream_id, decided, brake))
    return passings


async def write(
    tx: AsyncConnection, passings: Sequence[Passing], now: datetime, replay: int | None = None
) -> set[tuple[int, str]]:
    """Write it down; the streams are locked, and the events follow in the same transaction.

    The letters that this closed, by stream and key; ``replay`` is noted as the one that ran them.
    """
    decided = {passing.stream_id: passing.decided for passing in passings if passing.decided}
    return await deciding.write(tx, decided, now, replay)


async def events(tx: AsyncConnection, passing: Passing, now: datetime, *, rejects: bool) -> list[OutboxMessage]:
    """What subscribers and people must hear of it; of rejects only if they are news, and nobody muted them."""
    told: list[OutboxMessage] = []
    for page, decision in passing.decided:
        loud = await telling.loud(tx, decision, now) if rejects else replace(decision, opened=())
        told += [*messages(page.head, decision), *telling.of_decision(page.head, loud, passing.brake, now)]
    return told
