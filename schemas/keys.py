"""The source key of a record: the text by which an ERP, and so erpflow, knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def value_at(record: Any, path: str) -> Any:
    """The value at a dotted path, None when it leads nowhere."""
    for part in path.split("."):
        if not isinstance(record, Mapping):
            return None
        record = record.get(part)
    return record


def source_key(record: Mapping[str, Any], paths: Sequence[str]) -> str | None:
    """The values at ``paths`` as text, joined by ``/`` for a composite key; None when one of them is missing."""
    values = [value_at(record, path) for path in paths]
    if any(value is None or value == "" or isinstance(value, (dict, list)) for value in values):
        return None
    return "/".join(str(value) for value in values)
