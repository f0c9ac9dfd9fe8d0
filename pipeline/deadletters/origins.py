"""Which queue the messages of a dead-letter queue go back to. Pure; what is there was read from AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.topology.discover import redrive_target
from pipeline.topology.model import Found


@dataclass(frozen=True, slots=True)
class Origin:
    """``queue`` redrives into the dead-letter queue; ``by_topic`` are queues whose subscriptions do. Short names."""

    queue: str | None = None
    by_topic: Mapping[str, str] = field(default_factory=dict)

    def queue_of(self, topic: str | None) -> str | None:
        """Where a message goes back to; None when nobody can tell."""
        if topic is not None and topic in self.by_topic:
            return self.by_topic[topic]
        if self.queue:
            return self.queue
        only = set(self.by_topic.values())
        return only.pop() if len(only) == 1 else None


def origins(found: Found, prefix: str) -> dict[str, Origin]:
    """Every dead-letter queue of the deployment, by short name: of queues, and of the topics' subscriptions."""
    queues: dict[str, str] = {}
    for name, attributes in found.queues.items():
        target = redrive_target(attributes.get("RedrivePolicy"))
        if target and target in found.queues:
            queues[target.removeprefix(prefix)] = name.removeprefix(prefix)
    topics: dict[str, dict[str, str]] = {}
    for one in found.subscriptions:
        if one.dead_letters and one.dead_letters in found.queues and one.queue in found.queues:
            by_topic = topics.setdefault(one.dead_letters.removeprefix(prefix), {})
            by_topic[one.topic.removeprefix(prefix)] = one.queue.removeprefix(prefix)
    return {name: Origin(queues.get(name), topics.get(name, {})) for name in sorted({*queues, *topics})}
