"""The broker's memory twin: filtered subscriptions, and queues with visibility, counts and redrive."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from pipeline.broker.filters import FilterPolicy, check_filter, matches
from pipeline.broker.letters import buried
from pipeline.broker.limits import check, check_receive, hidden_for
from pipeline.broker.names import dead_letters
from pipeline.broker.ports import Delivery, Failed, Message
from schemas.errors import ConfigError

Clock = Callable[[], float]


@dataclass(slots=True)
class _Stored:
    message: Message
    visible_at: float
    received: int = 0
    receipt: str = ""


@dataclass(slots=True)
class _Queue:
    name: str
    max_receives: int | None
    delay: float
    stored: dict[int, _Stored] = field(default_factory=dict)
    receipts: dict[str, int] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class MemoryBroker:
    """A broker for tests and simulations; it lives as long as the object.

    ``clock`` gives seconds and decides when messages become visible. A ``receive`` that finds nothing waits
    in real time; where the clock is simulated, receive with ``wait=0``.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._queues: dict[str, _Queue] = {}
        self._topics: dict[str, list[tuple[str, FilterPolicy | None]]] = {}
        self._ids = count(1)

    def create_topic(self, topic: str) -> None:
        """Make a topic; one that exists stays as it is."""
        self._topics.setdefault(topic, [])

    def create_queue(self, queue: str, *, max_receives: int | None = None, delay: float = 0.0) -> None:
        """Make a queue; after ``max_receives`` deliveries a message moves to its dead-letter queue."""
        if max_receives is not None:
            self.create_queue(dead_letters(queue))
        self._queues.setdefault(queue, _Queue(queue, max_receives, delay))

    def subscribe(self, topic: str, queue: str, policy: FilterPolicy | None = None) -> None:
        """Let the queue have what is published to the topic and matches the policy."""
        if policy is not None:
            check_filter(policy)
        self._queue(queue)
        self._subscriptions(topic).append((queue, policy))

    async def publish(self, topic: str, messages: Sequence[Message]) -> list[Failed]:
        """See ``Broker.publish``."""
        subscriptions = self._subscriptions(topic)
        for message in messages:
            check(message, f"topic {topic}")
        for message in messages:
            for queue, policy in subscriptions:
                if matches(policy, message.attributes):
                    self._put(self._queue(queue), message)
        return []

    async def send(self, queue: str, messages: Sequence[Message]) -> list[Failed]:
        """See ``Broker.send``."""
        target = self._queue(queue)
        for message in messages:
            check(message, f"queue {queue}")
        for message in messages:
            self._put(target, message)
        return []

    async def receive(self, queue: str, *, most: int, wait: float, visibility: float) -> list[Delivery]:
        """See ``Broker.receive``."""
        check_receive(most, wait)
        source = self._queue(queue)
        found = self._take(source, most, visibility)
        if found or not wait:
            return found
        try:
            async with asyncio.timeout(wait):
                while not found:
                    await self._wait_for_change(source)
                    found = self._take(source, most, visibility)
        except TimeoutError:
            return []
        return found

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """See ``Broker.acknowledge``."""
        for queue, number in self._still_valid(deliveries):
            stored = queue.stored.pop(number)
            queue.receipts.pop(stored.receipt)

    async def hide(self, deliveries: Sequence[Delivery], seconds: float) -> None:
        """See ``Broker.hide``."""
        for queue, number in self._still_valid(deliveries):
            queue.stored[number].visible_at = self._clock() + hidden_for(seconds)
            queue.changed.set()

    async def bury(self, delivery: Delivery, reason: str) -> None:
        """See ``Broker.bury``."""
        target = self._queue(dead_letters(delivery.queue))
        self._put(target, buried(delivery, reason))
        await self.acknowledge([delivery])

    async def depth(self, queue: str) -> int:
        """See ``Broker.depth``."""
        return len(self._queue(queue).stored)

    def _queue(self, name: str) -> _Queue:
        if name not in self._queues:
            raise ConfigError(f"Queue {name} does not exist; run `erpflow topology apply`.")
        return self._queues[name]

    def _subscriptions(self, topic: str) -> list[tuple[str, FilterPolicy | None]]:
        if topic not in self._topics:
            raise ConfigError(f"Topic {topic} does not exist; run `erpflow topology apply`.")
        return self._topics[topic]

    def _put(self, queue: _Queue, message: Message) -> None:
        queue.stored[next(self._ids)] = _Stored(message, self._clock() + queue.delay)
        queue.changed.set()

    def _take(self, queue: _Queue, most: int, visibility: float) -> list[Delivery]:
        queue.changed.clear()
        taken: list[Delivery] = []
        for number in self._visible(queue):
            stored = queue.stored[number]
            if queue.max_receives is not None and stored.received >= queue.max_receives:
                self._redrive(queue, number)
                continue
            taken.append(self._deliver(queue, number, visibility))
            if len(taken) == most:
                break
        return taken

    def _visible(self, queue: _Queue) -> Iterator[int]:
        now = self._clock()
        yield from [number for number, stored in queue.stored.items() if stored.visible_at <= now]

    def _redrive(self, queue: _Queue, number: int) -> None:
        stored = queue.stored.pop(number)
        queue.receipts.pop(stored.receipt, None)
        self._put(self._queue(dead_letters(queue.name)), stored.message)

    def _deliver(self, queue: _Queue, number: int, visibility: float) -> Delivery:
        stored = queue.stored[number]
        queue.receipts.pop(stored.receipt, None)
        stored.received += 1
        stored.receipt = f"{queue.name}/{number}/{stored.received}"
        stored.visible_at = self._clock() + hidden_for(visibility)
        queue.receipts[stored.receipt] = number
        message = stored.message
        return Delivery(
            queue.name, message.body, stored.receipt, stored.received, dict(message.attributes), message.group
        )

    def _still_valid(self, deliveries: Sequence[Delivery]) -> Iterator[tuple[_Queue, int]]:
        for delivery in deliveries:
            queue = self._queue(delivery.queue)
            if delivery.receipt in queue.receipts:
                yield queue, queue.receipts[delivery.receipt]

    async def _wait_for_change(self, queue: _Queue) -> None:
        """Until something is put or unhidden, or the next hidden message becomes visible."""
        due = min((stored.visible_at for stored in queue.stored.values()), default=None)
        try:
            async with asyncio.timeout(None if due is None else max(due - self._clock(), 0.001)):
                await queue.changed.wait()
        except TimeoutError:
            return
