"""Running workers in this process until a signal: SIGTERM and SIGINT stop them gracefully, within a deadline."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import structlog

log = structlog.get_logger()


class Runnable(Protocol):
    """A worker or a loop."""

    def stop(self) -> None:
        """Take nothing new in hand."""

    async def run(self, stop_within: float) -> None:
        """Work until stopped; what is in hand then has ``stop_within`` seconds."""


class Group:
    """Runs several workers side by side; the first that fails stops the others and is raised."""

    def __init__(self, runnables: Sequence[Runnable], stop_within: float) -> None:
        self._runnables = runnables
        self._stop_within = stop_within

    def stop(self) -> None:
        """Ask all of them to stop."""
        for runnable in self._runnables:
            runnable.stop()

    async def run(self) -> None:
        """Return when all have stopped."""
        tasks = [asyncio.create_task(runnable.run(self._stop_within)) for runnable in self._runnables]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            self.stop()
            for task in done:
                task.result()
        finally:
            self.stop()
            await asyncio.gather(*tasks, return_exceptions=True)


def spare_the_collector() -> None:
    """Keep the cycle collector from what stays loaded, and from looking up at every page; call it once, at the start.

    A page of 1,000 records is ten thousand objects without a cycle. By default they let it run over them and all
    modules again and again: a quarter of what it takes to parse them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@asynccontextmanager
async def stopped_by_signals(group: Group) -> AsyncIterator[None]:
    """While the block runs, SIGTERM and SIGINT stop the group; the handlers of before are put back at the end."""
    loop = asyncio.get_running_loop()

    def stop(name: str) -> None:
        log.info("stopping", action="stop_requested", signal=name)
        group.stop()

    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, stop, number.name)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
