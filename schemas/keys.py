"""The source key of a record: the text by which an ERP, and so erpflow, knows it; and the paths that lead to values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

EXACT: Final = 2.0**53
"""From here on, different whole numbers may be the same float."""

_PART = re.compile(r"'([^']+)'|\"([^\"]+)\"|([^.'\"]*)")


@lru_cache(maxsize=4_096)
def path_parts(path: str) -> tuple[str, ...]:
    """The names of a dotted path; ValueError for one that cannot be read.

    A name that holds dots itself is quoted: ``'@odata.nextLink'``, or in double quotes as in JMESPath, which the paths
    of a source key must keep to. In a list a number is a position, from the end where negative: ``errors.0.code``.
    """
    parts, place = [], 0
    while True:
        found = _PART.match(path, place)
        assert found is not None  # noqa: S101 - for the type checker; the last branch matches nothing, too
        parts.append(found[1] or found[2] or found[3] or "")
        place = found.end() + 1
        if found.end() == len(path):
            return tuple(parts)
        if path[found.end()] != ".":
            raise ValueError(f"the path {path} has a quote in the wrong place; quote whole names: 'a.b'.c")


def value_at(record: Any, path: str) -> Any:
    """The value at a path (see ``path_parts``), None when it leads nowhere."""
    for part in path_parts(path):
        if isinstance(record, dict):
            record = record.get(part)
        elif isinstance(record, list):
            record = _item(record, part)
        elif isinstance(record, Mapping):
            record = record.get(part)
        elif isinstance(record, Sequence) and not isinstance(record, str):
            record = _item(record, part)  # records that are still bytes
        else:
            return None
    return record


def _item(items: Sequence[Any], part: str) -> Any:
    try:
        return items[int(part)]
    except (ValueError, IndexError):
        return None


def source_key(record: Mapping[str, Any], paths: Sequence[str]) -> str | None:
    """The values at ``paths`` as text, joined by ``/`` for a composite key; None when one of them is no key.

    A whole number over 64 bits is none: as JSON is parsed its last digits are lost, and two records would be one.
    """
    return key_of([value_at(record, path) for path in paths])


def key_of(values: Sequence[Any]) -> str | None:
    """The source key of these values (see ``source_key``)."""
    if len(values) == 1:
        return None if _names_nothing(values[0]) else str(values[0])
    return None if any(map(_names_nothing, values)) else composite_key(values)


def composite_key(parts: Sequence[Any]) -> str:
    """The parts of a key joined by ``/``, one within a part written as %2F, so that no two keys become one.

    For mappings that refer to a record with a composite key.
    """
    return "/".join(str(part).replace("%", "%25").replace("/", "%2F") for part in parts)


def _names_nothing(value: Any) -> bool:
    if isinstance(value, float):
        return abs(value) >= EXACT
    return value is None or value == "" or isinstance(value, (dict, list))
