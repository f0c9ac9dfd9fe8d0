"""The steps from what is there to what should be there. None of them deletes anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CreateBucket:
    """Make the archive's bucket, closed to the public."""

    name: str
    secure: bool

    def __str__(self) -> str:
        return f"create bucket {self.name}"


@dataclass(frozen=True, slots=True)
class CreateTopic:
    """Make a topic."""

    name: str

    def __str__(self) -> str:
        return f"create topic {self.name}"


@dataclass(frozen=True, slots=True)
class CreateQueue:
    """Make a queue with its attributes."""

    name: str
    attributes: Mapping[str, str]

    def __str__(self) -> str:
        return f"create queue {self.name}"


@dataclass(frozen=True, slots=True)
class ChangeQueue:
    """Set the attributes of a queue that are missing or different; an empty value removes a policy."""

    name: str
    attributes: Mapping[str, str]

    def __str__(self) -> str:
        changes = ", ".join(f"{name} = {value}" for name, value in sorted(self.attributes.items()))
        return f"change queue {self.name}: {changes}"


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Subscribe a queue to a topic."""

    topic: str
    queue: str
    attributes: Mapping[str, str]

    def __str__(self) -> str:
        policy = self.attributes.get("FilterPolicy")
        return f"subscribe queue {self.queue} to topic {self.topic}{f', filter {policy}' if policy else ''}"


@dataclass(frozen=True, slots=True)
class ChangeSubscription:
    """Set the attributes of a subscription that are different."""

    arn: str
    topic: str
    queue: str
    attributes: Mapping[str, str]

    def __str__(self) -> str:
        changes = ", ".join(f"{name} = {value}" for name, value in sorted(self.attributes.items()))
        return f"change subscription of queue {self.queue} to topic {self.topic}: {changes}"


Step = CreateBucket | CreateTopic | CreateQueue | ChangeQueue | Subscribe | ChangeSubscription


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order in which they must be taken, and what is there and not wanted, which stays."""

    steps: tuple[Step, ...]
    leftovers: tuple[str, ...] = ()
