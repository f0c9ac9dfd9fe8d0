"""The command line of the simulation; see the package."""

from __future__ import annotations

import argparse
import sys
import time

from tests.support.simulation.catalogue import KNOWN
from tests.support.simulation.chance import Options
from tests.support.simulation.many import many, one, workers
from tests.support.simulation.run import Outcome
from tests.support.simulation.shrink import shrink


def main() -> int:
    """Exit status: 0 all held, 1 something broke."""
    given = _arguments()
    if given.command == "trace":
        outcome = one(Options(given.seed), given.fault)
        return _told(outcome, full=True)
    began, passed, steps = time.monotonic(), 0, 0
    seeds = range(given.first, given.first + given.number)
    with workers(given.processes) as pool:
        for outcome in many(pool, seeds, given.fault):
            if outcome.broken:
                print(f"{passed} seeds passed before it.")
                return _told(shrink(outcome, lambda options: one(options, given.fault)), full=False)
            passed, steps = passed + 1, steps + outcome.steps
    print(f"{passed} seeds passed, {steps} steps, {time.monotonic() - began:.0f} s.")
    return 0


def _told(outcome: Outcome, full: bool) -> int:
    options = outcome.options
    if full or outcome.broken:
        print("\n".join(outcome.trace))
    for broken in outcome.broken:
        print(f"BROKEN  {broken}")
    left_out = f"without {', '.join(sorted(options.off)) or 'nothing'} and {len(options.dropped)} mutations"
    print(f"Seed {options.seed}, {options.seconds} s, {left_out}; audit: {options.audited}; digest {outcome.digest}.")
    return 1 if outcome.broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.support.simulation", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run, trace = commands.add_parser("run"), commands.add_parser("trace")
    run.add_argument("number", type=int, help="how many seeds")
    run.add_argument("--first", type=int, default=0, help="the first of them")
    run.add_argument("--processes", type=int, default=2)
    trace.add_argument("seed", type=int)
    for command in (run, trace):
        command.add_argument("--break", dest="fault", choices=KNOWN, help="re-introduce a known fault")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
