"""Change stamps of an ERP as text and back: several notations, always UTC on our side. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from connectors.spec import Increment
from schemas.keys import value_at
from schemas.pages import Record

_STEP = {"iso": timedelta(microseconds=1), "unix-ms": timedelta(milliseconds=1), "date": timedelta(days=1)}


def stamp_of(record: Record, increment: Increment | None) -> datetime | None:
    """When a record was last changed; None where it does not say, or says it in another notation.

    Such a record is always taken as changed and never moves the cursor, so nothing is lost by it.
    """
    value = value_at(record, increment.field) if increment else None
    if increment is None or value is None or isinstance(value, bool):
        return None
    try:
        return _parsed(value, increment)
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def stamp_text(stamp: datetime, increment: Increment) -> str:
    """The instant in the notation of the API's parameter, rounded down, so that asking from it misses nothing."""
    if increment.exclusive:
        stamp -= _STEP.get(increment.format, timedelta(seconds=1))
    if increment.format == "unix":
        return str(_units(stamp, timedelta(seconds=1)))
    if increment.format == "unix-ms":
        return str(_units(stamp, timedelta(milliseconds=1)))
    local = stamp.astimezone(_zone(increment.zone))
    if increment.format == "date":
        return local.date().isoformat()
    text = local.isoformat(timespec="seconds" if increment.format == "iso-seconds" else "microseconds")
    return text.replace("+00:00", "Z") if increment.zone == "UTC" else text


def _parsed(value: Any, increment: Increment) -> datetime:
    if increment.format == "unix":
        return datetime.fromtimestamp(float(value), UTC)
    if increment.format == "unix-ms":
        return datetime.fromtimestamp(float(value) / 1000, UTC)
    stamp = datetime.fromisoformat(value)
    aware = stamp if stamp.tzinfo else stamp.replace(tzinfo=_zone(increment.zone))
    return aware.astimezone(UTC)


def _units(stamp: datetime, unit: timedelta) -> int:
    return (stamp - datetime(1970, 1, 1, tzinfo=UTC)) // unit


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
