"""Templates read backwards: which values a request was made with, by the same texts that made it. Pure.

What the connection gives is filled in before; left are the names that the engine fills in for a request. A part that
names one of these may be left out of a request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from connectors.templates import NAME, PER_REQUEST, names_within

Bound = dict[str, Any]
"""Name → the value it had in the request: a text, or a list for ``{keys}`` in a body."""

Known = frozenset[tuple[str, str]]
"""What the connection gives: names with their values, hashed once."""


def unfill(template: str, text: str, values: Known) -> Bound | None:
    """The values of the names in a text, None where the text is not made of the template."""
    found = _pattern(template, values, ".*").fullmatch(text)
    return None if found is None else dict(found.groupdict())


def unfill_path(template: str, path: str, quoted: Known) -> Bound | None:
    """As ``unfill``, for a path and values that are quoted; a value stays within its segment, and is unquoted."""
    found = _pattern(template, quoted, "[^/]+").fullmatch(path)
    return None if found is None else {name: unquote(value) for name, value in found.groupdict().items()}


def unfill_params(templates: Mapping[str, str], params: Mapping[str, str], values: Known) -> Bound | None:
    """The values of a request's parameters or headers; those that no template names are passed over."""
    return _unfill_mapping(templates, params, values)


def unfill_body(template: Any, given: Any, values: Known) -> Bound | None:
    """The values of a request's body, None where it is not made of the template."""
    if isinstance(template, str):
        return _unfill_text(template, given, values)
    if isinstance(template, Mapping):
        strange = isinstance(given, Mapping) and set(given) - set(template)
        return _unfill_mapping(template, given, values) if isinstance(given, Mapping) and not strange else None
    if isinstance(template, list | tuple):
        return _unfill_list(list(template), given, values) if isinstance(given, list) else None
    return {} if template == given else None


def _may_lack(part: Any, values: Known) -> bool:
    """Whether a request may lack a part: it names what a request may not have, or a setting that is not given."""
    return bool(names_within(part) - {name for name, _ in values})


@lru_cache(maxsize=10_000)
def _pattern(template: str, values: Known, anything: str) -> re.Pattern[str]:
    parts, end, seen, given = [], 0, set[str](), dict(values)
    for name in NAME.finditer(template):
        parts.append(re.escape(template[end : name.start()]))
        parts.append(_one(name[1], given, anything, seen))
        end = name.end()
    return re.compile("".join(parts) + re.escape(template[end:]), re.DOTALL)


def _one(name: str, values: Mapping[str, str], anything: str, seen: set[str]) -> str:
    if name in values:
        return re.escape(values[name])
    if name in seen:
        return f"(?P={name})"
    seen.add(name)
    return f"(?P<{name}>{anything})"


def _unfill_text(template: str, given: Any, values: Known) -> Bound | None:
    whole = NAME.fullmatch(template)
    if whole and whole[1] in PER_REQUEST and isinstance(given, int | float | list):
        return {whole[1]: given if isinstance(given, list) else str(given)}
    if whole and whole[2] and isinstance(given, int):
        given = str(given)
    return unfill(template, given, values) if isinstance(given, str) else None


def _unfill_mapping(template: Mapping[str, Any], given: Mapping[str, Any], values: Known) -> Bound | None:
    bound: Bound = {}
    for name, part in template.items():
        if name not in given:
            if _may_lack(part, values):
                continue
            return None
        found = unfill_body(part, given[name], values)
        if found is None:
            return None
        bound |= found
    return bound


def _unfill_list(template: list[Any], given: list[Any], values: Known) -> Bound | None:
    bound: Bound = {}
    rest = list(given)
    for part in template:
        found = unfill_body(part, rest[0], values) if rest else None
        if found is not None:
            rest.pop(0)
            bound |= found
        elif not _may_lack(part, values):
            return None
    return None if rest else bound
