"""What the mappings share: the base currency, change stamps, references, codings and addresses.

Parties, employees, accounts and products are known by their numbers; projects and tasks by ``internalId``, by which
time cards and lines name them, beside a number that may change.
"""

from __future__ import annotations

from typing import Any

from connectors.rules import Value, Worked, address, date, dim, first, instant, key, option, ref, several, text
from connectors.rules.values import getter, known
from schemas.mapping import ABSENT, Constant, MappingContext, Ref, Rule, Several
from schemas.pages import Record

BOOK = first([option("currency"), Constant("NOK")])
ZONE = first([option("time_zone"), Constant("Europe/Oslo")])
CHANGED_AT = instant("lastModifiedDateTime", zone=ZONE)
DEPARTMENT, BRANCH, SUBACCOUNT = "department", "branch", "subaccount"
"""Source keys of the dimensions. Values of different dimensions may have the same number."""


def value_key(dimension: str, path: str) -> Worked:
    """The source key of a dimension's value."""
    return key([Constant(dimension), text(path)])


def coded(dimension: str, path: str) -> Rule:
    """The coding by the value at a path."""
    return dim(dimension, value_key(dimension, path), text(path))


def dims(**paths: str) -> Several:
    """The codings, by dimension."""
    return several([coded(dimension, path) for dimension, path in paths.items()])


def numbered(entity: str, path: str) -> Ref:
    """What is named by its number, which is its key."""
    return ref(entity, text(path), text(path))


def internal(entity: str, path: str) -> Ref:
    """The project or task at a path."""
    return ref(entity, f"{path}.internalId", text(f"{path}.id"))


def place(kind: Any, path: str) -> Worked:
    """The address at a path."""
    lines = [f"{path}.addressLine{n}" for n in (1, 2, 3)]
    return address(kind, lines, f"{path}.postalCode", f"{path}.city", f"{path}.country.id")


def day(path: Value) -> Worked:
    """The day of a stamp whose time says nothing."""
    return date(path)


def among(path: str, table: dict[str, str], other: str = "other") -> Worked:
    """The value at a path by a table of words; what is not in it becomes ``other``."""

    def find(record: Record, context: MappingContext) -> Any:
        found = record.get(path, ABSENT)
        return found if found is ABSENT or found is None else table.get(str(found), other)

    return Worked("among", (path,), find)


def agreed(items: str, path: str) -> Worked:
    """What all items of a list say at a path; null where they say several things, or nothing."""
    get = getter(path)

    def find(record: Record, context: MappingContext) -> Any:
        found = record.get(items, ABSENT)
        if not isinstance(found, list):
            return found
        told = {value for item in found if known(value := get(item, context))}
        return told.pop() if len(told) == 1 else None

    return Worked("agreed", (f"{items}.{path}",), find)
