"""All known faults by name, and the seeds that can show them."""

from __future__ import annotations

from tests.support.simulation.chance import Options
from tests.support.simulation.desk_faults import DESK_FAULTS
from tests.support.simulation.faults import FAULTS

KNOWN = {**FAULTS, **DESK_FAULTS}

SEEN = {"replay-publishes-before-commit": 24}
"""Where a fault that shows seldom was seen: to look there first saves the seeds before it. They are looked at when the
code has changed so much that it is seen elsewhere."""


def seeds(fault: str, most: int) -> list[int]:
    """Those seeds below ``most`` in which the fault can have an effect."""
    able = [seed for seed in range(most) if fault not in DESK_FAULTS or Options(seed).desk]
    return sorted(able, key=lambda seed: seed != SEEN.get(fault))
