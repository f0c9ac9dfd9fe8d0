"""Many seeds on all cores, until one fails or all have passed."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from itertools import islice
from multiprocessing import get_context

from tests.support.simulation.catalogue import KNOWN
from tests.support.simulation.chance import Options
from tests.support.simulation.run import Outcome, simulate

AHEAD = 2 * (os.cpu_count() or 2)
"""Simulations that are handed out at once, so that no process waits for the caller."""


def one(options: Options, fault: str | None = None) -> Outcome:
    """One simulation, with a known fault in the code or without."""
    with KNOWN[fault]() if fault else nullcontext():
        return simulate(options)


@contextmanager
def workers(processes: int | None = None) -> Iterator[ProcessPoolExecutor]:
    """Processes for simulations, one for each core: to start them takes as long as several simulations."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


def many(pool: ProcessPoolExecutor, seeds: Iterable[int], fault: str | None = None) -> Generator[Outcome, None, None]:
    """The outcomes, in the order of the seeds; what is not needed any more when the caller stops is not run."""
    todo = iter(seeds)
    running = [pool.submit(_short, seed, fault) for seed in islice(todo, AHEAD)]
    try:
        while running:
            yield running.pop(0).result()
            running += [pool.submit(_short, seed, fault) for seed in islice(todo, 1)]
    finally:
        for waiting in running:
            waiting.cancel()


def first_failure(pool: ProcessPoolExecutor, seeds: Iterable[int], fault: str | None = None) -> Outcome | None:
    """The outcome of the first seed that fails, None if all pass."""
    with closing(many(pool, seeds, fault)) as outcomes:
        return next((outcome for outcome in outcomes if outcome.broken), None)


def _short(seed: int, fault: str | None) -> Outcome:
    return one(Options(seed), fault)
