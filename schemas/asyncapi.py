"""The AsyncAPI 3 document: topics as channels, with the messages that they carry.

https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from schemas.envelope import FILTERABLE
from schemas.messages import MessageKind, message_kinds

_SCHEMA_FORMAT = "application/schema+json;version=2020-12"

_ABOUT = (
    "Records of ERP systems as events. Every message is one CloudEvents 1.0 JSON event. Delivery is at least "
    "once and unordered: compare the versions. Public are the topics information-* and notification-*; the "
    "others connect the stages. Topic names carry the deployment's prefix."
)


def asyncapi() -> dict[str, Any]:
    """The document; the payloads refer to the JSON Schema files beside it."""
    kinds = sorted(message_kinds(), key=lambda kind: kind.topic)
    topics = {topic: list(some) for topic, some in groupby(kinds, key=lambda kind: kind.topic)}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "erpflow", "version": "1.0.0", "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": {_key(topic): _channel(topic, some) for topic, some in topics.items()},
        "operations": {f"publish-{_key(topic)}": _operation(topic) for topic in topics},
        "components": {"messages": {kind.name: _message(kind) for kind in kinds}},
    }


def _key(topic: str) -> str:
    return topic.replace("{", "").replace("}", "")


def _channel(topic: str, kinds: list[MessageKind]) -> dict[str, Any]:
    messages = {kind.name: {"$ref": f"#/components/messages/{kind.name}"} for kind in kinds}
    channel: dict[str, Any] = {"address": topic, "messages": messages}
    if "{system}" in topic:
        channel["parameters"] = {"system": {"description": "A kind of ERP, such as tryton."}}
    return channel


def _operation(topic: str) -> dict[str, Any]:
    return {"action": "send", "channel": {"$ref": f"#/channels/{_key(topic)}"}}


def _message(kind: MessageKind) -> dict[str, Any]:
    attributes = {name: {"type": "string"} for name in FILTERABLE}
    return {
        "name": kind.name,
        "summary": kind.summary,
        "contentType": "application/json",
        "headers": {"type": "object", "properties": attributes},
        "payload": {"schemaFormat": _SCHEMA_FORMAT, "schema": {"$ref": f"./{kind.name}.json"}},
    }
