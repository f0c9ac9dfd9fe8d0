"""An event loop without a clock or a socket: a seed decides which ready task runs next, and time jumps when none is."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Coroutine
from random import Random
from typing import Any, TypeVar

from tests.support.simulation.processes import PROCESS

T = TypeVar("T")

_TO_THE_END = ("AsyncConnection.close",)
"""What even a killed process does: the database notices a lost connection by itself."""


class DeadlockError(Exception):
    """Nothing is ready, and nothing is waited for in time."""


class SimulatedLoop(asyncio.BaseEventLoop):
    """Runs one handle at a time. Handles of a frozen process are put aside until it wakes."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random
        self._now = 0.0
        self._ready: list[asyncio.Handle] = []
        self.steps = 0
        self.set_task_factory(_task)
        self.set_exception_handler(lambda loop, context: None)  # what a killed task raised is nobody's business

    def time(self) -> float:
        return self._now

    def put_back(self, handles: list[asyncio.Handle]) -> None:
        """Make handles that were put aside ready again."""
        self._ready += handles

    def _run_once(self) -> None:
        self._advance()
        handle = self._take()
        if handle._cancelled:
            return
        process = handle._context.get(PROCESS)  # type: ignore[attr-defined]
        if process is not None and process.frozen:
            process.put_aside(handle)
            return
        self.steps += 1
        handle._run()

    def _take(self) -> asyncio.Handle:
        position = int(self._random.random() * len(self._ready))
        handle, last = self._ready[position], self._ready.pop()
        if position < len(self._ready):
            self._ready[position] = last
        return handle

    def _advance(self) -> None:
        waiting: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        while waiting and waiting[0]._cancelled:
            heapq.heappop(waiting)._scheduled = False
        if not self._ready:
            if not waiting:
                raise DeadlockError("no task can ever go on")
            self._now = max(self._now, waiting[0].when())
        while waiting and waiting[0].when() <= self._now:
            timer = heapq.heappop(waiting)
            timer._scheduled = False
            self._ready.append(timer)

    def _process_events(self, event_list: Any) -> None:
        return

    def _write_to_self(self) -> None:
        return


def _task(loop: asyncio.AbstractEventLoop, coro: Any, **kwargs: Any) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, **kwargs)
    process = PROCESS.get()
    if process is not None and getattr(coro, "__qualname__", "") not in _TO_THE_END:
        process.tasks.append(task)
    return task


def run(main: Coroutine[Any, Any, T], random: Random) -> T:
    """Run to the end in a loop of its own."""
    loop = SimulatedLoop(random)
    try:
        return loop.run_until_complete(main)
    finally:
        asyncio.set_event_loop(None)
        loop.close()
