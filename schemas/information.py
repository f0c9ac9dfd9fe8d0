"""Information events: what happened to one entity, for subscribers.

Type ``erpflow.<entity>.created|updated|deleted.v1``, one event per real change, on the entity's own topic.
Delivery is at least once and unordered: ``schemas.reader`` keeps only the newest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Generic, Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.entities import ENTITIES, Entity
from schemas.envelope import Change as ChangeKind
from schemas.envelope import Envelope, Origin
from schemas.errors import Poison
from schemas.ids import event_id
from schemas.pages import PageHead

E = TypeVar("E", bound=Entity)

Cause = Literal["erp", "echo"]
"""``echo``: the ERP shows what we had written into it ourselves."""


class Change(BaseModel, Generic[E]):
    """The ``data`` of an Information event about an entity of type ``E``.

    ``body`` is the whole entity after the change; for a deleted one its last known state, with the version of
    the delete. ``changed`` names the fields that differ from what was told before, ``before`` holds their old
    values, where there were any. ``initial`` marks what the first load of a stream found.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    change: ChangeKind
    version: str = Field(min_length=1, description="Orders all events of the entity: compare as text.")
    changed: list[str]
    before: dict[str, Any]
    initial: bool
    origin: Cause
    body: E


@dataclass(frozen=True, slots=True)
class EventHead:
    """Where events come from: what all events of a page, or of a sweep, have in common."""

    tenant: str
    connection: str
    system: str
    stream: str
    origin: Origin
    read_at: datetime
    traceparent: str | None = None

    @classmethod
    def of(cls, head: PageHead) -> EventHead:
        """The head of the events that a page gives."""
        return cls(
            tenant=head.tenant,
            connection=head.connection,
            system=head.system,
            stream=head.stream,
            origin=head.origin,
            read_at=head.read_at,
            traceparent=head.traceparent,
        )


@dataclass(frozen=True, slots=True)
class EntityChange:
    """What happened to one entity. ``body`` is its validated JSON, ``version`` its new version as text."""

    entity: str
    change: ChangeKind
    version: str
    body: Mapping[str, Any]
    changed: Sequence[str] = ()
    before: Mapping[str, Any] = field(default_factory=dict)
    initial: bool = False
    origin: Cause = "erp"


def information_event(head: EventHead, what: EntityChange) -> Envelope:
    """The event that tells of one change. Called by the distributor; the same change gives the same event.

    The body was validated by the transformer and is not validated again.
    """
    body = what.body if what.body["version"] == what.version else {**what.body, "version": what.version}
    data = {
        "change": what.change,
        "version": what.version,
        "changed": list(what.changed),
        "before": what.before,
        "initial": what.initial,
        "origin": what.origin,
        "body": body,
    }
    return Envelope(
        id=event_id(body["id"], what.version),
        source=f"/erpflow/{head.tenant}/{head.connection}",
        type=event_type(what.entity, what.change),
        time=head.read_at,
        subject=body["id"],
        tenant=head.tenant,
        connection=head.connection,
        system=head.system,
        stream=head.stream,
        entity=what.entity,
        change=what.change,
        origin=head.origin,
        traceparent=head.traceparent,
        data=data,
    )


def event_type(entity: str, change: ChangeKind) -> str:
    """The CloudEvents type: ``erpflow.time_entry.updated.v1``."""
    return f"erpflow.{entity}.{change}.v1"


@cache
def change_model(entity: str) -> type[Change[Any]]:
    """``Change[E]`` of the entity with that name; KeyError if there is none."""
    return cast(type[Change[Any]], Change.__class_getitem__(ENTITIES[entity]))


def change_of(envelope: Envelope) -> Change[Any]:
    """The typed data of an Information event, its ``dataref`` resolved. Called by subscribers.

    Fields that these schemas do not know are left out. Raises Poison when the data is not that of an
    Information event, or has a value that only newer schemas know.
    """
    if envelope.entity not in ENTITIES:
        raise Poison(f"Event {envelope.id} is about the unknown entity {envelope.entity!r}; update the schemas.")
    try:
        return change_model(envelope.entity).model_validate(envelope.data, extra="ignore")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "data"
        raise Poison(f"Event {envelope.id} is not valid at {place}: {first['msg']}; update the schemas.") from None
