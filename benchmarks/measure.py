"""CPU time of this process, stage by stage."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

STAGES = ("poll", "transform", "distribute")


@dataclass(slots=True)
class Costs:
    """Seconds of CPU (all threads of this process, no child) and of the clock, by stage, summed."""

    cpu: dict[str, float] = field(default_factory=dict)
    wall: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, stage: str) -> Iterator[Callable[[], None]]:
        """Count what the block costs; garbage goes first, so that no stage pays for another.

        The block may say when the work was done, if it ends with waiting.
        """
        gc.collect()
        cpu, begun = time.process_time(), time.perf_counter()
        ended: list[float] = []
        yield lambda: ended.append(time.perf_counter())
        self.cpu[stage] = self.cpu.get(stage, 0.0) + time.process_time() - cpu
        self.wall[stage] = self.wall.get(stage, 0.0) + max(ended, default=time.perf_counter()) - begun


def per_thousand(runs: list[Costs], records: int) -> dict[str, float]:
    """Milliseconds of CPU per 1,000 records: the median run of each stage, and their sum as ``total``."""
    found = {stage: median(run.cpu[stage] for run in runs) * 1e6 / records for stage in STAGES}
    return {**found, "total": sum(found.values())}


def records_per_second(runs: list[Costs], records: int) -> dict[str, float]:
    """Records per second of the clock; the broker shared the machine."""
    return {stage: records / median(run.wall[stage] for run in runs) for stage in STAGES}
