"""Which topic an event goes to: the one table of routes, by what the event's type says."""

from __future__ import annotations

from typing import get_args

from schemas.entities import ENTITIES
from schemas.envelope import Change, Envelope
from schemas.errors import ConfigError
from schemas.information import event_type
from schemas.notifications import NOTICES, notification_type
from schemas.topics import NOTIFICATIONS, information_topic, notification_topic

INFORMATION = tuple(information_topic(entity) for entity in ENTITIES)
"""All topics of changes."""

TELLING = tuple(notification_topic(kind) for kind in NOTIFICATIONS)
"""All topics of notifications."""

_CHANGES: tuple[Change, ...] = get_args(Change)
_ROUTES: dict[str, str] = {
    **{event_type(entity, change): information_topic(entity) for entity in ENTITIES for change in _CHANGES},
    **{notification_type(name): notification_topic(notice.kind) for name, notice in NOTICES.items()},
}


def route(event: Envelope) -> str:
    """The short name of the topic for an Information or Notification event.

    Raises ConfigError for any other type: internal pages are not routed, they go from stage to stage.
    """
    try:
        return _ROUTES[event.type]
    except KeyError:
        raise ConfigError(
            f"Event {event.id} has the type {event.type!r}, which no topic takes; look in distributor.routes."
        ) from None
