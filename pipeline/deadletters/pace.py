"""Keeping to a rate: how many letters to run at once, and how long to wait before the next ones. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MOST: Final = 1000
"""Letters in one transaction."""

CATCHING_UP: Final = 1.0
"""Seconds: who is later than that lets the rest go, so that nobody is flooded after an outage."""

_PER_SECOND: Final = 4


def portion(wanted: int, rate: float | None) -> int:
    """How many of the wanted letters to run in one go: at a rate, about a quarter of a second's."""
    return min(wanted, MOST) if rate is None else max(1, min(wanted, MOST, int(rate / _PER_SECOND)))


@dataclass(slots=True)
class Pace:
    """Letters per second at most, None: as fast as it goes. ``due`` is when the next portion may begin, in seconds."""

    rate: float | None
    due: float

    def ran(self, letters: int, began: float, now: float) -> float:
        """Seconds to wait now that so many letters were run, from ``began`` on; 0 where it is late already."""
        if self.rate is None:
            return 0.0
        self.due = max(self.due, began - CATCHING_UP) + letters / self.rate
        return max(0.0, self.due - now)
