from __future__ import annotations

import asyncio

import pytest

from pipeline.broker.memory import MemoryBroker
from pipeline.broker.ports import Message
from schemas.errors import ConfigError


class _Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def broker(clock: _Clock) -> MemoryBroker:
    made = MemoryBroker(clock)
    made.create_queue("work", max_receives=3)
    made.create_queue("later", delay=900)
    return made


async def test_a_hidden_message_comes_back_when_the_clock_says_so(broker: MemoryBroker, clock: _Clock) -> None:
    await broker.send("work", [Message("x")])
    await broker.receive("work", most=1, wait=0, visibility=30)
    clock.now += 29
    assert await broker.receive("work", most=1, wait=0, visibility=30) == []
    clock.now += 1
    [again] = await broker.receive("work", most=1, wait=0, visibility=30)
    assert again.received == 2


async def test_a_heartbeat_keeps_a_message_hidden(broker: MemoryBroker, clock: _Clock) -> None:
    await broker.send("work", [Message("x")])
    deliveries = await broker.receive("work", most=1, wait=0, visibility=30)
    clock.now += 29
    await broker.hide(deliveries, 30)
    clock.now += 29
    assert await broker.receive("work", most=1, wait=0, visibility=30) == []


async def test_a_receipt_stays_valid_until_the_message_is_received_again(broker: MemoryBroker, clock: _Clock) -> None:
    await broker.send("work", [Message("x")])
    deliveries = await broker.receive("work", most=1, wait=0, visibility=30)
    clock.now += 60
    await broker.acknowledge(deliveries)
    assert await broker.depth("work") == 0


async def test_a_queue_may_delay_what_comes_in(broker: MemoryBroker, clock: _Clock) -> None:
    await broker.send("later", [Message("x")])
    clock.now += 899
    assert await broker.receive("later", most=1, wait=0, visibility=30) == []
    assert await broker.depth("later") == 1
    clock.now += 1
    assert len(await broker.receive("later", most=1, wait=0, visibility=30)) == 1


async def test_a_waiting_receive_is_woken_by_a_message(broker: MemoryBroker) -> None:
    waiting = asyncio.create_task(broker.receive("work", most=1, wait=20, visibility=30))
    await asyncio.sleep(0)
    await broker.send("work", [Message("x")])
    [delivery] = await waiting
    assert delivery.body == "x"


async def test_of_two_waiting_receives_one_gets_the_message(broker: MemoryBroker) -> None:
    waiting = [asyncio.create_task(broker.receive("work", most=1, wait=20, visibility=30)) for _ in (1, 2)]
    await asyncio.sleep(0)
    await broker.send("work", [Message("x")])
    done, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert [len(task.result()) for task in done] == [1]
    await broker.send("work", [Message("y")])
    assert [(await task)[0].body for task in left] == ["y"]


async def test_dead_letters_keep_what_was_received_too_often(broker: MemoryBroker) -> None:
    await broker.send("work", [Message("x")])
    for _ in range(3):
        assert await broker.receive("work", most=1, wait=0, visibility=0)
    assert await broker.receive("work", most=1, wait=0, visibility=0) == []
    assert (await broker.depth("work"), await broker.depth("work-dlq")) == (0, 1)


def test_a_subscription_with_a_wrong_policy_is_refused(broker: MemoryBroker) -> None:
    broker.create_topic("events")
    with pytest.raises(ConfigError, match="filter policy"):
        broker.subscribe("events", "work", {"a": [1]})
    with pytest.raises(ConfigError, match="nowhere"):
        broker.subscribe("events", "nowhere")
