"""The loop of every queue worker: receive, handle, acknowledge, with a heartbeat, and a stop within a deadline.

What a failure means is decided by ``after`` (pure); the loop only acts on it. Acknowledging comes last: whatever
happens before it, the message comes again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import structlog

from pipeline.broker.ports import Broker, Delivery
from schemas.errors import ConfigError, ErpflowError, Poison, RateLimited, Retryable, Superseded

Handler = Callable[[Delivery], Awaitable[None]]

FIRST_BACK_OFF = 2.0
LAST_BACK_OFF = 900.0
MOST_DEFECTS = 5
"""How often a message may fail for a reason nobody foresaw before it becomes a dead letter."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a message that was handled without success."""

    action: Literal["hide", "bury", "drop"]
    seconds: float = 0.0


def after(error: Exception, received: int) -> Verdict:
    """Decide by the error's type and how often the message was received (from 1).

    Outages, and settings that a person has to correct, are waited out; what nobody foresaw and what can never be
    decoded goes to the dead letters. What nobody is to have any more is done with.
    """
    if isinstance(error, Poison):
        return Verdict("bury")
    if isinstance(error, Superseded):
        return Verdict("drop")
    back_off = min(FIRST_BACK_OFF * 2 ** min(received - 1, 20), LAST_BACK_OFF)
    if isinstance(error, (Retryable, RateLimited)):
        return Verdict("hide", max(back_off, error.retry_after or 0.0))
    if isinstance(error, ConfigError):
        return Verdict("hide", back_off)
    return Verdict("bury") if received >= MOST_DEFECTS else Verdict("hide", back_off)


@dataclass(frozen=True, slots=True)
class Pace:
    """How a worker works: messages in hand, seconds of a long poll, seconds a message stays hidden from others."""

    concurrency: int = 8
    wait: float = 10.0
    visibility: float = 60.0


class Worker:
    """Works off one queue with bounded concurrency. ``run`` returns after ``stop``, with nothing left in hand."""

    def __init__(self, broker: Broker, queue: str, handler: Handler, pace: Pace) -> None:
        self._broker = broker
        self._queue = queue
        self._handler = handler
        self._pace = pace
        self._free = asyncio.Semaphore(pace.concurrency)
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Receive nothing more; what is in hand is finished."""
        self._stopping.set()

    async def run(self, stop_within: float) -> None:
        """Receive until stopped; what is in hand then has ``stop_within`` seconds, and the rest goes back to the queue.

        Raises ConfigError when the queue does not exist.
        """
        taking = asyncio.create_task(self._take())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({taking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            await self._drain(taking, stop_within)

    async def _take(self) -> None:
        while not self._stopping.is_set():
            await self._free.acquire()
            self._free.release()
            for delivery in await self._receive():
                await self._free.acquire()
                self._start(delivery)

    def _start(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._work(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def _receive(self) -> list[Delivery]:
        most = max(1, min(10, self._pace.concurrency - len(self._tasks)))
        try:
            deliveries = await self._broker.receive(
                self._queue, most=most, wait=self._pace.wait, visibility=self._pace.visibility
            )
        except (Retryable, RateLimited) as error:
            log.warning("broker unreachable", action="receive_failed", queue=self._queue, reason=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), FIRST_BACK_OFF)
            return []
        if self._stopping.is_set() and deliveries:
            await self._guarded(self._broker.hide(deliveries, 0), "give_back_failed")
            return []
        return deliveries

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._free.release()

    async def _work(self, delivery: Delivery) -> None:
        heartbeat = asyncio.create_task(self._beat(delivery))
        try:
            await self._handler(delivery)
        except asyncio.CancelledError:
            await self._guarded(self._broker.hide([delivery], 0), "give_back_failed")
            raise
        except Exception as error:  # noqa: BLE001  # every failure gets a verdict
            heartbeat.cancel()
            await self._settle(delivery, error)
        else:
            heartbeat.cancel()
            await self._guarded(self._broker.acknowledge([delivery]), "acknowledge_failed")
        finally:
            heartbeat.cancel()

    async def _beat(self, delivery: Delivery) -> None:
        while True:
            await asyncio.sleep(self._pace.visibility / 3)
            await self._guarded(self._broker.hide([delivery], self._pace.visibility), "heartbeat_failed")

    async def _settle(self, delivery: Delivery, error: Exception) -> None:
        verdict = after(error, delivery.received)
        expected = isinstance(error, (Retryable, RateLimited, Poison, ConfigError, Superseded))
        log.warning(
            "message not handled",
            action=f"message_{verdict.action}",
            queue=self._queue,
            error=type(error).__name__,
            reason=str(error) if expected else "",  # the text of a defect may quote a value
            received=delivery.received,
            seconds=verdict.seconds,
            exc_info=None if expected else error,
        )
        if verdict.action == "bury":
            reason = f"{type(error).__name__}: {error}"
            await self._guarded(self._broker.bury(delivery, reason), "bury_failed")
        elif verdict.action == "drop":
            await self._guarded(self._broker.acknowledge([delivery]), "acknowledge_failed")
        else:
            await self._guarded(self._broker.hide([delivery], verdict.seconds), "hide_failed")

    async def _guarded(self, call: Awaitable[None], action: str) -> None:
        # Whatever fails here makes the message come again after its visibility, which is what is wanted.
        try:
            await call
        except ErpflowError as error:
            log.warning("broker refused", action=action, queue=self._queue, reason=str(error))

    async def _drain(self, taking: asyncio.Task[None], stop_within: float) -> None:
        # The long poll under way has the same deadline: together they would take longer than was promised.
        await asyncio.wait({taking, *self._tasks}, timeout=stop_within)
        late = [task for task in (taking, *self._tasks) if not task.done()]
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if not taking.cancelled():
            taking.result()
