"""Tryton's own JSON notation: typed values as objects with ``__class__``, and keys with a dot at their end.

Both are the same in REST and JSON-RPC (trytond/protocols/jsonrpc.py), except that JSON-RPC puts the object
behind a reference under ``"party."`` and REST under ``"party"``. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from schemas.pages import Record

_DATE = ("year", "month", "day")
_TIME = ("hour", "minute", "second", "microsecond")


def decode(record: Record) -> Record:
    """The record with plain JSON values: instants and dates as ISO text, Decimals as text, durations in seconds.

    An object behind a reference stands under the plain name, over a bare id. Called by the transformer
    before any rule; raises ValueError for a value that is none.
    """
    plain = {name: _value(value) for name, value in record.items() if not name.endswith(".")}
    for name, value in record.items():
        if name.endswith(".") and (value is not None or name[:-1] not in plain):
            plain[name[:-1]] = _value(value)
    return plain


def encode_stamp(stamp: datetime) -> dict[str, Any]:
    """An instant for a domain; Tryton's are naive UTC."""
    utc = stamp.astimezone(UTC)
    return {"__class__": "datetime"} | {name: getattr(utc, name) for name in (*_DATE, *_TIME)}


def decode_stamp(value: Any) -> datetime | None:
    """The instant of a raw value, None for anything else."""
    if not isinstance(value, Mapping) or value.get("__class__") != "datetime":
        return None
    try:
        parts = {name: value.get(name, 0) for name in (*_DATE, *_TIME)}
        return datetime(**parts, tzinfo=UTC)
    except (TypeError, ValueError):
        return None


def raw_at(record: Any, path: str) -> Any:
    """The raw value at a dotted path in either notation, None when it leads nowhere."""
    for part in path.split("."):
        if not isinstance(record, Mapping):
            return None
        nested = record.get(f"{part}.")
        record = record.get(part) if nested is None else nested
    return record


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return [_value(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("__class__")
    return decode(value) if kind is None else _typed(kind, value)


def _typed(kind: str, value: Mapping[str, Any]) -> Any:
    if kind == "Decimal":
        return value["decimal"]
    if kind == "timedelta":
        return value["seconds"]
    if kind == "date":
        return date(*(value[name] for name in _DATE)).isoformat()
    if kind == "time":
        return time(*(value.get(name, 0) for name in _TIME)).isoformat()
    if kind == "datetime":
        stamp = decode_stamp(value)
        if stamp is None:
            raise ValueError("Tryton gave a datetime that is none.")
        return stamp.isoformat().replace("+00:00", "Z")
    return value.get("base64")
