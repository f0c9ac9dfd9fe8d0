"""Rules for dates, instants and times of day."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.rules.values import Value, Worked, getter, known, refuse
from schemas.errors import Rejected
from schemas.mapping import ABSENT, Constant, MappingContext
from schemas.pages import Record

_NEVER = ("0001-01-01", "0000-00-00", "0001/01/01")
"""How ERPs write that there is no date."""


def date(value: Value, pattern: str | None = None, zone: Value | None = None) -> Worked:
    """An ISO date; a time behind it is cut off, and the dates that mean none (0001-01-01, blank) are null.

    ``pattern`` is that of strptime where the ERP writes another notation. ``zone`` is the IANA zone of the day
    where the ERP gives instants with an offset.
    """

    def turn(found: Any, where: dt.tzinfo | None) -> str:
        stamp = _stamp(found, pattern)
        moved = stamp.astimezone(where) if where is not None and stamp.tzinfo is not None else stamp
        return moved.date().isoformat()

    return _timed("date", value, zone, turn)


def instant(value: Value, zone: Value | None = None, pattern: str | None = None) -> Worked:
    """A moment, UTC. ``zone`` is the IANA zone of stamps that name none; without it such a stamp is refused.

    ``pattern`` is ``unix``, ``unix-ms`` or that of strptime where stamps are not ISO 8601.
    """

    def turn(found: Any, where: dt.tzinfo | None) -> dt.datetime:
        stamp = _stamp(found, pattern)
        if stamp.tzinfo is None and where is None:
            refuse("an instant with its zone")
        return (stamp if stamp.tzinfo else stamp.replace(tzinfo=where)).astimezone(dt.UTC)

    return _timed("instant", value, zone, turn)


def local_time(value: Value, zone: Value | None = None) -> Worked:
    """Time on the wall, from ``08:00`` or out of an ISO stamp, with the company's IANA zone where it is known."""

    def turn(found: Any, where: dt.tzinfo | None) -> dict[str, Any]:
        try:
            time = dt.time.fromisoformat(str(found).strip().replace("T", " ").split(" ")[-1])
        except ValueError:
            refuse("a time such as 08:00")
        return {"time": time.replace(tzinfo=None), "zone": getattr(where, "key", None)}

    return _timed("local_time", value, zone, turn)


def _timed(name: str, value: Value, zone: Value | None, turn: Any) -> Worked:
    get, zone_of = getter(value), getter(Constant(None) if zone is None else zone)

    def work(record: Record, context: MappingContext) -> Any:
        found = get(record, context)
        if not known(found) or (isinstance(found, str) and _is_never(found)):
            return ABSENT if found is ABSENT else None
        return turn(found, _zone(zone_of(record, context)))

    return Worked(name, (value, *(() if zone is None else (zone,))), work)


def _is_never(found: str) -> bool:
    return not found.strip() or found.strip().startswith(_NEVER)


def _zone(name: Any) -> ZoneInfo | None:
    if not known(name):
        return None
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Rejected("The time zone is not known; correct it in the mapping or the connection.") from None


def _stamp(found: Any, pattern: str | None) -> dt.datetime:
    try:
        if pattern in ("unix", "unix-ms") and not isinstance(found, bool):
            return dt.datetime.fromtimestamp(float(found) / (1 if pattern == "unix" else 1_000), dt.UTC)
        written = str(found).strip()
        if pattern:
            return dt.datetime.strptime(written, pattern)  # noqa: DTZ007 - the caller gives it its zone
        return dt.datetime.fromisoformat(written)
    except (ValueError, TypeError, OverflowError, OSError):
        return refuse("a date such as 2026-03-31")
