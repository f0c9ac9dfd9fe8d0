"""One calm run and one with kills, compared: ``python -m tests.support.kills --records 100000 --kills 300``."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.local.ministack import ministack
from tests.support.kills.scales import Scale, Weather, scale_of, weather_of
from tests.support.kills.storm import storm
from tests.support.kills.verdict import Outcome, differences
from tests.support.ministack import REGION
from tests.support.stores import new_database, postgres


def main() -> int:
    """Exit status: 0 all held, 1 something did not; the logs stay then."""
    given = _arguments()
    home = Path(tempfile.mkdtemp(prefix="erpflow-kills-"))
    with _store(given.store, home) as (calm_url, url):
        scale = scale_of(given.records)
        calm = _run(home / "calm", calm_url, scale, Weather())
        struck = _run(home / "struck", url, scale, weather_of(given.store, given.kills, given.seed))
    wrong = [*calm.wrong, *struck.wrong, *differences(calm, struck)]
    print("\n".join(wrong) or "The ledger and the reader have what they have after an undisturbed run.")
    if wrong:
        print(f"The logs are in {home}.")
    else:
        shutil.rmtree(home)
    return 1 if wrong else 0


def _run(home: Path, url: str, scale: Scale, weather: Weather) -> Outcome:
    async def run() -> Outcome:
        async with ministack(home / "aws", region=REGION) as access:
            return await storm(access, url, home, scale, weather)

    outcome = asyncio.run(run())
    print(f"{home.name}: " + ", ".join(f"{name} {value}" for name, value in outcome.figures.items()), flush=True)
    return outcome


@contextmanager
def _store(kind: str, home: Path) -> Iterator[tuple[str, str]]:
    if kind == "sqlite":
        yield f"sqlite:///{home / 'calm.sqlite3'}", f"sqlite:///{home / 'struck.sqlite3'}"
        return
    with postgres() as server:
        yield new_database(server), new_database(server)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.support.kills", description=__doc__)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=300, help="at random moments; those at named steps come on top")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
