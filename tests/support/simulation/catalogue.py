"""All known faults by name, and the seeds that can show them."""

from __future__ import annotations

from tests.support.simulation.chance import Options
from tests.support.simulation.desk_faults import DESK_FAULTS
from tests.support.simulation.faults import FAULTS

KNOWN = {**FAULTS, **DESK_FAULTS}

SELDOM = frozenset(
    {"late-note-of-a-replay", "letters-not-looked-at-again", "replay-without-lock", "unchanged-written-last"}
)
"""Faults of the desk that show in one of many seeds: they are looked for at night."""

SEEN = {"messages-not-taken-back": 30, "pass-number-not-drawn": 12, "replay-publishes-before-commit": 24}
"""Where a fault was seen: to look there first saves those before it, which follow when it shows elsewhere."""


def seeds(fault: str, most: int) -> list[int]:
    """Those seeds below ``most`` in which the fault can have an effect."""
    able = [seed for seed in range(most) if fault not in DESK_FAULTS or Options(seed).desk]
    return sorted(able, key=lambda seed: seed != SEEN.get(fault))
