"""Replays: letters being run once more. One process at a time works on a replay; its claim says which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.endings import Tally
from pipeline.store.letter_search import Filter
from pipeline.store.tables import replays
from schemas.errors import ConfigError, Superseded


@dataclass(frozen=True, slots=True)
class Replay:
    """One replay, or the rehearsal of one."""

    id: int
    filter: Filter
    state: str
    reason: str | None
    steps: tuple[int, ...]
    limit: float
    rate: float | None
    step: int
    step_tried: int
    step_failed: int
    predicted: Tally
    outcomes: Tally
    made_by: str
    made_at: datetime
    ended_at: datetime | None


async def add(tx: AsyncConnection, values: dict[str, Any]) -> int:
    """Write a new one down; its number. ``values`` are columns, the filter and the tallies as JSON."""
    made = await tx.execute(insert(replays).values(outcomes={}, **values))
    return int((made.inserted_primary_key or (0,))[0])


async def get(tx: AsyncConnection, number: int) -> Replay:
    """A replay; raises ConfigError when there is none of that number."""
    row = (await tx.execute(select(replays).where(replays.c.id == number))).one_or_none()
    if row is None:
        raise ConfigError(f"There is no replay {number}; erpflow deadletters replays lists them.")
    return _replay(row)


async def listed(tx: AsyncConnection, most: int) -> list[Replay]:
    """The newest ones."""
    rows = await tx.execute(select(replays).order_by(replays.c.id.desc()).limit(most))
    return [_replay(row) for row in rows]


async def running(tx: AsyncConnection) -> list[Replay]:
    """Those under way."""
    return [_replay(row) for row in await tx.execute(select(replays).where(replays.c.state == "running"))]


async def unclaimed(tx: AsyncConnection, now: datetime) -> list[int]:
    """Replays under way whose process has not been heard of."""
    late = or_(replays.c.claim_until.is_(None), replays.c.claim_until <= now)
    query = select(replays.c.id).where(replays.c.state == "running", late).order_by(replays.c.id)
    return list((await tx.execute(query)).scalars())


async def claim(tx: AsyncConnection, number: int, who: str, now: datetime, until: datetime) -> bool:
    """Take a running replay that nobody has in hand, until then; false when somebody has."""
    free = or_(replays.c.claim_until.is_(None), replays.c.claim_until <= now, replays.c.claim == who)
    mine = (replays.c.id == number) & (replays.c.state == "running") & free
    done = await tx.execute(update(replays).where(mine).values(claim=who, claim_until=until))
    return bool(done.rowcount)


async def release(tx: AsyncConnection, number: int, who: str) -> None:
    """Give the claim back, so that another process may go on at once."""
    mine = (replays.c.id == number) & (replays.c.claim == who)
    await tx.execute(update(replays).where(mine).values(claim_until=None))


async def note(tx: AsyncConnection, number: int, who: str, until: datetime, **values: Any) -> None:
    """Write how far the process that holds the claim has come, and hold it until then.

    Raises Superseded when the replay was paused or taken over.
    """
    mine = (replays.c.id == number) & (replays.c.claim == who) & (replays.c.state == "running")
    done = await tx.execute(update(replays).where(mine).values(claim_until=until, **values))
    if not done.rowcount:
        raise Superseded(f"Replay {number} was paused or taken over; erpflow deadletters replays shows where it is.")


async def predict(tx: AsyncConnection, number: int, predicted: Tally) -> None:
    """Keep what a rehearsal said."""
    await tx.execute(update(replays).where(replays.c.id == number).values(predicted=predicted.as_json()))


async def turn(tx: AsyncConnection, number: int, before: tuple[str, ...], state: str, **values: Any) -> bool:
    """Put a replay from one of these states into another; false when it is in none of them."""
    mine = (replays.c.id == number) & replays.c.state.in_(before)
    return bool((await tx.execute(update(replays).where(mine).values(state=state, **values))).rowcount)


def _replay(row: Row[Any]) -> Replay:
    values = {name: getattr(row, name) for name in Replay.__dataclass_fields__}
    values |= {"filter": Filter.from_json(row.filter), "steps": tuple(row.steps)}
    return Replay(**{**values, "predicted": Tally.from_json(row.predicted), "outcomes": Tally.from_json(row.outcomes)})
