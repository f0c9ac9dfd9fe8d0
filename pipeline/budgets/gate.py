"""The gate that every request to an ERP passes: it waits for a slot in each limit, and learns from the answers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.exchange import Departure
from connectors.limits import Limits
from pipeline.budgets import lanes, learning, pacing
from pipeline.budgets.pacing import Lane, Pace, Reserved
from pipeline.clock import Clock
from pipeline.store import budgets
from pipeline.store.engine import Store
from schemas.errors import RateLimited

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Bound:
    """One limit that binds a connection; connections with the same key share it."""

    key: str
    pace: Pace


@dataclass(frozen=True, slots=True)
class _Slot:
    """A moment on the loop's clock, and the limits' marks as they were left when it was reserved."""

    due: float
    marks: tuple[float, ...]


class Turns:
    """Lets loads and scans of one process ask for a slot one after the other, so that they do not storm the store."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}

    def of(self, lane: Lane, key: str) -> asyncio.Lock | nullcontext[None]:
        """What to hold while asking."""
        return nullcontext() if lane is Lane.INCREMENT else self._locks.setdefault(key, asyncio.Lock())


class Gate:
    """The limits of one connection; made for a visit, used by its session.

    ``enter`` raises RateLimited where a slot is too far away to be waited for, as at the end of a daily quota.
    """

    def __init__(
        self, store: Store, clock: Clock, limits: Limits, bounds: Sequence[Bound], turns: Turns,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._store = store
        self._clock = clock
        self._limits = limits
        self._bounds = sorted(bounds, key=lambda bound: bound.key)
        self._turns = turns
        self._sleep = sleep

    async def enter(self) -> Departure:
        """Wait until one more request may be sent; called before every attempt."""
        if not self._bounds:
            return _at_once
        slot = await self._slot()
        await self._sleep(slot.due - asyncio.get_running_loop().time())
        return partial(self._depart, slot)

    async def _depart(self, slot: _Slot) -> None:
        """One that comes too late could meet those that come in time: it takes a later slot."""
        loop, slack = asyncio.get_running_loop(), min(bound.pace.slack for bound in self._bounds)
        for _ in range(_TRIES):
            if loop.time() - slot.due <= slack:
                return
            slot = await self._slot(slot)
            await self._sleep(slot.due - loop.time())

    async def learned(self, status: int, headers: Mapping[str, str]) -> None:
        """Take note of an answer; called after every attempt that was answered."""
        pause = learning.pause(self._limits, status, headers, self._clock.now().timestamp())
        if pause > 0 and self._bounds:
            async with self._store.transaction() as tx:
                await self._hold(tx, await budgets.now(tx, self._clock) + pause)

    async def _hold(self, tx: AsyncConnection, until: float) -> None:
        """Have nobody use these limits before ``until``."""
        known = await budgets.marks(tx, [bound.key for bound in self._bounds], until)
        held = {bound.key: pacing.held(bound.pace, at, until) for bound, at in zip(self._bounds, known, strict=True)}
        await budgets.mark(tx, held)

    async def _slot(self, unused: _Slot | None = None) -> _Slot:
        """Reserve a slot, in place of one that was not used."""
        loop, lane = asyncio.get_running_loop(), lanes.present()
        began = loop.time()
        async with self._turns.of(lane, self._bounds[0].key):
            while True:
                asked = loop.time()
                ahead, marks = await self._try(lane, asked - began, unused)
                if marks:
                    return _Slot(asked + ahead if ahead else loop.time(), marks)
                await self._sleep(max(ahead - pacing.AHEAD, 0.01) * (1 + random.random() / 4))  # noqa: S311

    async def _try(self, lane: Lane, waited: float, unused: _Slot | None) -> tuple[float, tuple[float, ...]]:
        """By how many seconds the next slot is ahead; and the limits' marks, where it was taken."""
        paces, keys = [bound.pace for bound in self._bounds], [bound.key for bound in self._bounds]
        async with self._store.transaction() as tx:
            now = await budgets.now(tx, self._clock)
            marks: Sequence[float] = await budgets.marks(tx, keys, now)
            if unused:
                marks = pacing.given_back(paces, unused.marks, marks)
            reserved: Reserved = pacing.reserve(paces, marks, now)
            ahead = reserved.at - now
            if ahead > pacing.PATIENCE:
                raise RateLimited("The budget of this system is used up; its streams wait for it.", retry_after=ahead)
            if not pacing.may_take(lane, ahead, waited):
                return ahead, ()
            await budgets.mark(tx, dict(zip(keys, reserved.marks, strict=True)))
        return ahead, reserved.marks


async def _at_once() -> None:
    """A request that no limit binds leaves as soon as it can."""
