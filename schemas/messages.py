"""The catalogue of messages: for each its CloudEvents types, its topic, and the JSON Schema of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue

from schemas.entities import ENTITIES
from schemas.envelope import Change, Envelope
from schemas.information import change_model, event_type
from schemas.notifications import NOTICES, notification_type
from schemas.pages import DOMAIN_PAGE, RAW_PAGE, FollowUp, PageHead, Record, Result
from schemas.topics import DOMAIN_PAGES, WAKE_UPS, information_topic, notification_topic, system_topic
from schemas.wakeups import WAKE_UP

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_ALWAYS = tuple(
    name for name, field in Envelope.model_fields.items() if field.is_required() or field.default is not None
)
_OF_A_CHANGE = ("subject", "stream", "entity", "change", "origin")


class RawPageData(BaseModel):
    """Data of a raw page: ``payload`` is its records, as text where ``contentencoding`` says so."""

    model_config = ConfigDict(frozen=True)

    head: PageHead
    payload: str | list[Record] | None = None


class Results(BaseModel):
    """What the mapping made of a page."""

    model_config = ConfigDict(frozen=True)

    results: list[Result]
    follow_ups: list[FollowUp]


class DomainPageData(BaseModel):
    """Data of a domain page: ``payload`` is its results, as text where ``contentencoding`` says so."""

    model_config = ConfigDict(frozen=True)

    head: PageHead
    payload: str | Results | None = None


@dataclass(frozen=True, slots=True)
class MessageKind:
    """One kind of message. ``types`` are its CloudEvents types, ``data`` is the model of its data, if any.

    ``mode`` is serialization where the data is written with all its fields, those with a default too.
    ``attributes`` are those that such a message always has beside the general ones.
    """

    name: str
    topic: str
    types: tuple[str, ...]
    summary: str
    data: type[BaseModel] | None = None
    mode: JsonSchemaMode = "validation"
    attributes: tuple[str, ...] = ()


def message_kinds() -> list[MessageKind]:
    """Every kind of message: changes, notifications, pages and the wake-up."""
    return [*map(_information, ENTITIES), *map(_notification, NOTICES), *_internal()]


def message_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of every message by its name."""
    return {kind.name: _schema(kind) for kind in message_kinds()}


def _information(entity: str) -> MessageKind:
    types = tuple(event_type(entity, change) for change in get_args(Change))
    topic = information_topic(entity)
    summary = f"What happened to an entity: {entity.replace('_', ' ')}."
    return MessageKind(topic, topic, types, summary, change_model(entity), attributes=_OF_A_CHANGE)


def _notification(name: str) -> MessageKind:
    notice = NOTICES[name]
    summary = (notice.__doc__ or "").splitlines()[0]
    topic, types = notification_topic(notice.kind), (notification_type(name),)
    return MessageKind(f"notification-{name}", topic, types, summary, notice, "serialization")


def _internal() -> list[MessageKind]:
    raw = "Records of one stream exactly as the ERP gave them; between the stages."
    domain = "What the mapping made of a raw page; between the stages."
    wake_up = "A connection may have something due; may be lost or come twice."
    return [
        MessageKind("raw-page", system_topic("{system}"), (RAW_PAGE,), raw, RawPageData),
        MessageKind("domain-page", DOMAIN_PAGES, (DOMAIN_PAGE,), domain, DomainPageData),
        MessageKind("wake-up", WAKE_UPS, (WAKE_UP,), wake_up),
    ]


class _Plain(GenerateJsonSchema):
    """Without a title for each field, which only repeats its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _schema(kind: MessageKind) -> dict[str, Any]:
    envelope = _open(Envelope.model_json_schema(mode="validation", schema_generator=_Plain))
    properties = {name: _never_null(schema) for name, schema in envelope["properties"].items()}
    properties["type"] = {"enum": list(kind.types), "type": "string"}
    del properties["data"]
    document = {
        "$schema": DIALECT,
        "title": kind.name,
        "description": kind.summary,
        "type": "object",
        "properties": properties,
        "required": [*_ALWAYS, *kind.attributes],
    }
    return document if kind.data is None else document | _data(kind.data, kind.mode, properties)


def _data(model: type[BaseModel], mode: JsonSchemaMode, properties: dict[str, Any]) -> dict[str, Any]:
    data = _open(model.model_json_schema(mode=mode, schema_generator=_Plain))
    definitions = data.pop("$defs", {})
    return {
        "properties": properties | {"data": data},
        "anyOf": [{"required": ["data"]}, {"required": ["dataref"]}],
        "$defs": definitions,
    }


def _open(schema: JsonSchemaValue) -> JsonSchemaValue:
    """Without what binds those who write: no other fields, and the defaults of fields that are left out."""
    for inner in schema.values():
        for part in inner if isinstance(inner, list) else [inner]:
            if isinstance(part, dict):
                _open(part)
    if schema.get("additionalProperties") is False:
        del schema["additionalProperties"]
    if schema.get("default", ...) is None:
        del schema["default"]
    return schema


def _never_null(schema: dict[str, Any]) -> dict[str, Any]:
    """An attribute of the envelope that is not set is left out."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name not in {"anyOf", "default"}}
    return rest | choices[0] if choices else rest
