"""Keeping to a rate: how many letters to run at once, and how long to wait before the next ones. Pure."""

from __future__ import annotations

from typing import Final

MOST: Final = 500
"""Letters in one transaction."""

_PER_SECOND: Final = 10


def portion(wanted: int, rate: float | None) -> int:
    """How many of the wanted letters to run in one go: at a rate, about a tenth of a second's."""
    return min(wanted, MOST) if rate is None else max(1, min(wanted, MOST, int(rate / _PER_SECOND)))


def wait(done: int, elapsed: float, rate: float | None) -> float:
    """Seconds to wait when ``done`` letters were run within ``elapsed`` seconds; 0 where it is late already."""
    return 0.0 if rate is None else max(0.0, done / rate - elapsed)
