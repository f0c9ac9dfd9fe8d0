"""The plan: pure, from what is wanted and what was found."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pipeline.aws.site import Site
from pipeline.topology.attributes import differing, queue_attributes, subscription_attributes
from pipeline.topology.model import Found, FoundSubscription, Subscription, Topology
from pipeline.topology.steps import (
    ChangeQueue,
    ChangeSubscription,
    CreateBucket,
    CreateQueue,
    CreateTopic,
    Plan,
    Step,
    Subscribe,
)


def plan(topology: Topology, found: Found, site: Site) -> Plan:
    """What to do, and what is left over. Applied, it leads to an empty plan."""
    steps = (
        *_buckets(topology, found, site),
        *_topics(topology, found),
        *_queues(topology, found, site),
        *_subscriptions(topology, found, site),
    )
    return Plan(steps, tuple(_leftovers(topology, found)))


def _buckets(topology: Topology, found: Found, site: Site) -> Iterator[Step]:
    if topology.bucket is not None and topology.bucket not in found.buckets:
        yield CreateBucket(topology.bucket, site.secure)


def _topics(topology: Topology, found: Found) -> Iterator[Step]:
    yield from (CreateTopic(topic) for topic in topology.topics if topic not in found.topics)


def _queues(topology: Topology, found: Found, site: Site) -> Iterator[Step]:
    """Dead-letter queues come before the queues that redrive to them."""
    for queue in sorted(topology.queues, key=lambda one: one.dead_letters is not None):
        attributes = queue_attributes(queue, _senders(queue.name, topology, found), site)
        if queue.name not in found.queues:
            yield CreateQueue(queue.name, attributes)
            continue
        have = found.queues[queue.name]
        unset = {name: "" for name in ("Policy", "RedrivePolicy") if name not in attributes and have.get(name)}
        if changes := {**differing(attributes, have), **unset}:
            yield ChangeQueue(queue.name, changes)


def _senders(queue: str, topology: Topology, found: Found) -> list[str]:
    """Topics that may send to a queue, what they could not deliver included.

    A leftover subscription goes on working until somebody removes it.
    """
    subscriptions: list[Subscription | FoundSubscription] = [*topology.subscriptions, *found.subscriptions]
    return sorted({one.topic for one in subscriptions if queue in (one.queue, one.dead_letters)})


def _subscriptions(topology: Topology, found: Found, site: Site) -> Iterator[Step]:
    there = {(one.topic, one.queue): one for one in found.subscriptions}
    for want in topology.subscriptions:
        have = there.get((want.topic, want.queue))
        if have is None:
            yield Subscribe(want.topic, want.queue, subscription_attributes(want, site))
        elif changes := _subscription_changes(want, have, site):
            yield ChangeSubscription(have.arn, want.topic, want.queue, changes)


def _subscription_changes(want: Subscription, have: FoundSubscription, site: Site) -> dict[str, str]:
    attributes = subscription_attributes(want, site)
    changes = {} if have.raw else {"RawMessageDelivery": "true"}
    if _policy(want) != _policy(have):
        changes["FilterPolicy"] = attributes.get("FilterPolicy", "{}")
    if want.dead_letters and want.dead_letters != have.dead_letters:
        changes["RedrivePolicy"] = attributes["RedrivePolicy"]
    return changes


def _policy(one: Subscription | FoundSubscription) -> str:
    return json.dumps(one.policy or {}, sort_keys=True)


def _leftovers(topology: Topology, found: Found) -> Iterator[str]:
    queues = {queue.name for queue in topology.queues}
    wanted = {(one.topic, one.queue) for one in topology.subscriptions}
    yield from (f"topic {topic}" for topic in sorted(found.topics - set(topology.topics)))
    yield from (f"queue {queue}" for queue in sorted(set(found.queues) - queues))
    for one in found.subscriptions:
        if (one.topic, one.queue) not in wanted:
            yield f"subscription of queue {one.queue} to topic {one.topic}"
