"""Lists that must be asked for by date: which days are read at which poll. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Self

from pydantic import Field, model_validator

from connectors.model import Duration, SpecModel


class Tier(SpecModel):
    """The last ``back`` are read every ``every``; an edit of a record in them is seen at the latest after that."""

    back: Duration
    every: Duration


class Windows(SpecModel):
    """A stream that tells no changes and must be asked for by date, window by window.

    ``params`` are templates with ``{from}`` and ``{to}`` (ISO dates), as may be the stream's body. ``tiers`` go from
    recent days, read often, to older ones, read seldom; what is older than the last is not covered between full
    scans. The first load and full scans read from ``start`` to ``ahead`` from today, ``step`` at a time; what is dated
    outside of that is not there, and counts as deleted where it was.
    ``exclusive_end`` says that the API leaves out the day ``{to}`` itself.
    """

    params: Mapping[str, str] = Field(default_factory=dict)
    tiers: tuple[Tier, ...] = Field(min_length=1)
    start: date = date(2015, 1, 1)
    step: Duration = Field(default=timedelta(days=31), ge=timedelta(days=1))
    ahead: Duration = timedelta(days=31)
    exclusive_end: bool = False

    @model_validator(mode="after")
    def _tiers_widen(self) -> Self:
        for narrow, wide in zip(self.tiers, self.tiers[1:], strict=False):
            if narrow.back >= wide.back or narrow.every >= wide.every:
                raise ValueError("tiers must go from recent days, read often, to older ones, read seldom")
        return self


Days = tuple[date, date]
"""The first day and the last one."""

_DAY = timedelta(days=1)


def whole(windows: Windows, today: date) -> Days:
    """All days that the first load and full scans read. Today is UTC's, so that a day's room is left for zones."""
    return windows.start, today + max(_in_days(windows.ahead), _DAY)


def of_tier(windows: Windows, tier: int, today: date) -> Days:
    """The days of a tier, by its place in ``tiers``."""
    first, last = whole(windows, today)
    return max(first, today - _in_days(windows.tiers[tier].back) - _DAY), last


def first_step(windows: Windows, days: Days) -> Days:
    """The first of the steps that the days are read in."""
    first, last = days
    return first, min(last, first + _in_days(windows.step) - _DAY)


def next_step(windows: Windows, step: Days, last: date) -> Days | None:
    """The step after a step; None where it reached the last day. Steps do not overlap and leave out no day."""
    return None if step[1] >= last else first_step(windows, (step[1] + _DAY, last))


def bounds(windows: Windows, step: Days) -> dict[str, str]:
    """The values of ``{from}`` and ``{to}`` for a step."""
    return {"from": step[0].isoformat(), "to": (step[1] + _DAY * windows.exclusive_end).isoformat()}


def due_tier(windows: Windows, read: Mapping[str, str], now: datetime, interval: timedelta) -> int:
    """The widest tier that must be read now, because the next poll, after ``interval``, would be too late for it.

    ``read`` is what ``tiers_read`` gave. A tier that was never read is due.
    """
    for place, tier in reversed(list(enumerate(windows.tiers))):
        last = read.get(_name(tier))
        if last is None or datetime.fromisoformat(last) + tier.every <= now + interval:
            return place
    return 0


def tiers_read(windows: Windows, read: Mapping[str, str], tier: int | None, began: datetime) -> dict[str, str]:
    """When each tier was last read, after a tier (None: all days) was: its reading covers the narrower ones."""
    done = windows.tiers if tier is None else windows.tiers[: tier + 1]
    known = {_name(one): read[_name(one)] for one in windows.tiers if _name(one) in read}
    return known | {_name(one): began.isoformat() for one in done}


def reaching(windows: Windows, since: date, today: date) -> int | None:
    """The narrowest tier that reaches back to a day; None where only a full scan does."""
    tiers = (place for place in range(len(windows.tiers)) if of_tier(windows, place, today)[0] <= since)
    return next(tiers, None)


def unread(windows: Windows, read: Mapping[str, str], tier: int) -> dict[str, str]:
    """What ``tiers_read`` gave, without a tier: it is due."""
    return {name: when for name, when in read.items() if name != _name(windows.tiers[tier])}


def _name(tier: Tier) -> str:
    """What a tier is kept under: its place may change when a spec does."""
    return str(int(tier.back.total_seconds()))


def _in_days(duration: timedelta) -> timedelta:
    return timedelta(days=-(-duration // _DAY))
