"""The rules of a mapping, compiled: each becomes a function of a record giving ABSENT, None or the value."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Any

from schemas.entities import ENTITIES
from schemas.errors import ConfigError, Rejected
from schemas.ids import entity_id
from schemas.mapping import ABSENT, Choice, Constant, Convert, Items, MappingContext, Ref, Rule
from transformer.paths import compile_source

Compiled = Callable[[Any, MappingContext], Any]


def compile_rule(rule: Rule) -> Compiled:
    """The function of one rule. Raises ConfigError for a path that cannot be read.

    The function raises Rejected for a value that the rule cannot take, and whatever the mapping's functions
    raise.
    """
    if isinstance(rule, Constant):
        return _constant(rule)
    if isinstance(rule, Convert):
        return _convert(rule)
    if isinstance(rule, Choice):
        return _choice(rule)
    if isinstance(rule, Ref):
        return _ref(rule)
    if isinstance(rule, Items):
        return _items(rule)
    return compile_source(rule)


def key_text(value: Any) -> str | None:
    """A key as text, None for null, absent and empty ones. Raises Rejected for what is no key at all."""
    if value is None or value is ABSENT or value == "":
        return None
    if isinstance(value, (bool, dict, list)):
        raise Rejected(f"A key is text or a number, but the record has {_named(value)} in its place.")
    return str(value)


@lru_cache(maxsize=16_384)
def known_id(scope: tuple[str, str, str], entity: str, key: str) -> str:
    """``entity_id``, remembered: the same employees and projects are referred to over and over."""
    return entity_id(scope, entity, key)


def _constant(rule: Constant) -> Compiled:
    value = rule.value
    return lambda record, context: value


def _convert(rule: Convert) -> Compiled:
    get, function = compile_source(rule.source), rule.function

    def run(record: Any, context: MappingContext) -> Any:
        value = get(record, context)
        return value if value is None or value is ABSENT else function(value)

    return run


def _choice(rule: Choice) -> Compiled:
    get, other = compile_source(rule.source), rule.other
    table: dict[Any, Any] = dict(rule.table)

    def run(record: Any, context: MappingContext) -> Any:
        value = get(record, context)
        if value is None or value is ABSENT:
            return value
        return table.get(value, other) if isinstance(value, Hashable) else other

    return run


def _ref(rule: Ref) -> Compiled:
    if rule.entity not in ENTITIES:
        raise ConfigError(f"A mapping refers to {rule.entity!r}; it must be one of {', '.join(ENTITIES)}.")
    get, entity = compile_source(rule.key), rule.entity
    number = None if rule.number is None else compile_source(rule.number)

    def run(record: Any, context: MappingContext) -> Any:
        value = get(record, context)
        if value is ABSENT:
            return ABSENT
        key = key_text(value)
        if key is None:
            return None
        scope = context.tenant, context.system, context.company
        ref = {"entity": entity, "id": known_id(scope, entity, key), "source_id": key}
        shown = None if number is None else key_text(number(record, context))
        return ref if shown is None else {**ref, "number": shown}

    return run


def _items(rule: Items) -> Compiled:
    get, fields = compile_source(rule.source), compile_fields(rule.fields)

    def run(record: Any, context: MappingContext) -> Any:
        value = get(record, context)
        if value is None or value is ABSENT:
            return value
        if not isinstance(value, list):
            raise Rejected(f"A list was expected, but the record has {_named(value)} in its place.")
        return [_object(fields, item, context) for item in value]

    return run


def compile_fields(fields: Mapping[str, Rule]) -> tuple[tuple[str, Compiled], ...]:
    """The rules of an object's fields, in their order."""
    return tuple((name, compile_rule(rule)) for name, rule in fields.items())


def _object(fields: tuple[tuple[str, Compiled], ...], item: Any, context: MappingContext) -> dict[str, Any]:
    values = ((name, rule(item, context)) for name, rule in fields)
    return {name: value for name, value in values if value is not ABSENT}


def _named(value: Any) -> str:
    names = {bool: "true or false", dict: "an object", list: "a list", str: "a text"}
    return names.get(type(value), "a number")
