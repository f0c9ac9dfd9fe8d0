"""The replay: letters run once more in growing steps, by one process at a time, until they are through or it stops.

Where it stands is written in the transaction of each portion, so that a crash loses nothing: whoever claims the
replay next goes on behind the last letter that took effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.endings import Ending, Tally
from pipeline.clock import Clock
from pipeline.deadletters import ordering
from pipeline.deadletters.ordering import Order
from pipeline.deadletters.pace import Pace, portion
from pipeline.deadletters.rehearsing import Rehearsal
from pipeline.deadletters.rerunning import Endings
from pipeline.deadletters.sources import Sources
from pipeline.deadletters.steps import Move, Standing, Steps, move
from pipeline.store import messages, replays
from pipeline.store.engine import Store
from pipeline.store.replays import Replay
from schemas.errors import Superseded

LEASE: Final = timedelta(seconds=60)

log = structlog.get_logger()


@dataclass(slots=True)
class Progress:
    """Where a replay is: shown to people while it runs. ``otherwise`` counts letters that were not predicted so."""

    replay: Replay
    standing: Standing
    tally: Tally
    otherwise: int = 0


Shown = Callable[[Progress], None]


class Replayer:
    """Works on replays. ``who`` tells this process from all others; one not heard of for ``lease`` is taken over."""

    def __init__(self, store: Store, sources: Sources, clock: Clock, who: str, lease: timedelta = LEASE) -> None:
        self._store = store
        self._sources = sources
        self._clock = clock
        self._who = who
        self._lease = lease

    async def begin(self, order: Order, predicted: Tally) -> int:
        """Begin a replay that this process works on next; its number. No other process takes it meanwhile."""
        async with self._store.transaction() as tx:
            number = await ordering.begin(tx, order, predicted, self._clock.now())
            await self._claim(tx, number)
        return number

    async def resume(self, number: int, operator: str) -> None:
        """Make a replay run again that this process works on next, unless another one has it in hand.

        Raises ConfigError for one that is done.
        """
        async with self._store.transaction() as tx:
            await ordering.resume(tx, number, operator, self._clock.now())
            await self._claim(tx, number)

    async def work(
        self, number: int, expected: Rehearsal | None = None, shown: Shown = lambda _: None
    ) -> Replay | None:
        """Go on with a running replay until it ends, stops or is paused; None when another process has it in hand.

        ``expected`` is what was rehearsed for these very letters, against which endings are compared. Raises
        Retryable when store, archive or broker do not answer; the replay then waits for whoever goes on with it.
        """
        async with self._store.transaction() as tx:
            if not await self._claim(tx, number):
                return None
            replay = await replays.get(tx, number)
            await messages.take_back(tx, number)
        standing = Standing(replay.step, replay.step_tried, replay.step_failed)
        progress = Progress(replay, standing, replay.outcomes)
        self._sources.look_again(replay)
        try:
            await self._steps(progress, expected, shown)
        except Superseded as error:
            log.info("replay left", action="replay_left", replay=number, reason=str(error))
        finally:
            self._sources.look_again(replay)
            await self._sources.published()
            async with self._store.transaction() as tx:
                await replays.release(tx, number, self._who)
        async with self._store.reading() as tx:
            return await replays.get(tx, number)

    async def step(self) -> bool:
        """Go on with replays whose process is gone, and open what those that rest had in hand; called at every tick."""
        async with self._store.transaction() as tx:
            await messages.take_back_all(tx, self._clock.now())
            left = await replays.unclaimed(tx, self._clock.now())
        for number in left:
            log.info("replay taken over", action="replay_taken_over", replay=number)
            await self.work(number)
        return False

    async def _claim(self, tx: AsyncConnection, number: int) -> bool:
        return await replays.claim(tx, number, self._who, self._clock.now(), self._until())

    def _until(self) -> datetime:
        return self._clock.now() + self._lease

    async def _steps(self, progress: Progress, expected: Rehearsal | None, shown: Shown) -> None:
        replay, loop = progress.replay, asyncio.get_running_loop()
        steps, pace = Steps(replay.steps, replay.limit), Pace(replay.rate, loop.time())
        while True:
            following = move(steps, progress.standing)
            progress.standing = following.standing
            if following.stop:
                return await self._end(replay, "stopped", following.stop)
            began = loop.time()
            ended = await self._portion(progress, following, expected)
            if not ended:
                return await self._end(replay, "done", None)
            shown(progress)
            await self._rest(replay, pace.ran(len(ended), began, loop.time()))

    async def _rest(self, replay: Replay, seconds: float) -> None:
        """Wait, and say meanwhile that this process is there; raises Superseded when the replay was paused."""
        turn = self._lease.total_seconds() / 3
        while seconds > turn:
            await asyncio.sleep(turn)
            seconds -= turn
            async with self._store.transaction() as tx:
                await replays.note(tx, replay.id, self._who, self._until())
        await asyncio.sleep(seconds)

    async def _portion(self, progress: Progress, following: Move, expected: Rehearsal | None) -> Endings:
        """Run the next letters; empty when there are none left."""
        replay = progress.replay
        source, some = await self._sources.next(replay, portion(following.take, replay.rate))
        while some:
            ended = await source.run(some, replay.id, partial(self._count, progress))
            if len(ended) < len(some):
                self._sources.look_again(replay)
            if ended:
                await self._compare(progress, expected, ended)
                return ended
            source, some = await self._sources.next(replay, portion(following.take, replay.rate))
        return {}

    async def _count(self, progress: Progress, tx: AsyncConnection, ended: Endings) -> None:
        tally = Tally()
        for ending in ended.values():
            tally.add(ending)
        total, standing = progress.tally + tally, progress.standing.after(tally.letters, tally.failed)
        await replays.note(
            tx, progress.replay.id, self._who, self._until(), outcomes=total.as_json(),
            step=standing.step, step_tried=standing.tried, step_failed=standing.failed,
        )  # fmt: skip
        progress.tally, progress.standing = total, standing

    async def _compare(self, progress: Progress, expected: Rehearsal | None, ended: Endings) -> None:
        if expected is None:
            return
        otherwise = sum(_differs(expected.endings.get(name), ending) for name, ending in ended.items())
        if otherwise:
            progress.otherwise += otherwise
            await expected.again(progress.replay.filter, progress.replay.id)
            async with self._store.transaction() as tx:
                await replays.predict(tx, progress.replay.id, progress.tally + expected.tally)

    async def _end(self, replay: Replay, state: str, reason: str | None) -> None:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await replays.note(tx, replay.id, self._who, self._until(), state=state, reason=reason, ended_at=now)
        log.info("replay ended", action="replay_ended", replay=replay.id, state=state, reason=reason)


def _differs(predicted: Ending | None, ended: Ending) -> bool:
    return predicted is not None and (predicted.ended, predicted.changes) != (ended.ended, ended.changes)
