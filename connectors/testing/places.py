"""Values within nested JSON by dotted paths: set, cut out, and named. Pure: nothing that is given is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from schemas.keys import path_parts

Path = tuple[str | int, ...]
"""Where a value stands: names of fields and positions in lists."""


def dotted(path: str) -> Path:
    """The path of a spec, without positions; '' is the whole."""
    return tuple(path_parts(path)) if path else ()


def at(value: Any, path: Path) -> Any:
    """The value at a path; KeyError or IndexError where it leads nowhere."""
    for part in path:
        value = value[part]
    return value


def put(value: Any, path: Path, new: Any) -> Any:
    """The value with another one at the path; objects that are missing on the way are made."""
    return changed(value, path, lambda _: new)


def changed(value: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    """The value with what is at the path changed; ``change`` is given None where there was nothing."""
    if not path:
        return change(value)
    first, rest = path[0], path[1:]
    if isinstance(first, int) or (first.isdecimal() and (not value or isinstance(value, list))):
        items, place = list(value or [None]), int(first)
        return [changed(item, rest, change) if here == place else item for here, item in enumerate(items)]
    inner = value if isinstance(value, Mapping) else {}
    return {**inner, first: changed(inner.get(first), rest, change)}


def without(value: Any, path: Path) -> Any:
    """The value without what is at the path."""
    if len(path) > 1:
        return changed(value, path[:-1], lambda inner: without(inner, path[-1:]))
    if isinstance(value, list):
        return [item for here, item in enumerate(value) if here != path[0]]
    return {name: item for name, item in value.items() if name != path[0]}


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that is no object and no list, with its path."""
    for inner, item in parts(value, path):
        if not isinstance(item, dict | list):
            yield inner, item


def parts(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value within, with its path; the whole itself is not among them."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield (*path, name), item
        yield from parts(item, (*path, name))


def shown(path: Path) -> str:
    """The path for a message: ``lines.0.amount``."""
    return ".".join(map(str, path))
