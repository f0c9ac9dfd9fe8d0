"""When the next request may be sent under a limit: the generic cell rate algorithm. Pure.

A limit of N requests in any period is kept strictly: a burst of b, then one request at a time, so spaced that no
window of that length ever holds more than N.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from connectors.limits import Limit

MARGIN, WIDEST = 0.08, 0.25
"""Part of a period, and seconds at most, by which requests are spaced further apart: not all take as long to arrive."""

_LATE = 0.4  # the part of the margin by which one may be sent late; the rest is for its way


class Lane(StrEnum):
    """Who goes first: what changed, before loads and scans."""

    INCREMENT = "increment"
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between requests, how many may come at once, and by how many seconds one may be late."""

    interval: float
    burst: int
    slack: float


@dataclass(frozen=True, slots=True)
class Reserved:
    """A request may be sent ``at`` (seconds of the store's clock); ``marks`` are the limits' states from then on."""

    at: float
    marks: tuple[float, ...]


def pace(limit: Limit) -> Pace:
    """How a limit is kept."""
    seconds = limit.per.total_seconds()
    margin = min(seconds * MARGIN, WIDEST)
    burst = max(1, limit.requests // 20)
    return Pace((seconds + margin) / (limit.requests - burst + 1), burst, margin * _LATE)


def reserve(paces: Sequence[Pace], marks: Sequence[float], now: float) -> Reserved:
    """The earliest moment at which every limit allows one more request.

    ``marks`` say how far each limit is used up: the moment from which it would be unused again.
    """
    free = (mark - (one.burst - 1) * one.interval for one, mark in zip(paces, marks, strict=True))
    at = max(now, *free)
    return Reserved(at, tuple(max(mark, at) + one.interval for one, mark in zip(paces, marks, strict=True)))


def given_back(paces: Sequence[Pace], left: Sequence[float], marks: Sequence[float]) -> tuple[float, ...]:
    """The marks without a slot that was not used.

    ``left`` are the marks as its reservation left them. Where another was reserved behind it, it is lost: the
    others' moments stand.
    """
    several = zip(paces, left, marks, strict=True)
    return tuple(mark - one.interval if mark == then else mark for one, then, mark in several)


def held(one: Pace, mark: float, until: float) -> float:
    """The mark of a limit that must not be used before ``until``."""
    return max(mark, until + (one.burst - 1) * one.interval)


AHEAD = 0.5
"""Seconds that loads and scans may reserve ahead, so that a change that comes now waits no longer than that."""

PATIENCE = 60.0
"""Seconds that a request waits at the gate; one that would wait longer is left to the stream's next due time."""

_FAIR = 20.0  # seconds after which a load that was always overtaken has its turn


def may_take(lane: Lane, ahead: float, waited: float) -> bool:
    """Whether a slot ``ahead`` seconds from now may be taken by one that has waited for so long."""
    return lane is Lane.INCREMENT or ahead <= AHEAD or waited >= _FAIR
