"""Processes that can be killed and frozen: a process is everything that its first task has started.

A killed process is cancelled, and whatever its last gasps do through a port raises ``Killed`` before it has an effect:
that is what a SIGKILL looks like from outside. A frozen process is not scheduled until it wakes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import Any


class Killed(BaseException):
    """The process is no more."""


class Process:
    """One process; ``name`` tells it from all others, those before it in its place included.

    ``release`` is that of the mapping it was started with; ``stop`` asks it to end.
    """

    def __init__(self, name: str, release: int) -> None:
        self.name = name
        self.release = release
        self.stop: Callable[[], None] = lambda: None
        self.alive = True
        self.skew = 0.0
        self.tasks: list[asyncio.Task[Any]] = []
        self._until = 0.0
        self._aside: list[asyncio.Handle] = []

    @property
    def frozen(self) -> bool:
        """Whether it is stopped at the moment."""
        return self.alive and self._until > asyncio.get_running_loop().time()

    def start(self, main: Callable[[], Any]) -> asyncio.Task[Any]:
        """Run a coroutine function as the first task of the process."""
        context = copy_context()
        context.run(PROCESS.set, self)
        return context.run(asyncio.get_running_loop().create_task, main())

    def kill(self) -> None:
        """End it, without a chance to clean up."""
        self.alive = False
        self.thaw()
        for task in self.tasks:
            if task is not asyncio.current_task():
                task.cancel()

    def freeze(self, seconds: float) -> None:
        """Stop scheduling it for a while."""
        loop = asyncio.get_running_loop()
        self._until = max(self._until, loop.time() + seconds)
        token = PROCESS.set(None)
        loop.call_at(self._until, self._wake)
        PROCESS.reset(token)

    def thaw(self) -> None:
        """End a freeze at once."""
        self._until = 0.0
        self._wake()

    def put_aside(self, handle: asyncio.Handle) -> None:
        """Keep what was to run, until the process wakes."""
        self._aside.append(handle)

    def _wake(self) -> None:
        if not self.frozen:
            aside, self._aside = self._aside, []
            asyncio.get_running_loop().put_back(aside)  # type: ignore[attr-defined]


PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)
"""The process that the running code belongs to; None for the world around them."""
