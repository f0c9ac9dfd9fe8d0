"""What the seed decides: which kinds of fault a simulation has, how often they strike, and everything else by chance.

Each purpose has a stream of random numbers of its own, so that switching one kind of fault off changes as little of
the rest as can be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

RATES: dict[str, tuple[float, float]] = {
    "kill": (0.001, 0.012),
    "freeze": (0.001, 0.008),
    "slow": (0.01, 0.08),
    "store": (0.002, 0.02),
    "broker": (0.005, 0.05),
    "partial": (0.01, 0.1),
    "duplicate": (0.02, 0.2),
    "delay": (0.05, 0.5),
    "archive": (0.01, 0.15),
    "erp": (0.002, 0.03),
    "clock": (0.2, 1.0),
    "restart": (0.1, 0.6),
    "blink": (0.05, 0.3),
    "lost": (0.01, 0.06),
    "wipe": (0.1, 0.4),
    "undelivered": (0.01, 0.08),
    "rot": (0.02, 0.1),
    "litter": (0.2, 0.8),
}
"""Kinds of fault, with the least and the most that a seed may draw as their rate (see ``strikes`` for what of)."""

NEEDS_DESK = frozenset({"undelivered", "rot", "litter"})
"""What ends in dead letters; seeds without a desk do not have it."""

NEEDS_AUDIT = frozenset({"lost", "wipe"})
"""Losses that only the audit makes good; seeds without it do not have them."""


@dataclass(frozen=True)
class Options:
    """A simulation: the seed, and what of it is left out. Shrinking a failure means to leave more and more out."""

    seed: int
    off: frozenset[str] = frozenset()
    mutations: int = 66
    dropped: frozenset[int] = frozenset()
    seconds: int = 210

    @property
    def desk(self) -> bool:
        """A third of the seeds has dead letters, operators who replay them, and mappings that are mended meanwhile."""
        return self.seed % 3 == 0

    @property
    def audited(self) -> bool:
        """Half of the seeds run without the audit, so that it cannot heal what it should not."""
        return self.seed % 2 == 0


@dataclass
class Chance:
    """Random numbers by purpose, and the faults."""

    options: Options
    on: bool = True
    rates: dict[str, float] = field(default_factory=dict)
    _streams: dict[str, Random] = field(default_factory=dict)

    def __post_init__(self) -> None:
        random = self.of("rates")
        for kind, (least, most) in RATES.items():
            wanted, rate = random.random() < 0.65, random.uniform(least, most)
            if wanted and self._allowed(kind):
                self.rates[kind] = rate

    def _allowed(self, kind: str) -> bool:
        options = self.options
        needed = (options.audited or kind not in NEEDS_AUDIT) and (options.desk or kind not in NEEDS_DESK)
        return needed and kind not in options.off

    def of(self, purpose: str) -> Random:
        """The random numbers of one purpose."""
        if purpose not in self._streams:
            self._streams[purpose] = Random(f"{self.options.seed}/{purpose}")
        return self._streams[purpose]

    def strikes(self, kind: str) -> bool:
        """Whether a fault happens here and now; never after the dust has begun to settle."""
        rate = self.rates.get(kind)
        return self.on and rate is not None and self.of(kind).random() < rate

    def between(self, purpose: str, least: float, most: float) -> float:
        """A number for a purpose."""
        return self.of(purpose).uniform(least, most)
