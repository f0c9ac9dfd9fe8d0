"""How often streams can be read under the limits of a system: the plan that keeps the gate from being crowded. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from connectors.lag import cadence
from connectors.limits import Limit
from connectors.spec import ConnectorSpec, StreamSpec

SHARE = 0.8
"""The part of a limit that is planned for; the rest is for first loads, retries and what operators ask for."""

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Sharers:
    """How many connections share one application, and how many one credential."""

    application: int = 1
    credential: int = 1


@dataclass(frozen=True, slots=True)
class Cadence:
    """One stream in the plan: how often it is wanted and can be read, and the requests that this takes a day."""

    stream: str
    wanted: timedelta
    allowed: timedelta
    requests: float


@dataclass(frozen=True, slots=True)
class Use:
    """How far the plan uses one limit, of which 1.0 is all."""

    limit: Limit
    sharers: int
    used: float


@dataclass(frozen=True, slots=True)
class Plan:
    """The cadences of one connection. ``stretch`` is the factor by which its wishes exceed what the limits allow."""

    stretch: float
    streams: tuple[Cadence, ...]
    limits: tuple[Use, ...]


def plan(spec: ConnectorSpec, sharers: Sharers, pages: Mapping[str, int], faster: Mapping[str, timedelta]) -> Plan:
    """Derive each stream's cadence from all limits that bind it.

    ``pages`` are the requests that a reading of a whole stream took last time, 1 where it is not known; ``faster``
    are the intervals that the connection's schedule sets in the place of the spec's.
    """
    wishes = {stream.name: faster.get(stream.name, cadence(stream)) for stream in spec.streams}
    loads = {stream.name: load(stream, wishes[stream.name], pages.get(stream.name, 1)) for stream in spec.streams}
    factor = stretch(sum(loads.values()), spec.limits.rates, sharers)
    return Plan(
        factor,
        tuple(Cadence(name, wishes[name], wishes[name] * factor, loads[name] * _DAY / factor) for name in wishes),
        tuple(_use(limit, sharers, sum(loads.values()) / factor) for limit in spec.limits.rates),
    )


def load(stream: StreamSpec, every: timedelta, pages: int) -> float:
    """Requests a second that a stream makes when nothing happens: its polls, and its looks for deletes."""
    polls = 1 if stream.increment else pages
    found = polls / max(every.total_seconds(), 1.0)
    if stream.windows:
        steps = [(tier.back / stream.windows.step + 1) / tier.every.total_seconds() for tier in stream.windows.tiers]
        found = sum(steps)
    if stream.deletes != "none" and (stream.increment or stream.windows):
        found += pages / max(stream.deletes_every.total_seconds(), 1.0)
    return found


def stretch(demand: float, limits: Sequence[Limit], sharers: Sharers) -> float:
    """The factor, 1.0 at least, by which intervals must grow so that every limit is kept to its planned share."""
    return max([1.0, *(_use(limit, sharers, demand).used / SHARE for limit in limits)])


def _use(limit: Limit, sharers: Sharers, demand: float) -> Use:
    by_scope = {"application": sharers.application, "credential": sharers.credential, "connection": 1}
    count = by_scope[limit.scope]
    return Use(limit, count, demand * count * limit.per.total_seconds() / limit.requests)
