from __future__ import annotations

import asyncio
import os
import signal

import pytest

from pipeline.process import Group, stopped_by_signals
from schemas.errors import ConfigError


class Runnable:
    """Runs until stopped, or until ``error`` is let go."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.go = asyncio.Event()
        self.stopping = asyncio.Event()
        self.stop_within: float | None = None
        self.ended = False

    def stop(self) -> None:
        self.stopping.set()

    async def run(self, stop_within: float) -> None:
        self.stop_within = stop_within
        waits = [asyncio.create_task(self.stopping.wait()), asyncio.create_task(self.go.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        self.ended = True
        if self.error and self.go.is_set():
            raise self.error


async def test_a_stop_ends_all_within_the_deadline_they_are_given() -> None:
    runnables = [Runnable(), Runnable()]
    group = Group(runnables, stop_within=7)
    task = asyncio.create_task(group.run())
    await asyncio.sleep(0)
    group.stop()
    async with asyncio.timeout(10):
        await task
    assert [one.ended for one in runnables] == [True, True]
    assert [one.stop_within for one in runnables] == [7, 7]


async def test_the_first_that_fails_stops_the_others_and_is_raised() -> None:
    well, ill = Runnable(), Runnable(ConfigError("The queue is gone."))
    task = asyncio.create_task(Group([well, ill], stop_within=1).run())
    ill.go.set()
    async with asyncio.timeout(10):
        with pytest.raises(ConfigError, match="The queue is gone"):
            await task
    assert well.ended


async def test_one_that_ends_by_itself_leaves_the_others_running() -> None:
    brief, long = Runnable(), Runnable()
    group = Group([brief, long], stop_within=1)
    task = asyncio.create_task(group.run())
    brief.go.set()
    async with asyncio.timeout(10):
        while not brief.ended:
            await asyncio.sleep(0)
        assert not task.done()
        assert not long.ended
        group.stop()
        await task


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_the_group_and_the_handlers_are_taken_away_again(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    one = Runnable()
    group = Group([one], stop_within=1)
    async with asyncio.timeout(10), stopped_by_signals(group):
        task = asyncio.create_task(group.run())
        os.kill(os.getpid(), number)
        await task
    assert one.ended
    after = signal.getsignal(number)
    assert after in (before, signal.default_int_handler, signal.SIG_DFL)
