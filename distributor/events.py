"""The effects of a decision as events to publish: what is written to the outbox in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass, field

from distributor.routes import route
from distributor.rows import Decision, Effect
from schemas.envelope import Envelope
from schemas.information import EntityChange, EventHead, information_event
from schemas.pages import PageHead


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One event as the outbox keeps it: the short name of its topic, its JSON, and what filters may name."""

    id: str
    topic: str
    body: str = field(repr=False)
    attributes: dict[str, str]
    tenant: str
    run: str | None = None


def messages(head: PageHead, decision: Decision) -> list[OutboxMessage]:
    """The messages of a page's changes, in the order of its records. The same decision gives the same
    messages.
    """
    return [outbox_message(event, head.run) for event in events(EventHead.of(head), decision)]


def outbox_message(event: Envelope, run: str | None = None) -> OutboxMessage:
    """Any Information or Notification event as a message. Raises ConfigError for other events."""
    body = event.to_json().decode()
    return OutboxMessage(event.id, route(event), body, event.attributes(), event.tenant, run)


def events(head: EventHead, decision: Decision) -> list[Envelope]:
    """The events of a decision, one for each change. For a sweep, ``head`` has the origin ``sweep``.

    What the first load of a stream creates is marked as initial.
    """
    first_load = head.origin == "backfill"
    return [information_event(head, _told(effect, first_load)) for effect in decision.effects]


def _told(effect: Effect, first_load: bool) -> EntityChange:
    row = effect.row
    old = effect.before.body if effect.before else {}
    return EntityChange(
        entity=row.entity,
        change=effect.change,
        version=str(row.version),
        body=row.body,
        changed=effect.changed,
        before={name: old[name] for name in effect.changed if name in old},
        initial=first_load and effect.change == "created",
    )
