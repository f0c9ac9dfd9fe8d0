"""Many seeds on two cores, until one fails or all have passed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from multiprocessing import get_context

from tests.support.simulation.chance import Options
from tests.support.simulation.faults import FAULTS
from tests.support.simulation.run import Outcome, simulate


def one(options: Options, fault: str | None = None) -> Outcome:
    """One simulation, with a known fault in the code or without."""
    with FAULTS[fault]() if fault else nullcontext():
        return simulate(options)


def many(seeds: Sequence[int], fault: str | None = None, processes: int = 2) -> Iterator[Outcome]:
    """The outcomes, in the order of the seeds; what is not needed any more when the caller stops is not run."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        todo = iter(seeds)
        running = [pool.submit(_short, seed, fault) for _, seed in zip(range(processes * 2), todo, strict=False)]
        try:
            while running:
                yield running.pop(0).result()
                running += [pool.submit(_short, seed, fault) for _, seed in zip(range(1), todo, strict=False)]
        finally:
            pool.shutdown(cancel_futures=True)


def first_failure(seeds: Sequence[int], fault: str | None = None, processes: int = 2) -> Outcome | None:
    """The outcome of the first seed that fails, None if all pass."""
    outcomes = many(seeds, fault, processes)
    try:
        return next((outcome for outcome in outcomes if outcome.broken), None)
    finally:
        outcomes.close()  # type: ignore[attr-defined]


def _short(seed: int, fault: str | None) -> Outcome:
    return one(Options(seed), fault)
