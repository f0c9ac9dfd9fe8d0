"""The whole pipeline under a scheduler that a seed drives. To look at a failure:

python -m tests.support.simulation trace SEED
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from tests.support.simulation.catalogue import KNOWN, SELDOM, seeds
from tests.support.simulation.chance import Options
from tests.support.simulation.many import first_failure, one, workers
from tests.support.simulation.run import simulate
from tests.support.simulation.shrink import shrink

ROOT = Path(__file__).parents[2]
SEEDS = int(os.environ.get("SIMULATION_SEEDS", "300"))
CAUGHT_WITHIN = 300
LOOKED_FOR = KNOWN.keys() - SELDOM if SEEDS <= CAUGHT_WITHIN else KNOWN.keys()


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    """The processes that all tests here share."""
    with workers() as found:
        yield found


def test_everything_holds_whatever_strikes(pool: ProcessPoolExecutor) -> None:
    failed = first_failure(pool, range(SEEDS))
    assert failed is None, f"seed {failed.options.seed} breaks {failed.broken}; see the trace command above"


@pytest.mark.parametrize("seed", [3, 4])
def test_a_seed_replays_exactly_in_another_process(seed: int) -> None:
    here = simulate(Options(seed))
    command = [sys.executable, "-m", "tests.support.simulation", "trace", str(seed)]
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    there = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert here.digest in there.stdout, there.stderr
    assert simulate(Options(seed)).digest == here.digest


def test_another_seed_is_another_story() -> None:
    assert simulate(Options(3)).digest != simulate(Options(5)).digest


def test_seeds_without_the_audit_lose_no_message() -> None:
    outcome = simulate(Options(5))
    assert not outcome.options.audited
    assert not any("broker lost" in line for line in outcome.trace)


@pytest.mark.parametrize("fault", sorted(LOOKED_FOR))
def test_a_known_fault_is_noticed(pool: ProcessPoolExecutor, fault: str) -> None:
    assert first_failure(pool, seeds(fault, max(CAUGHT_WITHIN, SEEDS)), fault) is not None


def test_a_failure_shrinks_and_still_fails_in_the_same_way(pool: ProcessPoolExecutor) -> None:
    failed = first_failure(pool, range(50), "no-epoch-check")
    assert failed is not None
    kind = failed.broken[0].split(":")[0]
    small = shrink(failed, lambda options: one(options, "no-epoch-check"), most=12)
    assert any(broken.startswith(kind) for broken in small.broken)
    assert small.options.off
    assert small.options.seconds < failed.options.seconds
