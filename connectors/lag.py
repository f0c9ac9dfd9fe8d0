"""How late a change in the ERP is seen, at worst, by a stream's spec and cadence: pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from connectors.spec import StreamSpec

_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "m"), (timedelta(seconds=1), "s"))


@dataclass(frozen=True, slots=True)
class Lag:
    """``within`` is the longest time until it is seen, between polls that succeed; None: never.

    ``what`` is a new or changed record, or a deleted one; ``text`` is one clause for people.
    """

    what: Literal["change", "delete"]
    within: timedelta | None
    text: str


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often a stream is really read; None stands for its spec."""

    every: timedelta | None = None
    deletes_every: timedelta | None = None


def cadence(stream: StreamSpec) -> timedelta:
    """How often the spec wants a stream to be polled: a stream with windows as often as its narrowest tier."""
    return stream.windows.tiers[0].every if stream.windows else stream.every


def lags(stream: StreamSpec, real: Cadence | None = None) -> tuple[Lag, ...]:
    """All that can be said of a stream: its changes, by tiers where it has windows, then its deletes."""
    given = real or Cadence()
    every = given.every or cadence(stream)
    return (*_changes(stream, every, given), _deletes(stream, every, given))


def worst(found: tuple[Lag, ...], what: Literal["change", "delete"]) -> timedelta | None:
    """The longest of the lags; None: some such thing is never seen."""
    mine = [lag.within for lag in found if lag.what == what]
    known = [within for within in mine if within is not None]
    return max(known) if len(known) == len(mine) else None


def shown(duration: timedelta) -> str:
    """A duration as specs write it, in the largest unit that is exact: ``5m``, ``36h``, ``14d``."""
    unit, sign = next((u for u in _UNITS if not duration % u[0]), _UNITS[-1])
    return f"{duration // unit}{sign}"


def _changes(stream: StreamSpec, every: timedelta, given: Cadence) -> Iterator[Lag]:
    if stream.windows is None:
        way = "asked for" if stream.increment else "found by reading all and comparing"
        yield Lag("change", every, f"changes within {shown(every)}, {way}")
        return
    for tier in stream.windows.tiers:
        within = max(every, tier.every)
        yield Lag("change", within, f"changes of the last {shown(tier.back)} within {shown(within)}")
    full = given.deletes_every or stream.deletes_every
    if stream.deletes == "scan":
        yield Lag("change", full, f"changes of older days within {shown(full)}, by a full scan")
    else:
        yield Lag("change", None, "changes of older days never, until a full scan is asked for")


def _deletes(stream: StreamSpec, every: timedelta, given: Cadence) -> Lag:
    if stream.deletes == "none":
        return Lag("delete", None, "deletes never")
    compared = stream.deletes == "scan" and stream.increment is None and stream.windows is None
    step = every if compared else given.deletes_every or stream.deletes_every
    if stream.lookup_size:
        return Lag("delete", step, f"deletes within {shown(step)}, confirmed by key")
    return Lag("delete", 2 * step, f"deletes within {shown(2 * step)}, after two complete lists without the record")
