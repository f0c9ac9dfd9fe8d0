"""Names of the topics and of the queue of wake-ups, without the deployment's prefix."""

from __future__ import annotations

from typing import Final, Literal

DOMAIN_PAGES: Final = "domain-pages"
WAKE_UPS: Final = "wake-ups"

Notification = Literal["sync", "connection", "rejects", "api-change"]
NOTIFICATIONS: Final[tuple[Notification, ...]] = ("sync", "connection", "rejects", "api-change")


def system_topic(system: str) -> str:
    """The topic of a system's raw pages."""
    return f"erp-system-{system}"


def information_topic(entity: str) -> str:
    """The topic of the changes of one kind of entity: ``information-time-entry``."""
    return f"information-{entity.replace('_', '-')}"


def notification_topic(kind: Notification) -> str:
    """The topic of one kind of notification."""
    return f"notification-{kind}"
