"""One storm by hand: ``python -m tests.support.replay_kills --letters 1200 --replays 100 --kills 40``."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from pipeline.local.ministack import ministack
from pipeline.observability import configure_logs
from tests.support.ministack import REGION
from tests.support.replay_kills.storm import Scale, hows, storm
from tests.support.replay_kills.verdict import Outcome
from tests.support.stores import new_database, postgres


def main() -> int:
    """Exit status: 0 all held, 1 something did not; the logs stay then."""
    given = _arguments()
    configure_logs("error")
    home = Path(tempfile.mkdtemp(prefix="erpflow-replay-kills-"))
    scale = Scale(given.letters, given.replays, given.kills, hows(given.store, long=True), given.seed, most=3600)
    if given.store == "sqlite":
        outcome = _run(f"sqlite:///{home / 'store.sqlite3'}", home, scale)
    else:
        with postgres() as server:
            outcome = _run(new_database(server), home, scale)
    print(", ".join(f"{name} {value}" for name, value in outcome.figures.items()))
    print("\n".join(outcome.wrong) or "Each letter took effect once.")
    if outcome.wrong:
        print(f"The logs are in {home}.")
    else:
        shutil.rmtree(home)
    return 1 if outcome.wrong else 0


def _run(url: str, home: Path, scale: Scale) -> Outcome:
    async def run() -> Outcome:
        async with ministack(home / "aws", region=REGION) as access:
            return await storm(access, url, home, scale)

    return asyncio.run(run())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.support.replay_kills", description=__doc__)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--letters", type=int, default=1200)
    parser.add_argument("--replays", type=int, default=100)
    parser.add_argument("--kills", type=int, default=40, help="at random moments; those at named steps come on top")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
