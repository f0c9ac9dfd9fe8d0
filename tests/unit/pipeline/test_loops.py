from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from structlog.testing import capture_logs

from pipeline.loops import Loop
from schemas.errors import Retryable

HOUR = 3600.0


async def ended(loop: Loop, stop_within: float = 5) -> None:
    async with asyncio.timeout(10):
        await loop.run(stop_within)


def steps(answers: list[bool | Exception], calls: list[int]) -> Callable[[], Awaitable[bool]]:
    """A step that gives these answers; ``loop.stop`` is to be called by the last of them."""

    async def step() -> bool:
        calls.append(len(calls) + 1)
        answer = answers[len(calls) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return step


async def test_a_step_that_has_more_to_do_is_called_again_at_once() -> None:
    calls: list[int] = []

    async def step() -> bool:
        calls.append(1)
        if len(calls) == 4:
            loop.stop()
        return True

    loop = Loop("test", step, tick=HOUR)
    await ended(loop)
    assert len(calls) == 4


async def test_a_step_without_more_to_do_waits_for_the_tick_and_a_stop_ends_the_wait() -> None:
    called = asyncio.Event()
    calls: list[int] = []

    async def step() -> bool:
        calls.append(1)
        called.set()
        return False

    loop = Loop("test", step, tick=HOUR)
    task = asyncio.create_task(ended(loop))
    await called.wait()
    loop.stop()
    await task
    assert len(calls) == 1


async def test_after_the_tick_comes_the_next_step() -> None:
    calls: list[int] = []

    async def step() -> bool:
        calls.append(1)
        if len(calls) == 3:
            loop.stop()
        return False

    loop = Loop("test", step, tick=0.001)
    await ended(loop)
    assert len(calls) == 3


async def test_a_failing_step_is_told_and_called_again() -> None:
    calls: list[int] = []
    script = steps([Retryable("down"), KeyError("defect"), True], calls)

    async def step() -> bool:
        if len(calls) == 2:
            loop.stop()
        return await script()

    loop = Loop("relay", step, tick=0.001)
    with capture_logs() as logs:
        await ended(loop)
    assert calls == [1, 2, 3]
    assert [line["action"] for line in logs] == ["relay_failed", "relay_defect"]
    assert "exc_info" not in logs[0]
    assert isinstance(logs[1]["exc_info"], KeyError)


async def test_a_stop_lets_the_step_in_hand_end() -> None:
    started, finish, done = asyncio.Event(), asyncio.Event(), []

    async def step() -> bool:
        started.set()
        await finish.wait()
        done.append(1)
        return True

    loop = Loop("test", step, tick=HOUR)
    task = asyncio.create_task(ended(loop))
    await started.wait()
    loop.stop()
    finish.set()
    await task
    assert done == [1]


async def test_a_step_that_outlives_the_deadline_is_cancelled() -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def step() -> bool:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return True

    loop = Loop("test", step, tick=HOUR)
    task = asyncio.create_task(ended(loop, stop_within=0.01))
    await started.wait()
    loop.stop()
    await task
    assert cancelled.is_set()
