"""The rules of a mapping, compiled: each becomes a function of a record giving ABSENT, None or the value."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Any

from schemas.entities import ENTITIES
from schemas.errors import ConfigError, Rejected
from schemas.ids import entity_id
from schemas.keys import EXACT
from schemas.mapping import ABSENT, Choice, Constant, Convert, Items, MappingContext, Object, Ref, Rule, Several
from schemas.paths import compile_source

Compiled = Callable[[Any, MappingContext], Any]


def compile_rule(rule: Rule) -> Compiled:
    """The function of one rule. Raises ConfigError for a path that cannot be read.

    The function raises Rejected for a value that the rule cannot take, and whatever the mapping's functions
    raise.
    """
    match rule:
        case Constant():
            return _constant(rule)
        case Convert():
            return _convert(rule)
        case Choice():
            return _choice(rule)
        case Ref():
            return _ref(rule)
        case Items():
            return _items(rule)
        case Object():
            return _nested(rule)
        case Several():
            return _several(rule)
        case _:
            return compile_source(rule)


def key_text(value: Any) -> str | None:
    """A key as text, None for null, absent and empty ones. Raises Rejected for what is no key at all."""
    if value is None or value is ABSENT or value == "":
        return None
    if isinstance(value, (bool, dict, list)) or (isinstance(value, float) and abs(value) >= EXACT):
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


def _nested(rule: Object) -> Compiled:
    fields, needs = compile_fields(rule.fields), rule.needs

    def run(record: Any, context: MappingContext) -> Any:
        found = _object(fields, record, context)
        if not found:
            return ABSENT
        whole = all(found.get(name) is not None for name in needs)
        return found if whole and any(value is not None for value in found.values()) else None

    return run


def _several(rule: Several) -> Compiled:
    rules = tuple(compile_rule(inner) for inner in rule.rules)

    def run(record: Any, context: MappingContext) -> Any:
        found = [value for inner in rules if (value := inner(record, context)) is not ABSENT]
        return [value for value in found if value is not None] if found else ABSENT

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
