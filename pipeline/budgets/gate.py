"""The gate that every request to an ERP passes: it waits for a slot in each limit, and learns from the answers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

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

    async def enter(self) -> None:
        """Wait until one more request may be sent; called before every attempt."""
        loop = asyncio.get_running_loop()
        for _ in range(_TRIES if self._bounds else 0):
            due = await self._slot()
            await self._sleep(due - loop.time())
            if loop.time() - due <= min(bound.pace.slack for bound in self._bounds):
                return  # one that comes too late could meet those that come in time: it takes a later slot

    async def learned(self, status: int, headers: Mapping[str, str]) -> None:
        """Take note of an answer; called after every attempt that was answered."""
        pause = learning.pause(self._limits, status, headers, self._clock.now().timestamp())
        if pause > 0 and self._bounds:
            async with self._store.transaction() as tx:
                now = await budgets.now(tx, self._clock)
                await budgets.hold(tx, [(bound.key, bound.pace) for bound in self._bounds], now + pause)

    async def _slot(self) -> float:
        """Reserve a slot; its moment on the loop's clock."""
        loop, lane = asyncio.get_running_loop(), lanes.present()
        began = loop.time()
        async with self._turns.of(lane, self._bounds[0].key):
            while True:
                asked = loop.time()
                ahead, taken = await self._try(lane, asked - began)
                if taken:
                    return asked + ahead if ahead else loop.time()
                await self._sleep(max(ahead - pacing.AHEAD, 0.01) * (1 + random.random() / 4))  # noqa: S311

    async def _try(self, lane: Lane, waited: float) -> tuple[float, bool]:
        paces = [bound.pace for bound in self._bounds]
        async with self._store.transaction() as tx:
            now = await budgets.now(tx, self._clock)
            marks = await budgets.marks(tx, [bound.key for bound in self._bounds], now)
            reserved: Reserved = pacing.reserve(paces, marks, now)
            ahead = reserved.at - now
            if ahead > pacing.PATIENCE:
                raise RateLimited("The budget of this system is used up; its streams wait for it.", retry_after=ahead)
            taken = pacing.may_take(lane, ahead, waited)
            if taken:
                await budgets.mark(tx, dict(zip((b.key for b in self._bounds), reserved.marks, strict=True)))
        return ahead, taken
