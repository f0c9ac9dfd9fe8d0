"""The broker behind all processes of a simulation, and what it is asked about letters at the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from pipeline.broker.memory import MemoryBroker
from pipeline.broker.names import DISTRIBUTOR, TRANSFORMER
from pipeline.broker.ports import Delivery, Failed, Message
from pipeline.topology.model import Found, FoundSubscription, Topology
from tests.support.simulation.chance import Chance

UNDELIVERED = "undelivered"
"""The dead-letter queue of all subscriptions: what a topic could not deliver."""

_DAMAGED = ("junk", '{"specversion":"1.0","id":"junk"}', "[]")


class Queues(MemoryBroker):
    """Queues give what they have in any order, and messages may travel slowly."""

    def __init__(self, chance: Chance) -> None:
        super().__init__(asyncio.get_running_loop().time)
        self._chance = chance
        self.taken: set[str] = set()
        self.given_up: list[Delivery] = []
        self.sent: list[Message] = []
        self.create_queue(UNDELIVERED)

    def wipe(self) -> None:
        """Lose every message there is."""
        for queue in self._queues.values():
            queue.stored.clear()
            queue.receipts.clear()

    def show(self) -> None:
        """Make everything visible at once: an end to back-offs and delays."""
        for queue in self._queues.values():
            for stored in queue.stored.values():
                stored.visible_at = self._clock()
            queue.changed.set()

    def waiting(self) -> dict[str, int]:
        """How many messages each queue has, of those that have any."""
        return {name: len(queue.stored) for name, queue in self._queues.items() if queue.stored}

    async def send(self, queue: str, messages: Sequence[Message]) -> list[Failed]:
        """See ``Broker.send``."""
        self.sent += messages
        return await super().send(queue, messages)

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """See ``Broker.acknowledge``; what is taken out of a dead-letter queue is remembered."""
        self.given_up += [one for one in deliveries if is_dead_letters(one.queue)]
        await super().acknowledge(deliveries)

    def keep_undelivered(self, topic: str, message: Message) -> None:
        """What SNS does with what it cannot deliver to a topic's subscription, if there is one."""
        if not self._subscriptions(topic):
            return
        told = {**message.attributes, "ErrorCode": "AccessDenied"}
        self._put(self._queue(UNDELIVERED), replace(message, attributes=told))

    async def litter(self, random: Random) -> str:
        """Somebody sends what is no page to a queue of pages; its name."""
        queue = random.choice([TRANSFORMER, DISTRIBUTOR])
        await super().send(queue, [Message(random.choice(_DAMAGED), {}, None)])
        return queue

    def _put(self, queue, message: Message) -> None:  # type: ignore[no-untyped-def]
        super()._put(queue, message)
        if self._chance.strikes("delay"):
            queue.stored[max(queue.stored)].visible_at += self._chance.between("delay", 0, 100)

    def _visible(self, queue) -> Iterator[int]:  # type: ignore[no-untyped-def]
        found = list(super()._visible(queue))
        self._chance.of("order").shuffle(found)
        yield from found


def is_junk(body: str) -> bool:
    """Whether a message was never one of ours."""
    return body in _DAMAGED


def is_dead_letters(queue: str) -> bool:
    """Whether it is a queue of dead letters."""
    return queue == UNDELIVERED or queue.endswith("-dlq")


def found(topology: Topology) -> Found:
    """The topology as the desk would read it from AWS."""
    queues = {one.name: _redrive(one.dead_letters) for one in topology.queues}
    subscriptions = (
        FoundSubscription("arn", one.topic, one.queue, raw=True, dead_letters=UNDELIVERED)
        for one in topology.subscriptions
    )
    return Found(queues={**queues, UNDELIVERED: {}}, subscriptions=tuple(subscriptions))


def _redrive(target: str | None) -> dict[str, str]:
    return {"RedrivePolicy": json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:x:1:{target}"})} if target else {}
