"""Streams that must be asked for by date: which days a run reads, and what is known afterwards. Pure.

A stream's cursor then is ``{"tiers": …}``, when each tier was last read; a run's ``high`` is that as it will be, with
the days that it reads. They stay the same although a run may outlast a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from connectors import windows
from connectors.base import Mode
from connectors.windows import Days, Windows


def begin(about: Windows, cursor: Mapping[str, Any] | None, mode: Mode, now: datetime, every: timedelta) -> Any:
    """The ``high`` of a run that begins now; ``every`` is the pause between two polls."""
    read, today = _read(cursor), now.date()
    if mode is Mode.WINDOW:
        tier = windows.due_tier(about, read, now, every)
        days = windows.of_tier(about, tier, today)
        return _high(windows.tiers_read(about, read, tier, now), days)
    # A list of keys does not show whether a record was changed.
    known = read if mode is Mode.KEYS else windows.tiers_read(about, read, None, now)
    return _high(known, windows.whole(about, today))


def days_of(high: Any) -> Days | None:
    """The days that a run reads; None for a run of another kind of stream."""
    if not isinstance(high, dict) or "days" not in high:
        return None
    first, last = high["days"]
    return date.fromisoformat(first), date.fromisoformat(last)


def cursor_after(high: Mapping[str, Any]) -> dict[str, Any]:
    """The stream's cursor when the run is read."""
    return {"tiers": high["tiers"]}


def rewound(about: Windows, cursor: Mapping[str, Any] | None, since: date, today: date) -> dict[str, Any] | None:
    """The cursor that has the days since then read at the next poll; None where only a full scan does."""
    tier = windows.reaching(about, since, today)
    return None if tier is None else {"tiers": windows.unread(about, _read(cursor), tier)}


def _read(cursor: Mapping[str, Any] | None) -> Mapping[str, str]:
    found: Mapping[str, str] = (cursor or {}).get("tiers", {})
    return found


def _high(tiers: Mapping[str, str], days: Days) -> dict[str, Any]:
    return {"tiers": dict(tiers), "days": [day.isoformat() for day in days]}
