"""Deciding pages once more, and writing what they change: the part that rehearsals, replays and retransforms share."""

from __future__ import annotations

from collections.abc import Sequence
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


async def decide(tx: AsyncConnection, stream_id: int, turns: Sequence[Turn], now: datetime) -> Passing:
    """What these pages of a stream change; under the stream's lock if it is to be written."""
    pages = [turn.page for turn in turns]
    state = await ledger.state(tx, stream_id, *pages)
    losing = any(may_delete(page, state.records) for page in pages)
    brake = await ledger.brake(tx, stream_id, now) if losing else Brake(0)
    return Passing(stream_id, [(turn.page, made) for turn, made in decide_in_turn(turns, state, brake)], brake)


async def write(tx: AsyncConnection, passing: Passing, now: datetime) -> None:
    """Write it down; the stream is locked, and the events follow in the same transaction."""
    if passing.decided:
        await deciding.write(tx, passing.stream_id, passing.decided, now)


async def events(tx: AsyncConnection, passing: Passing, now: datetime, *, rejects: bool) -> list[OutboxMessage]:
    """What subscribers and people must hear of it; of rejects only if they are news, and nobody muted them."""
    told: list[OutboxMessage] = []
    for page, decision in passing.decided:
        loud = await telling.loud(tx, decision, now) if rejects else replace(decision, opened=())
        told += [*messages(page.head, decision), *telling.of_decision(page.head, loud, passing.brake, now)]
    return told
