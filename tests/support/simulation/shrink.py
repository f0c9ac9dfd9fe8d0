"""Making a failing simulation as small as it can be while it still fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.support.simulation.chance import RATES, Options
from tests.support.simulation.run import Outcome, simulate

MOST = 60
"""Simulations that a shrink may take."""


def shrink(failed: Outcome, run: Callable[[Options], Outcome] = simulate, most: int = MOST) -> Outcome:
    """Leave out time, then kinds of fault, then mutations, as long as the first broken invariant stays broken."""
    wanted, left = _kind(failed.broken[0]), most
    for better in (_less_time, _fewer_faults, _fewer_mutations):
        tried = better(failed.options)
        for change in tried:
            if left == 0:
                return failed
            left -= 1
            outcome = run(change(failed.options))
            if any(_kind(broken) == wanted for broken in outcome.broken):
                failed = outcome
    return failed


def _kind(broken: str) -> str:
    return broken.split(":")[0]


Change = Callable[[Options], Options]


def _fewer_faults(options: Options) -> Iterator[Change]:
    for kind in RATES:
        yield lambda now, kind=kind: replace(now, off=now.off | {kind})  # type: ignore[misc]


def _less_time(options: Options) -> Iterator[Change]:
    for seconds in (options.seconds // 2, options.seconds // 4):
        yield lambda now, seconds=seconds: replace(now, seconds=seconds)  # type: ignore[misc]


def _fewer_mutations(options: Options) -> Iterator[Change]:
    """Halves, quarters, and so on of those that there are."""
    size = options.mutations // 2
    while size >= 3:
        for start in range(0, options.mutations, size):
            some = frozenset(range(start, min(start + size, options.mutations)))
            yield lambda now, some=some: replace(now, dropped=now.dropped | some)  # type: ignore[misc]
        size //= 2
