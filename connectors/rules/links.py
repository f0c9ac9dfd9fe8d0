"""Rules for what points elsewhere or holds more: references, dimensions, lists and objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.rules.values import Value, Worked, getter, known, refuse, source
from schemas.mapping import ABSENT, Constant, Items, MappingContext, Object, Ref, Rule, Several
from schemas.pages import Record

NOBODY = ("00000000-0000-0000-0000-000000000000",)
"""Keys that say that there is no reference (RFC 9562, 5.9)."""


def ref(entity: str, key: Value, number: Value | None = None, none: Sequence[Any] = ()) -> Ref:
    """A reference by its target's source key; keys in ``none`` (0, such as) mean that there is no reference."""
    get, nothing = getter(key), frozenset(map(str, (*none, *NOBODY)))

    def work(record: Record, context: MappingContext) -> Any:
        found = get(record, context)
        return None if isinstance(found, (str, int)) and str(found) in nothing else found

    return Ref(entity, Worked("key", (key,), work), None if number is None else source(number))


def dim(dimension: str, key: Value, number: Value | None = None, none: Sequence[Any] = ()) -> Object:
    """One coding: ``dimension`` is the source key of the dimension, ``key`` that of its value. Null without value."""
    which = Ref("dimension", source(Constant(dimension)))
    return Object({"dimension": which, "value": ref("dimension_value", key, number, none)}, needs=("value",))


def several(rules: Sequence[Rule]) -> Several:
    """A list of what the rules give, without absent and null."""
    return Several(tuple(rules))


def nested(fields: Mapping[str, Rule], needs: Sequence[str] = ()) -> Object:
    """An object by ``fields``; null where one of ``needs`` is missing, or all of it is null."""
    return Object(dict(fields), tuple(needs))


def items(value: Value, fields: Mapping[str, Rule]) -> Items:
    """A list: each item becomes an object by ``fields``, whose paths start at the item.

    The record around it is at ``_parent``: a line takes the currency of its document from there.
    """
    get = getter(value)

    def work(record: Record, context: MappingContext) -> Any:
        found = get(record, context)
        if not known(found):
            return ABSENT if found is ABSENT else None
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            refuse("a list of objects")
        return [item | {"_parent": record} for item in found]

    return Items(Worked("items", (value,), work), dict(fields))
