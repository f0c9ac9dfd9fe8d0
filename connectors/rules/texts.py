"""Rules for texts, truth and words: what most fields are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.rules.values import Value, Worked, converted, getter, known, refuse
from schemas.mapping import ABSENT, MappingContext
from schemas.pages import Record

_TRUE = frozenset({"true", "1", "y", "yes", "j", "ja"})
_FALSE = frozenset({"false", "0", "n", "no", "nei", "nej"})


def text_of(found: Any) -> str:
    """A scalar as text, true and false as JSON writes them; raises Rejected for lists and objects."""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, (str, int, float)):
        return str(found)
    return refuse("a text or a number")


def text(value: Value) -> Worked:
    """The text without blanks around it; numbers become text, and a blank text null."""
    return converted("text", value, lambda found: text_of(found).strip() or None)


def option(name: str) -> Worked:
    """The setting ``name`` of the connection; absent where it is not given."""
    return Worked("option", (), lambda record, context: context.options.get(name, ABSENT))


def first(values: Sequence[Value]) -> Worked:
    """The first value that says something; null where there is none and one of them is null, else absent."""
    getters = [getter(value) for value in values]

    def work(record: Record, context: MappingContext) -> Any:
        nothing: Any = ABSENT
        for get in getters:
            found = get(record, context)
            if known(found):
                return found
            nothing = nothing if found is ABSENT else None
        return nothing

    return Worked("first", tuple(values), work)


def join(values: Sequence[Value], by: str = " ") -> Worked:
    """The texts that say something, joined; null or absent where there is none, as in ``first``."""
    any_of, getters = first(values), [getter(value) for value in values]

    def work(record: Record, context: MappingContext) -> Any:
        found = [text_of(value).strip() for get in getters if known(value := get(record, context))]
        return by.join(filter(None, found)) or None if found else any_of(record, context)

    return Worked("join", tuple(values), work)


def key(values: Sequence[Value]) -> Worked:
    """A composite key: all values joined by ``/``, as in a stream's key; null where one of them says nothing."""
    getters = [getter(value) for value in values]

    def work(record: Record, context: MappingContext) -> Any:
        found = [get(record, context) for get in getters]
        return "/".join(map(text_of, found)) if all(map(known, found)) else None

    return Worked("key", tuple(values), work)


def truth(value: Value, among: Sequence[Any] | None = None, negated: bool = False) -> Worked:
    """True or false: from 1/0, Y/N, yes/no and the like, or whether the value is ``among`` some.

    Raises Rejected for a word that is neither.
    """
    words = None if among is None else frozenset(map(text_of, among))

    def turn(found: Any) -> bool:
        word = text_of(found)
        if words is not None:
            return (word in words) is not negated
        if word.casefold() not in _TRUE | _FALSE:
            refuse("a word for true or false")
        return (word.casefold() in _TRUE) is not negated

    return converted("truth", value, turn)


def present(value: Value, negated: bool = False) -> Worked:
    """Whether the value says something; a zero, an empty list and an empty object say nothing."""
    get = getter(value)

    def work(record: Record, context: MappingContext) -> Any:
        found = get(record, context)
        return ABSENT if found is ABSENT else bool(found) is not negated

    return Worked("present", (value,), work)


def choice(value: Value, table: Mapping[str, Any], other: Any = "other") -> Worked:
    """The value looked up in ``table`` by its text, without regard to case; what is not in it becomes ``other``."""
    words = {word.casefold(): meaning for word, meaning in table.items()}
    return converted("choice", value, lambda found: words.get(text_of(found).strip().casefold(), other))


def when(value: Value) -> Callable[[Record, MappingContext], bool]:
    """A condition for ``EntityMapping.when``: the value is there, and is not false, 0 or empty."""
    get = getter(value)
    return Worked("when", (value,), lambda record, context: bool(get(record, context)))
