"""What the common model says a field of an entity holds: exact numbers, instants, days."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from schemas.entities import ENTITIES

_CHOICES = ("anyOf", "oneOf", "allOf")


def format_of(entity: str, path: tuple[str | int, ...]) -> frozenset[str]:
    """The formats (``decimal``, ``date-time``, ``date``) that the value at a path of an entity may have."""
    return _format_of(entity, tuple(0 if isinstance(part, int) else part for part in path))


@cache
def _format_of(entity: str, path: tuple[str | int, ...]) -> frozenset[str]:
    schema = _schema(entity)
    found = [schema]
    for part in path:
        found = [inner for one in found for inner in _inner(schema, one, part)]
    return frozenset(one["format"] for one in found for one in _resolved(schema, one) if "format" in one)


@cache
def _schema(entity: str) -> Mapping[str, Any]:
    return ENTITIES[entity].model_json_schema(mode="serialization")


def _inner(root: Mapping[str, Any], schema: Mapping[str, Any], part: str | int) -> list[Mapping[str, Any]]:
    found = []
    for one in _resolved(root, schema):
        inner = one.get("items") if isinstance(part, int) else one.get("properties", {}).get(part)
        if inner is not None:
            found.append(inner)
    return found


def _resolved(root: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The schema and every one that it may stand for."""
    found = [schema]
    if "$ref" in schema:
        found += _resolved(root, root["$defs"][schema["$ref"].rpartition("/")[2]])
    for word in _CHOICES:
        for choice in schema.get(word, ()):
            found += _resolved(root, choice)
    return found
