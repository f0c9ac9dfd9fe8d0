"""Which limits bind a connection, and what it shares them with. Pure."""

from __future__ import annotations

import math

from connectors.limits import Limits, Scope
from pipeline.budgets.gate import Bound
from pipeline.budgets.pacing import Pace, pace

_LEARNED_ONLY = Pace(interval=0.0, burst=1, slack=math.inf)


def bounds(limits: Limits, system: str, credential: str, connection: str) -> list[Bound]:
    """One bound for each rate. An API that tells its limits in its answers only has one that merely pauses."""
    shared: dict[Scope, str] = {
        "application": system,
        "credential": f"{system}/credential/{credential}",
        "connection": f"{system}/connection/{connection}",
    }
    found = [Bound(f"{shared[rate.scope]}/{rate.per.total_seconds():g}s", pace(rate)) for rate in limits.rates]
    if limits.quota and not found:
        found.append(Bound(f"{shared['credential']}/quota", _LEARNED_ONLY))
    return found
