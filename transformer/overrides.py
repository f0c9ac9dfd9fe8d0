"""Per-tenant field rules: what one tenant's ERP means by a field, said in data and without a new connector.

They run after the mapping's own rules and before validation, in the order of the list, and each sees what
the ones before it left. A rule whose ``when`` does not hold, whose path leads nowhere, or whose table does
not have the value leaves the field as it is. Rules for sensitive fields that the tenant has not opted in to
are left out of the plan (``transformer.plan``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from reprlib import repr as shortened
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

from schemas.entities import ENTITIES
from schemas.errors import ConfigError, Rejected
from schemas.mapping import ABSENT, MappingContext
from schemas.paths import Getter, compile_path
from transformer.fields import settable

_ACTIONS = frozenset({"path", "constant", "choices", "remove"})


def _readable(path: str) -> str:
    try:
        compile_path(path)
    except ConfigError as error:
        raise ValueError(str(error)) from error
    return path


_Path = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_readable)]

Override = Callable[[dict[str, Any], Any, MappingContext], None]
"""Changes the entity in hand (first argument) by what the record (second) shows."""


class FieldRule(BaseModel):
    """One rule for one field of one kind of entity: exactly one of path, constant, choices and remove.

    ``field`` is dotted into the entity (``approval.state``, ``custom.shift``). ``path`` and ``when`` look
    at the raw record; where a record gives one entity for each item of a list, at the item, with the whole
    record under ``_parent``. ``choices`` replaces the present value. ``when`` maps paths to the values that
    must be there, all of them. Raises pydantic's ValidationError for what can never work.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    entity: str
    field: str = Field(pattern=r"^\w+(\.\w+){0,3}$", max_length=200)
    stream: str | None = None
    when: dict[_Path, str | int | float | bool | None] = Field(default={}, max_length=10)
    path: _Path | None = None
    constant: JsonValue = None
    choices: dict[str, JsonValue] | None = Field(default=None, max_length=1_000)
    remove: Literal[True] | None = None

    @model_validator(mode="after")
    def _possible(self) -> FieldRule:
        given = sorted(_ACTIONS & self.model_fields_set)
        if len(given) != 1 or (given != ["constant"] and getattr(self, given[0]) is None):
            raise ValueError(f"give exactly one of {', '.join(sorted(_ACTIONS))}")
        if self.entity not in ENTITIES:
            raise ValueError(f"there is no entity {shortened(self.entity)}; one of {', '.join(sorted(ENTITIES))}")
        if self.field.split(".")[0] not in settable(self.entity):
            raise ValueError(f"{self.entity} has no field {self.field!r} that a rule may set")
        return self


def compile_overrides(rules: Iterable[FieldRule], stream: str, entity: str) -> tuple[Override, ...]:
    """The rules that concern this stream and entity, in their order."""
    mine = (rule for rule in rules if rule.entity == entity and rule.stream in {None, stream})
    return tuple(_compile(rule) for rule in mine)


def _compile(rule: FieldRule) -> Override:
    parts = rule.field.split(".")
    new = _new_value(rule)
    conditions = tuple((compile_path(path), value) for path, value in rule.when.items())

    def apply(body: dict[str, Any], record: Any, context: MappingContext) -> None:
        if all(_equal(get(record, context), value) for get, value in conditions):
            _change(body, parts, lambda present: new(present, record, context))

    return apply


def _new_value(rule: FieldRule) -> Callable[[Any, Any, MappingContext], Any]:
    if rule.remove:
        return lambda present, record, context: ABSENT
    if rule.choices is not None:
        return _from_table(rule.choices)
    if rule.path is not None:
        return _from_record(compile_path(rule.path))
    return lambda present, record, context: rule.constant


def _from_record(get: Getter) -> Callable[[Any, Any, MappingContext], Any]:
    def new(present: Any, record: Any, context: MappingContext) -> Any:
        found = get(record, context)
        return present if found is ABSENT else found

    return new


def _from_table(choices: dict[str, JsonValue]) -> Callable[[Any, Any, MappingContext], Any]:
    def new(present: Any, record: Any, context: MappingContext) -> Any:
        if present is None or present is ABSENT or isinstance(present, (dict, list)):
            return present
        return choices.get(_text(present), present)

    return new


def _change(target: dict[str, Any], parts: list[str], new: Callable[[Any], Any]) -> None:
    """Set the value at ``parts``. Objects on the way are copied, because they may be the raw record's own."""
    name = parts[0]
    present = target.get(name, ABSENT)
    value = new(present) if len(parts) == 1 else _changed_inside(name, present, parts[1:], new)
    if value is ABSENT:
        target.pop(name, None)
    else:
        target[name] = value


def _changed_inside(name: str, present: Any, parts: list[str], new: Callable[[Any], Any]) -> Any:
    if present and not isinstance(present, dict):
        raise Rejected(f"A field rule goes into {name!r}, which is no object here.", field=name)
    inside = dict(present) if isinstance(present, dict) else {}
    _change(inside, parts, new)
    return inside if inside else present


def _text(value: Any) -> str:
    """The value as a key of ``choices``; true and false as JSON writes them."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _equal(found: Any, wanted: Any) -> bool:
    return isinstance(found, bool) is isinstance(wanted, bool) and bool(found == wanted)
