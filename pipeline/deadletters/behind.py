"""Work that goes on behind what comes next, one piece at a time: publishing while the next letters are mapped."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from schemas.errors import ErpflowError

log = structlog.get_logger()


class Behind:
    """Holds one piece of work. What it could not do is left to whoever does it again: the relay."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[Any] | None = None

    async def put(self, work: Coroutine[Any, Any, Any]) -> None:
        """Begin a piece of work as soon as the one before is done."""
        async with self._lock:
            await self._done()
            self._task = asyncio.create_task(work)

    async def done(self) -> None:
        """Wait until nothing is under way. A defect of the work comes out here, or at the next piece."""
        async with self._lock:
            await self._done()

    async def _done(self) -> None:
        task, self._task = self._task, None
        try:
            if task is not None:
                await task
        except ErpflowError as error:
            log.warning("events left to the relay", action="events_left", reason=str(error))
