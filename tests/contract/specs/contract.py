"""A vendor's contract as this check sees it, whatever its notation: operations, and the shapes of their answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")


@dataclass(frozen=True)
class Shape:
    """What a value looks like. ``kind`` is a JSON type, or ``any`` where the contract does not say.

    ``fields`` of an object and ``item`` of an array are made when asked for: contracts are recursive.
    """

    kind: str
    make_fields: Callable[[], Mapping[str, Shape]] = field(default=dict, repr=False)
    make_item: Callable[[], Shape] | None = field(default=None, repr=False)
    format: str = ""
    allowed: tuple[Any, ...] = ()
    open: bool = False

    def at(self, path: str) -> Shape | None:
        """The shape at a dotted path; arrays on the way are entered. None where the contract has no such field."""
        here: Shape | None = self
        for name in filter(None, path.split(".")):
            here = here and here.entered().child(name)
        return here

    def entered(self) -> Shape:
        """The item of an array, the shape itself otherwise."""
        if self.kind == "array":
            return self.make_item().entered() if self.make_item else ANY
        return self

    def child(self, name: str) -> Shape | None:
        """A field of an object."""
        if self.kind == "any" or self.open:
            return ANY
        return self.make_fields().get(name)


ANY = Shape("any")


@dataclass(frozen=True)
class Operation:
    """A path that can be asked. ``params`` is None where the contract does not tell which there are."""

    path: str
    params: frozenset[str] | None
    answer: Shape


class Contract(Protocol):
    """One vendor's contract."""

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation at a path, whose placeholders may have any names; None if there is none."""


def faults(value: Any, shape: Shape, where: str = "") -> list[str]:
    """Where a sample is not as the contract says. Null fits everywhere: the contracts do not tell what is optional."""
    if value is None or shape.kind == "any":
        return []
    if shape.kind == "object":
        return _object_faults(value, shape, where)
    if shape.kind == "array":
        if not isinstance(value, list):
            return [f"{where} is no list"]
        item = shape.make_item() if shape.make_item else ANY
        return [fault for one in value for fault in faults(one, item, f"{where}[]")]
    return _scalar_faults(value, shape, where)


def _object_faults(value: Any, shape: Shape, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where or 'the record'} is no object"]
    found = []
    for name, inner in value.items():
        path = f"{where}.{name}" if where else name
        child = shape.child(name)
        found += [f"{path} is not in the contract"] if child is None else faults(inner, child, path)
    return found


_FITS: dict[str, tuple[type, ...]] = {
    "string": (str,), "boolean": (bool,), "integer": (int,), "number": (int, float),
}  # fmt: skip


def _scalar_faults(value: Any, shape: Shape, where: str) -> list[str]:
    fits = isinstance(value, _FITS[shape.kind]) and isinstance(value, bool) is (shape.kind == "boolean")
    if not fits:
        return [f"{where} is {type(value).__name__}, the contract says {shape.kind}"]
    if shape.allowed and value not in shape.allowed:
        return [f"{where} is {value!r}, which the contract does not list"]
    pattern = {"date": _DATE, "date-time": _INSTANT}.get(shape.format)
    if pattern is not None and not pattern.match(str(value)):
        return [f"{where} is no {shape.format}"]
    return []


def same_path(asked: str, known: str) -> bool:
    """Whether two paths are the same but for the names of their placeholders."""
    ours, theirs = asked.strip("/").split("/"), known.strip("/").split("/")
    return len(ours) == len(theirs) and all(
        a == b or ("{" in a and "{" in b) for a, b in zip(ours, theirs, strict=True)
    )
