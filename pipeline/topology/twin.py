"""The memory twin with a topology's topics, queues and subscriptions, for tests and simulations."""

from __future__ import annotations

from pipeline.broker.memory import MemoryBroker
from pipeline.topology.model import Topology


def build(topology: Topology, broker: MemoryBroker) -> MemoryBroker:
    """Make everything in the broker, whose names have no prefix; returns the broker."""

    def short(name: str) -> str:
        return name.removeprefix(topology.prefix)

    for topic in topology.topics:
        broker.create_topic(short(topic))
    for queue in topology.queues:
        most = queue.max_receives if queue.dead_letters is not None else None
        broker.create_queue(short(queue.name), max_receives=most)
    for one in topology.subscriptions:
        broker.subscribe(short(one.topic), short(one.queue), one.policy)
    return broker
