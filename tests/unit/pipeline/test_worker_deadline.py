"""The deadline of a stop holds when every place is taken, and for a long poll together with what is in hand."""

from __future__ import annotations

import asyncio

from pipeline.broker.memory import MemoryBroker
from pipeline.broker.ports import Delivery, Message
from pipeline.topology.twin import build
from pipeline.topology.wanted import wanted
from pipeline.worker import Pace, Worker
from schemas.topics import WAKE_UPS


async def stopped_while_handling(pace: Pace, stop_within: float) -> float:
    """Seconds from the stop to the end of a worker whose only message never ends."""
    broker, started = MemoryBroker(asyncio.get_running_loop().time), asyncio.Event()
    build(wanted([], [], ""), broker)

    async def handle(delivery: Delivery) -> None:
        started.set()
        await asyncio.Event().wait()

    await broker.send(WAKE_UPS, [Message("endless")])
    worker = Worker(broker, WAKE_UPS, handle, pace)
    async with asyncio.timeout(10):
        running = asyncio.create_task(worker.run(stop_within))
        await started.wait()
        worker.stop()
        began = asyncio.get_running_loop().time()
        await running
        return asyncio.get_running_loop().time() - began


async def test_a_worker_with_every_place_taken_stops_at_its_deadline() -> None:
    assert await stopped_while_handling(Pace(concurrency=1, wait=0), 0.05) < 5


async def test_a_long_poll_does_not_add_to_the_deadline() -> None:
    assert await stopped_while_handling(Pace(concurrency=2, wait=8), 0.05) < 5
