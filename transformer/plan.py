"""A stream's mapping made ready to run: everything that does not depend on the record is worked out once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from schemas.entities import ENTITIES, Entity, field_names, required_fields, sensitive_fields
from schemas.errors import ConfigError
from schemas.mapping import Constant, EntityMapping, Function, Rule, StreamMapping
from schemas.pages import Record
from schemas.paths import Getter, compile_path, compile_source
from transformer.fields import settable
from transformer.overrides import FieldRule, Override, compile_overrides
from transformer.rules import Compiled, compile_fields


@dataclass(frozen=True, slots=True)
class EntityPlan:
    """How one kind of entity is made of a record; fields and overrides in the order they run."""

    entity: str
    model: type[Entity]
    fields: tuple[tuple[str, Compiled], ...]
    overrides: tuple[Override, ...]
    unknown: tuple[str, ...]
    key: Getter | None
    when: Function | None
    each: Getter | None
    each_path: str | None


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """Everything that one stream's records give; made by ``compile_stream``, immutable, shared freely."""

    stream: str
    key: tuple[str, ...]
    prepare: Callable[[Record], Record] | None
    entities: tuple[EntityPlan, ...]
    follow_ups: tuple[tuple[str, Getter], ...]


def compile_stream(
    spec_key: tuple[str, ...],
    mapping: StreamMapping,
    rules: Iterable[FieldRule] = (),
    opted_in: Collection[str] = (),
    *,
    stream: str,
) -> StreamPlan:
    """The plan of a stream with the tenant's field rules.

    ``spec_key`` are the paths of the source key. ``opted_in`` names the sensitive fields that the tenant
    wants, as ``entity.field``; the others are not even computed: they stay absent (null, if required) and
    become unknown. Raises ConfigError for a mapping that can never work, naming entity and field.
    """
    ours = tuple(rules)
    return StreamPlan(
        stream=stream,
        key=spec_key,
        prepare=mapping.prepare,
        entities=tuple(_entity(entity, ours, opted_in, stream) for entity in mapping.entities),
        follow_ups=tuple((rule.stream, compile_source(rule.key)) for rule in mapping.follow_ups),
    )


def _entity(mapping: EntityMapping, rules: tuple[FieldRule, ...], opted_in: Collection[str], stream: str) -> EntityPlan:
    _check(mapping)
    name = mapping.entity
    withheld = frozenset(field for field in sensitive_fields(name) if f"{name}.{field}" not in opted_in)
    allowed = [rule for rule in rules if rule.field.split(".")[0] not in withheld]
    fields: dict[str, Rule] = {field: rule for field, rule in mapping.fields.items() if field not in withheld}
    fields |= dict.fromkeys(withheld & required_fields(name), Constant(None))
    return EntityPlan(
        entity=name,
        model=ENTITIES[name],
        fields=compile_fields(fields),
        overrides=compile_overrides(allowed, stream, name),
        unknown=tuple(sorted({*mapping.unknown, *(withheld & mapping.fields.keys())})),
        key=None if mapping.key is None else compile_source(mapping.key),
        when=mapping.when,
        each=None if mapping.each is None else compile_path(mapping.each),
        each_path=mapping.each,
    )


def _check(mapping: EntityMapping) -> None:
    name = mapping.entity
    if name not in ENTITIES:
        raise ConfigError(f"A mapping names the entity {name!r}; it must be one of {', '.join(ENTITIES)}.")
    if mapping.each is not None and mapping.key is None:
        raise ConfigError(f"The mapping of {name} has each but no key; say what tells the items apart.")
    _complain(name, "sets fields that it cannot set", mapping.fields.keys() - settable(name))
    _complain(name, "calls fields unknown that do not exist", set(mapping.unknown) - field_names(name))
    _complain(name, "both sets fields and calls them unknown", mapping.fields.keys() & set(mapping.unknown))


def _complain(entity: str, what: str, names: Collection[Any]) -> None:
    if names:
        raise ConfigError(f"The mapping of {entity} {what}: {', '.join(sorted(names))}; correct the mapping.")
