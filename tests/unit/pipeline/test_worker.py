"""The worker's loop over the memory broker. Conditions instead of sleeps; the broker's clock is moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from pipeline.broker.memory import MemoryBroker
from pipeline.broker.names import REASON
from pipeline.broker.ports import Delivery, Message
from pipeline.worker import MOST_DEFECTS, Handler, Pace, Worker
from schemas.errors import ConfigError, Poison, Retryable

QUEUE = "work"
LETTERS = "work-dlq"


class Broker(MemoryBroker):
    """The memory twin with a clock to move, and an event at everything it is asked to do."""

    def __init__(self) -> None:
        self.seconds = 0.0
        super().__init__(lambda: self.seconds)
        self.hides: list[float] = []
        self.moved = asyncio.Condition()
        self.failing: dict[str, list[Exception]] = {}
        self.create_queue(QUEUE, max_receives=1000)

    async def put(self, *bodies: str) -> None:
        await self.send(QUEUE, [Message(body) for body in bodies])

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self.moved:
            await self.moved.wait_for(condition)

    async def receive(self, queue: str, *, most: int, wait: float, visibility: float) -> list[Delivery]:
        self._fail("receive")
        return await super().receive(queue, most=most, wait=wait, visibility=visibility)

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        self._fail("acknowledge")
        await super().acknowledge(deliveries)
        await self.tell()

    async def hide(self, deliveries: Sequence[Delivery], seconds: float) -> None:
        self._fail("hide")
        self.hides.append(seconds)
        await super().hide(deliveries, seconds)
        await self.tell()

    async def tell(self) -> None:
        async with self.moved:
            self.moved.notify_all()

    def _fail(self, call: str) -> None:
        if self.failing.get(call):
            raise self.failing[call].pop(0)

    def left(self, queue: str = QUEUE) -> int:
        return len(self._queue(queue).stored)


@pytest.fixture
def broker() -> Broker:
    return Broker()


@asynccontextmanager
async def running(
    broker: Broker, handler: Handler, stop_within: float = 5, **pace: float
) -> AsyncIterator[tuple[Worker, asyncio.Task[None]]]:
    """A worker that runs during the block, and is stopped and ended after it."""
    values = {"concurrency": 4, "wait": 0.01, "visibility": 60.0, **pace}
    worker = Worker(broker, QUEUE, handler, Pace(int(values["concurrency"]), values["wait"], values["visibility"]))
    task = asyncio.create_task(worker.run(stop_within))
    try:
        yield worker, task
    finally:
        worker.stop()
        async with asyncio.timeout(10):
            await asyncio.gather(task, return_exceptions=True)


def failing(error: Exception, seen: list[int] | None = None) -> Callable[[Delivery], Awaitable[None]]:
    async def handle(delivery: Delivery) -> None:
        if seen is not None:
            seen.append(delivery.received)
        raise error

    return handle


async def test_a_message_is_acknowledged_after_it_was_handled(broker: Broker) -> None:
    left_while_handled = []

    async def handle(delivery: Delivery) -> None:
        left_while_handled.append(broker.left())

    await broker.put("one")
    async with running(broker, handle):
        await broker.until(lambda: broker.left() == 0)
    assert left_while_handled == [1]


async def test_poison_is_buried_at_its_first_failure_with_the_reason(broker: Broker) -> None:
    await broker.put("one")
    seen: list[int] = []
    async with running(broker, failing(Poison("It is no page."), seen)):
        await broker.until(lambda: broker.left(LETTERS) == 1 and broker.left() == 0)
    letters = await broker.receive(LETTERS, most=1, wait=0, visibility=1)
    assert letters[0].body == "one"
    assert letters[0].attributes[REASON] == "Poison: It is no page."
    assert seen == [1]


async def test_an_outage_hides_the_message_longer_each_time_and_never_buries_it(broker: Broker) -> None:
    await broker.put("one")
    seen: list[int] = []
    async with running(broker, failing(Retryable("later"), seen)):
        for times in range(1, 8):
            await broker.until(lambda times=times: len(broker.hides) == times)
            broker.seconds += 1000
    assert broker.hides[:7] == [2, 4, 8, 16, 32, 64, 128]
    assert seen[:7] == [1, 2, 3, 4, 5, 6, 7]
    assert broker.left(LETTERS) == 0


async def test_a_defect_is_buried_after_a_few_times(broker: Broker) -> None:
    await broker.put("one")
    seen: list[int] = []
    async with running(broker, failing(KeyError("surprise"), seen)):
        for times in range(1, MOST_DEFECTS):
            await broker.until(lambda times=times: len(broker.hides) == times)
            broker.seconds += 1000
        await broker.until(lambda: broker.left() == 0)
    assert broker.left(LETTERS) == 1
    assert seen == list(range(1, MOST_DEFECTS + 1))


async def test_a_failing_message_does_not_stop_the_others(broker: Broker) -> None:
    done: list[str] = []

    async def handle(delivery: Delivery) -> None:
        if delivery.body == "bad":
            raise Poison("bad")
        done.append(delivery.body)

    await broker.put("bad", "good", "better")
    async with running(broker, handle, concurrency=1):
        await broker.until(lambda: broker.left() == 0)
    assert done == ["good", "better"]


async def test_a_heartbeat_keeps_a_slow_message_hidden(broker: Broker) -> None:
    finish = asyncio.Event()
    started: list[int] = []

    async def handle(delivery: Delivery) -> None:
        started.append(delivery.received)
        await finish.wait()

    await broker.put("slow")
    async with running(broker, handle, visibility=0.03):
        await broker.until(lambda: len(broker.hides) >= 1)
        for _ in range(5):  # longer than the visibility it began with, heartbeat by heartbeat
            broker.seconds += 0.9
            beats = len(broker.hides)
            await broker.until(lambda beats=beats: len(broker.hides) > beats)
        finish.set()
        await broker.until(lambda: broker.left() == 0)
    assert started == [1]
    assert set(broker.hides) == {0.03}


async def test_no_more_is_taken_in_hand_than_the_pace_says(broker: Broker) -> None:
    release, at_once, most = asyncio.Semaphore(0), 0, 0

    async def handle(delivery: Delivery) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await broker.tell()
        await release.acquire()
        at_once -= 1

    await broker.put(*(str(number) for number in range(20)))
    async with running(broker, handle, concurrency=3):
        for done in range(20):
            await broker.until(lambda done=done: at_once == min(3, 20 - done))
            hidden = sum(stored.visible_at > 0 for stored in broker._queue(QUEUE).stored.values())
            assert hidden <= 3
            release.release()
        await broker.until(lambda: broker.left() == 0)
    assert most == 3


async def test_a_stop_finishes_what_is_in_hand_and_takes_nothing_new(broker: Broker) -> None:
    started, finish, done = asyncio.Event(), asyncio.Event(), []

    async def handle(delivery: Delivery) -> None:
        started.set()
        await finish.wait()
        done.append(delivery.body)

    await broker.put("first")
    async with running(broker, handle, concurrency=1) as (worker, task):
        async with asyncio.timeout(10):
            await started.wait()
        worker.stop()
        await broker.put("second")
        finish.set()
        async with asyncio.timeout(10):
            await task
    assert done == ["first"]
    assert [stored.message.body for stored in broker._queue(QUEUE).stored.values()] == ["second"]


async def test_what_comes_in_while_stopping_is_given_back_at_once(broker: Broker) -> None:
    handled: list[str] = []

    async def handle(delivery: Delivery) -> None:
        handled.append(delivery.body)

    class Late(Broker):
        async def receive(self, queue: str, *, most: int, wait: float, visibility: float) -> list[Delivery]:
            found = await super().receive(queue, most=most, wait=wait, visibility=visibility)
            if found:
                worker.stop()
            return found

    late = Late()
    worker = Worker(late, QUEUE, handle, Pace(2, 0.01, 60))
    await late.put("late")
    async with asyncio.timeout(10):
        await worker.run(5)
    assert handled == []
    assert [one.body for one in await late.receive(QUEUE, most=1, wait=0, visibility=1)] == ["late"]


async def test_a_handler_that_outlives_the_deadline_is_cancelled_and_its_message_comes_again(broker: Broker) -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def handle(delivery: Delivery) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    await broker.put("endless")
    async with running(broker, handle, stop_within=0.01) as (worker, task):
        async with asyncio.timeout(10):
            await started.wait()
            worker.stop()
            await task
    assert cancelled.is_set()
    again = await broker.receive(QUEUE, most=1, wait=0, visibility=1)
    assert [(one.body, one.received) for one in again] == [("endless", 2)]
    assert broker.left(LETTERS) == 0


async def test_a_broker_that_cannot_be_reached_is_asked_again(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.worker.FIRST_BACK_OFF", 0.01)
    done: list[str] = []

    async def handle(delivery: Delivery) -> None:
        done.append(delivery.body)

    broker.failing = {"receive": [Retryable("down"), Retryable("down")]}
    await broker.put("one")
    async with running(broker, handle):
        await broker.until(lambda: broker.left() == 0)
    assert done == ["one"]


@pytest.mark.parametrize("error", [Retryable("down"), ConfigError("The queue is gone.")])
async def test_a_failed_acknowledgement_brings_the_message_again(broker: Broker, error: Exception) -> None:
    seen: list[int] = []

    async def handle(delivery: Delivery) -> None:
        seen.append(delivery.received)
        broker.seconds += 100
        await broker.tell()

    broker.failing = {"acknowledge": [error]}
    await broker.put("one")
    async with running(broker, handle):
        await broker.until(lambda: broker.left() == 0)
    assert seen == [1, 2]


async def test_a_queue_that_does_not_exist_ends_the_worker_after_what_is_in_hand(broker: Broker) -> None:
    finish, started, done = asyncio.Event(), asyncio.Event(), []

    async def handle(delivery: Delivery) -> None:
        broker.failing = {"receive": [ConfigError("There is no queue.")]}
        started.set()
        await finish.wait()
        done.append(delivery.body)

    await broker.put("one")
    async with running(broker, handle) as (_, task):
        async with asyncio.timeout(10):
            await started.wait()
            finish.set()
            with pytest.raises(ConfigError, match="There is no queue"):
                await task
    assert done == ["one"]
