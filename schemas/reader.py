"""What a subscriber needs: read a message, and keep only the newest state of each entity.

    event = await open_event(body, fetch)        # one SQS message, raw delivery; fetch reads the archive
    if is_news(seen.get(event.subject), event):  # seen: entity id -> version, kept by the subscriber
        ...                                      # write the body, or a tombstone for a delete
        seen[event.subject] = version_of(event)  # in the same transaction

Delivery is at least once and unordered. So the version is kept for deleted entities too (the tombstone): an
older update that arrives after the delete must not bring the entity back. Depends on the envelope alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson

from schemas.envelope import Envelope, decode
from schemas.errors import Poison

Fetch = Callable[[str], Awaitable[bytes]]
"""Reads the object that a ``dataref`` names: the JSON of the event's ``data``."""


async def open_event(body: bytes | str, fetch: Fetch) -> Envelope:
    """The event of a message, with its data fetched where the message only refers to it.

    Raises Poison for what is no event of ours; whatever ``fetch`` raises passes through. Without asyncio, use
    ``schemas.envelope.decode`` and ``with_data``.
    """
    event = decode(body)
    return event if event.dataref is None else with_data(event, await fetch(event.dataref))


def with_data(event: Envelope, content: bytes) -> Envelope:
    """The event with the object that its ``dataref`` names; raises Poison when that is not JSON."""
    try:
        return event.model_copy(update={"data": orjson.loads(content)})
    except orjson.JSONDecodeError as error:
        raise Poison(f"The object {event.dataref} of event {event.id} is not JSON: {error}.") from error


def version_of(event: Envelope) -> str:
    """The version that an Information event tells; raises Poison when it has none."""
    version = event.data.get("version") if isinstance(event.data, dict) else None
    if not isinstance(version, str) or not version:
        raise Poison(f"Event {event.id} of type {event.type} is no Information event: it has no version.")
    return version


def is_news(seen: str | None, event: Envelope) -> bool:
    """Whether the event tells a newer state than the version that was seen, None where none was.

    Versions have a fixed width, so that comparing them as text orders them. A repeated event is no news.
    """
    version = version_of(event)
    return seen is None or version > seen


@dataclass(frozen=True, slots=True)
class State:
    """The newest that is known of an entity; ``body`` is None for a deleted one."""

    version: str
    body: dict[str, Any] | None


class Latest:
    """The newest state of each entity, in memory: for a small subscriber, and the model of a bigger one."""

    def __init__(self) -> None:
        self._states: dict[str, State] = {}

    def take(self, event: Envelope) -> bool:
        """Take an Information event; whether it was news. Order and repetition make no difference."""
        if event.subject is None:
            raise Poison(f"Event {event.id} of type {event.type} is not about an entity; it has no subject.")
        known = self._states.get(event.subject)
        if not is_news(known.version if known else None, event):
            return False
        body = None if event.change == "deleted" else event.data["body"]
        self._states[event.subject] = State(version_of(event), body)
        return True

    def get(self, entity_id: str) -> dict[str, Any] | None:
        """The body of an entity; None when it is deleted or was never seen."""
        state = self._states.get(entity_id)
        return state.body if state else None

    def bodies(self) -> list[dict[str, Any]]:
        """All entities that exist."""
        return [state.body for state in self._states.values() if state.body is not None]
