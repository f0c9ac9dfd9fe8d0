"""Columns of a JSON list of objects: what each object has at some paths, found in one pass over the text. Pure.

msgspec reads them: its scanner checks the grammar of JSON in whatever it passes over, and keeps nothing of that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec

from schemas.keys import path_parts

_NOTHING = msgspec.Raw(b"null")

_Tree = dict[str, Any]
"""Names to what is below them: another tree, or the path that ends there."""


@dataclass(frozen=True, slots=True)
class Columns:
    """A list of ``count`` objects: by path, what each of them has there as JSON."""

    count: int
    found: Mapping[str, Sequence[bytes]]


def read_columns(text: bytes, paths: tuple[str, ...]) -> Columns:
    """The columns of a list. There are none where a path leads through anything but objects and nulls.

    Raises msgspec.MsgspecError or RecursionError where the text is no list of objects.
    """
    try:
        decoder, leads = _reader(paths)
        rows = decoder.decode(text)
    except (msgspec.ValidationError, ValueError):
        if not paths:
            raise
        return read_columns(text, ())
    return Columns(len(rows), {path: _followed(rows, lead) for path, lead in leads.items()})


@lru_cache(maxsize=1_024)
def _reader(paths: tuple[str, ...]) -> tuple[msgspec.json.Decoder[Any], dict[str, tuple[str, ...]]]:
    """A decoder that looks at these paths only, and the attributes that lead to each; ValueError where none can."""
    leads: dict[str, tuple[str, ...]] = {}
    kind = _kind(_tree(paths), (), leads)
    return msgspec.json.Decoder(list[kind]), leads  # type: ignore[valid-type]


def _tree(paths: Sequence[str]) -> _Tree:
    tree: _Tree = {}
    for path in paths:
        *outer, last = path_parts(path)
        here: Any = tree
        for name in outer:
            here = here.setdefault(name, {}) if isinstance(here, dict) else None
        if not isinstance(here, dict) or here.setdefault(last, path) != path:
            raise ValueError(f"the path {path} leads through another one, or ends within it")
    return tree


def _kind(tree: _Tree, lead: tuple[str, ...], leads: dict[str, tuple[str, ...]]) -> Any:
    fields: list[Any] = []
    for place, (name, below) in enumerate(tree.items()):
        attribute = f"part{place}"
        if isinstance(below, dict):
            inner, nothing = _kind(below, (*lead, attribute), leads) | None, None
        else:
            inner, nothing = msgspec.Raw, _NOTHING
            leads[below] = (*lead, attribute)
        fields.append((attribute, inner, msgspec.field(name=name, default=nothing)))
    return msgspec.defstruct("Part", fields, gc=False)


def _followed(rows: Sequence[Any], lead: tuple[str, ...]) -> Sequence[bytes]:
    *outer, last = lead
    if not outer:
        return list(map(attrgetter(last), rows))
    for attribute in outer:
        rows = [None if row is None else getattr(row, attribute) for row in rows]
    return [_NOTHING if row is None else getattr(row, last) for row in rows]
