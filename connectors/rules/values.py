"""The ground of the shared rules: where a value comes from, and a rule that knows what it reads. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from schemas.errors import Rejected
from schemas.mapping import (
    ABSENT,
    Choice,
    Constant,
    Convert,
    Function,
    Items,
    MappingContext,
    Object,
    Ref,
    Rule,
    Several,
)
from schemas.pages import Record
from schemas.paths import Getter, compile_path

Value = str | Function | Constant
"""Where a rule takes a value from: a path, a function (another rule, too), or a constant."""


@dataclass(frozen=True, slots=True)
class Worked:
    """A function of a mapping that says its name and what it ``reads``; made by the rules of this package."""

    name: str
    reads: tuple[Value, ...]
    work: Function = field(repr=False)

    def __call__(self, record: Record, context: MappingContext) -> Any:
        """The value, None or ABSENT; raises Rejected for a value that the rule cannot take."""
        return self.work(record, context)


def getter(value: Value) -> Getter:
    """The function that gives a value; raises ConfigError for a path that cannot be read."""
    if isinstance(value, str):
        return compile_path(value)
    if isinstance(value, Constant):
        return _constant(value.value)
    return value  # type: ignore[return-value]  # a rule is always given its context


def _constant(value: Any) -> Getter:
    def get(record: Any, context: MappingContext | None = None) -> Any:
        return value

    return get


def source(value: Value) -> str | Function:
    """The value as ``schemas.mapping.Source``, which knows no constants."""
    return Worked("constant", (), getter(value)) if isinstance(value, Constant) else value


def converted(name: str, value: Value, turn: Callable[[Any], Any]) -> Worked:
    """A rule that turns one value; absent and null stay what they are, and an empty text is null."""
    get = getter(value)

    def work(record: Record, context: MappingContext) -> Any:
        found = get(record, context)
        if found is None or found is ABSENT or found == "":
            return ABSENT if found is ABSENT else None
        return turn(found)

    return Worked(name, (value,), work)


def known(found: Any) -> bool:
    """Whether a value says something: neither absent nor null nor an empty text."""
    return found is not ABSENT and found is not None and found != ""


def refuse(wanted: str) -> NoReturn:
    """Raise Rejected for a value that is not what is wanted; the value itself is never shown."""
    raise Rejected(f"The record does not have {wanted} where the mapping looks for one.")


def paths(rule: Rule) -> Iterator[str]:
    """Every path that a rule reads, as written; what plain Python functions read is not known.

    Paths within a list or object follow that of the list, after a dot.
    """
    if isinstance(rule, str):
        yield rule
        return
    lists = list(paths(rule.source)) if isinstance(rule, Items) else []
    yield from lists
    for inner in _inner(rule):
        for path in paths(inner):
            yield from (f"{place}.{path}" for place in lists) if lists else (path,)


def _inner(rule: Rule) -> Iterable[Rule]:
    match rule:
        case Worked():
            return rule.reads
        case Convert() | Choice():
            return (rule.source,)
        case Ref():
            return (rule.key,) if rule.number is None else (rule.key, rule.number)
        case Items() | Object():
            return rule.fields.values()
        case Several():
            return rule.rules
    return ()
