"""Periodic work (scheduler, closer, relay, retention): call, wait, call again, until stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from schemas.errors import ErpflowError

log = structlog.get_logger()


class Loop:
    """Calls ``step`` every ``tick`` seconds, at once again while it says that there is more to do."""

    def __init__(self, name: str, step: Callable[[], Awaitable[bool]], tick: float) -> None:
        self._name = name
        self._step = step
        self._tick = tick
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End after the present step."""
        self._stopping.set()

    async def run(self, stop_within: float) -> None:
        """Run until stopped; the step in hand then has ``stop_within`` seconds. A failing step is repeated."""
        while not self._stopping.is_set():
            step = asyncio.ensure_future(self._guarded())
            stopping = asyncio.ensure_future(self._stopping.wait())
            await asyncio.wait({step, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not step.done():
                await asyncio.wait({step}, timeout=stop_within)
                step.cancel()
                with suppress(asyncio.CancelledError):
                    await step
            elif not step.result():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self._tick)

    async def _guarded(self) -> bool:
        try:
            return await self._step()
        except ErpflowError as error:
            log.warning("step failed", action=f"{self._name}_failed", error=type(error).__name__, reason=str(error))
        except Exception as error:  # the loop must outlive a defect, and show it
            log.error("step failed", action=f"{self._name}_defect", error=type(error).__name__, exc_info=error)
        return False
