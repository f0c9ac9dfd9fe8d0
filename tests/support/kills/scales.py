"""How big a storm is, and what strikes in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.kills.steps import How

SMALL = 10_000


@dataclass(frozen=True, slots=True)
class Weather:
    """What strikes: so often at random moments, and in these ways once at every named step."""

    kills: int = 0
    freezes: int = 0
    steps: tuple[How, ...] = ()
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Scale:
    """How much there is to read, and how long that may take in seconds.

    ``grace`` is how long an event may be published without being marked before the relay publishes it again: the
    bigger the pages, the longer it takes.
    """

    records: int
    companies: int
    page_size: int
    grace: float
    most: float

    @property
    def settings(self) -> dict[str, Any]:
        """Of the workers: everything short, and few things in hand, so that a kill does not stop all connections."""
        return {
            "lease_seconds": 5, "visibility_seconds": 5, "grace_seconds": self.grace, "tick_seconds": self.grace / 4,
            "wait_seconds": 1, "stop_seconds": 10, "log_level": "info", "concurrency": 2,
        }  # fmt: skip

    @property
    def frozen_for(self) -> float:
        """Longer than lease and visibility."""
        return 7.5

    @property
    def schedule(self) -> dict[str, Any]:
        """Projects are read as a whole each time: the more there are, the seldomer.

        Connectors that never come to an end let wake-ups pile up, and a new connection waits behind them.
        """
        whole = max(3, self.records // 1500)
        return {"every": max(1.5, whole / 6), "deletes_every": 2 * whole, "streams": {"projects": {"every": whole}}}


def scale_of(records: int) -> Scale:
    """Many records come from more companies and in bigger pages, and may take an hour."""
    if records <= SMALL:
        return Scale(records, companies=6, page_size=50, grace=2, most=300)
    return Scale(records, companies=9, page_size=200, grace=8, most=3600)


def weather_of(store: str, kills: int, seed: int = 1) -> Weather:
    """Kills at random moments and at each step; on PostgreSQL as well freezes: on SQLite a frozen writer stops all."""
    if store == "sqlite":
        return Weather(kills, steps=("kill",), seed=seed)
    return Weather(kills, freezes=max(kills // 10, 3), steps=("kill", "freeze"), seed=seed)
