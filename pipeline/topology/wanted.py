"""What should be there, derived from the registered systems and the kinds of entity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.broker.filters import FilterPolicy, check_filter
from pipeline.broker.names import DISTRIBUTOR, TRANSFORMER, dead_letters
from pipeline.topology.model import Queue, Subscription, Topology
from schemas.errors import ConfigError
from schemas.topics import (
    DOMAIN_PAGES,
    NOTIFICATIONS,
    WAKE_UPS,
    information_topic,
    notification_topic,
    system_topic,
)

_LETTERS_RETENTION = 14 * 24 * 3600  # the longest that SQS has
_NAME_LENGTH = 80  # of a queue; topics may be longer


def wanted(systems: Iterable[str], entities: Iterable[str], prefix: str, bucket: str | None = None) -> Topology:
    """The topology of a deployment. Raises ConfigError when a name would be too long."""
    system_topics = [prefix + system_topic(system) for system in sorted(set(systems))]
    information = [prefix + information_topic(entity) for entity in sorted(set(entities))]
    notification = [prefix + notification_topic(kind) for kind in NOTIFICATIONS]
    pages = prefix + DOMAIN_PAGES
    topology = Topology(
        prefix=prefix,
        topics=(*system_topics, pages, *information, *notification),
        queues=(*_pair(prefix + WAKE_UPS), *_pair(prefix + TRANSFORMER), *_pair(prefix + DISTRIBUTOR)),
        subscriptions=(
            *(_subscription(topic, prefix + TRANSFORMER) for topic in system_topics),
            _subscription(pages, prefix + DISTRIBUTOR),
        ),
        bucket=bucket,
    )
    _check_names(topology)
    return topology


def add_subscriber(
    topology: Topology, queue: str, topics: Sequence[str], policy: FilterPolicy | None = None
) -> Topology:
    """The topology with a subscriber's queue beside it; names without the prefix.

    Raises ConfigError when a topic is unknown, the name is taken, or SNS would not do what the policy says.
    """
    if policy is not None:
        check_filter(policy)
    name = topology.prefix + queue
    full = [topology.prefix + topic for topic in topics]
    if name in {one.name for one in topology.queues}:
        raise ConfigError(f"Queue {queue} is there already; give the subscriber's queue another name.")
    if unknown := sorted(set(full) - set(topology.topics)):
        known = ", ".join(topic.removeprefix(topology.prefix) for topic in topology.topics)
        raise ConfigError(f"There is no topic {unknown[0].removeprefix(topology.prefix)}; there are {known}.")
    added = replace(
        topology,
        queues=(*topology.queues, *_pair(name)),
        subscriptions=(*topology.subscriptions, *(_subscription(topic, name, policy) for topic in full)),
    )
    _check_names(added)
    return added


def _pair(name: str) -> tuple[Queue, Queue]:
    letters = Queue(dead_letters(name), retention=_LETTERS_RETENTION)
    return letters, Queue(name, dead_letters=letters.name)


def _subscription(topic: str, queue: str, policy: FilterPolicy | None = None) -> Subscription:
    """What cannot be delivered goes where the queue's own dead letters go, and so to the desk."""
    return Subscription(topic, queue, policy, dead_letters(queue))


def _check_names(topology: Topology) -> None:
    for name in (*topology.topics, *(queue.name for queue in topology.queues)):
        if len(name) > _NAME_LENGTH:
            raise ConfigError(f"The name {name} is longer than {_NAME_LENGTH} characters; shorten the prefix.")
