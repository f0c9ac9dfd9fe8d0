"""Change stamps of an ERP as text and back: several notations, always UTC on our side. Pure.

Whatever is not exact is rounded down: asking from an earlier instant reads a record twice, from a later one loses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from connectors.increment import Increment
from schemas.errors import ConfigError
from schemas.keys import value_at
from schemas.pages import Record
from schemas.slices import values_at

_SECOND = timedelta(seconds=1)
_FIRST = datetime(1, 1, 3, tzinfo=UTC)  # days that every zone has, with room for a step and a fold
_LAST = datetime(9999, 12, 29, tzinfo=UTC)
_UNITS = {
    "iso": timedelta(microseconds=1),
    "iso-seconds": _SECOND,
    "date": timedelta(days=1),
    "unix": _SECOND,
    "unix-ms": timedelta(milliseconds=1),
    "http": _SECOND,
}
_ISO = frozenset({"iso", "iso-seconds", "date"})
_OF_DIRECTIVES = (
    (("%f",), timedelta(microseconds=1)),
    (("%S", "%T"), _SECOND),
    (("%M", "%R"), timedelta(minutes=1)),
    (("%H", "%I"), timedelta(hours=1)),
)


def unit(increment: Increment) -> timedelta:
    """The smallest step that the notation of the API's parameter can tell apart."""
    if increment.format in _UNITS:
        return _UNITS[increment.format]
    found = (step for signs, step in _OF_DIRECTIVES if any(sign in increment.format for sign in signs))
    return next(found, timedelta(days=1))


def stamp_of(record: Record, increment: Increment | None) -> datetime | None:
    """When a record was last changed; None where it does not say, or says it in another notation.

    Such a record is always taken as changed and never moves the cursor, so nothing is lost by it.
    """
    if increment is None or not increment.field:
        return None
    return _stamp(value_at(record, increment.field), increment)


def stamps_of(records: Sequence[Record], increment: Increment | None) -> list[datetime | None]:
    """When each record was last changed (see ``stamp_of``)."""
    if increment is None or not increment.field:
        return [None] * len(records)
    values = values_at(records, increment.field)
    if (increment.record_format or increment.format) not in _ISO:
        return [_stamp(value, increment) for value in values]
    return [(_usual(value) if type(value) is str else None) or _stamp(value, increment) for value in values]


def _usual(text: str) -> datetime | None:
    """The shortest way to what ``parsed`` finds in ISO 8601 with a zone, as most ERPs write; None for all else."""
    try:
        stamp = datetime.fromisoformat(text)
        if stamp.tzinfo is UTC:
            return stamp
        return None if stamp.tzinfo is None else stamp.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _stamp(value: Any, increment: Increment) -> datetime | None:
    return None if value is None or isinstance(value, bool) else parsed(value, increment)


def parsed(value: Any, increment: Increment) -> datetime | None:
    """The instant that a value stands for, in the notation of records, of the parameter, or ISO 8601; else None."""
    notations = (increment.record_format,) if increment.record_format else (increment.format, "iso")
    for notation in notations:
        try:
            return (
                _read(value, notation).astimezone(UTC) if notation in _ABSOLUTE else _zoned(value, notation, increment)
            )
        except (ValueError, TypeError, OverflowError, OSError, AttributeError):
            continue
    return None


def stamp_text(stamp: datetime, increment: Increment) -> str:
    """The instant in the notation of the API's parameter, so that asking from it misses nothing."""
    stamp = min(max(stamp, _FIRST), _LAST) - (unit(increment) if increment.exclusive else timedelta(0))
    if increment.format in ("unix", "unix-ms"):
        return str((stamp - datetime(1970, 1, 1, tzinfo=UTC)) // unit(increment))
    if increment.format == "http":
        return format_datetime(stamp.astimezone(UTC), usegmt=True)
    local = stamp.astimezone(_zone(increment.zone))
    if increment.format in ("iso", "iso-seconds"):
        text = local.isoformat(timespec="seconds" if increment.format == "iso-seconds" else "microseconds")
        return text.replace("+00:00", "Z") if increment.zone == "UTC" else text
    if increment.format == "date":
        return _before_fold(local).date().isoformat()
    return (local if "%z" in increment.format else _before_fold(local)).strftime(increment.format)


def floored(stamp: datetime, increment: Increment) -> datetime:
    """The instant as the API's parameter can say it, rounded down."""
    exact = increment.model_copy(update={"exclusive": False, "record_format": None})
    return parsed(stamp_text(stamp, exact), exact) or stamp


_ABSOLUTE = {"unix", "unix-ms", "http"}


def _read(value: Any, notation: str) -> datetime:
    match notation:
        case "unix":
            return datetime.fromtimestamp(float(value), UTC)
        case "unix-ms":
            return datetime.fromtimestamp(float(value) / 1000, UTC)
        case "http":
            return parsedate_to_datetime(value)
        case "iso" | "iso-seconds" | "date":
            return datetime.fromisoformat(value)
    return datetime.strptime(value, notation)  # noqa: DTZ007 - the zone is added by the caller


def _zoned(value: Any, notation: str, increment: Increment) -> datetime:
    """The earlier of the instants that a time without a zone may mean, when clocks are changed."""
    stamp = _read(value, notation)
    if stamp.tzinfo is not None:
        return stamp.astimezone(UTC)
    zone = _zone(increment.zone)
    return min(stamp.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def _before_fold(local: datetime) -> datetime:
    """A wall clock's time that is not after any later one, although clocks are set back soon."""
    first, second = local.utcoffset(), local.replace(fold=1).utcoffset()
    if local.fold or first is None or second is None or second >= first:
        return local
    return local - (first - second)


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ConfigError(f"There is no time zone '{name}'; name one as Europe/Oslo.") from None
