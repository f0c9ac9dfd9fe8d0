"""CPU of every stage per 1,000 records, beside a plain pipeline of the same records: ``python -m benchmarks.pipeline``.

Only this process's CPU counts; the AWS stand-in is a process of its own. Both sides read their pages from memory.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from benchmarks import ours, peer
from benchmarks.invoices import Source, pages
from benchmarks.measure import STAGES, Costs, per_thousand, records_per_second
from pipeline.aws.access import AwsAccess
from pipeline.local.ministack import ministack
from pipeline.observability import configure_logs
from pipeline.settings import Settings

LIBRARIES = ("aiobotocore", "orjson", "pydantic", "sqlalchemy", "zstandard", "ministack")


async def measure(records: int, page: int, repeat: int) -> dict[str, Any]:
    """Run both sides ``repeat`` times in turn, after one short run of each to warm up."""
    answers = pages(records, page)
    mine: list[Costs] = []
    plain: list[Costs] = []
    with tempfile.TemporaryDirectory() as folder:
        async with ministack(Path(folder) / "aws", region="eu-north-1") as access:
            await _both(access, Path(folder), "w", pages(page, page), page)
            for turn in range(repeat):
                one, other = await _both(access, Path(folder), str(turn), answers, records)
                mine.append(one)
                plain.append(other)
    return _report(records, page, repeat, sum(map(len, answers)) / records, mine, plain)


async def _both(access: AwsAccess, folder: Path, turn: str, answers: list[bytes], records: int) -> tuple[Costs, Costs]:
    settings = Settings(
        home=folder,
        store=f"sqlite:///{folder / f'{turn}.sqlite3'}",
        endpoint=access.endpoint,
        region=access.region,
        access_key=SecretStr(access.access_key or ""),
        secret_key=SecretStr(access.secret_key or ""),
        prefix=f"ours-{turn}-",
        bucket=f"benchmark-{turn}",
    )
    mine = await ours.run(settings, Source(answers), records)
    return mine, await peer.run(access, f"plain-{turn}-", answers, records)


def _report(
    records: int, page: int, repeat: int, size: float, mine: list[Costs], plain: list[Costs]
) -> dict[str, Any]:  # fmt: skip
    us, them = per_thousand(mine, records), per_thousand(plain, records)
    return {
        "records": records,
        "record_bytes": round(size),
        "page_size": page,
        "repeat": repeat,
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()},
        "libraries": {name: version(name) for name in LIBRARIES},
        "cpu_ms_per_1000": {"erpflow": _rounded(us), "plain": _rounded(them)},
        "times_less_cpu": {name: round(them[name] / us[name], 2) for name in us},
        "records_per_second": {
            "erpflow": _rounded(records_per_second(mine, records)),
            "plain": _rounded(records_per_second(plain, records)),
        },
    }


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 1) for name, value in figures.items()}


def _show(report: dict[str, Any]) -> None:
    title = f"CPU ms per 1,000 records of {report['record_bytes']} B ({report['records']:,} records, pages of"
    table = Table(title=f"{title} {report['page_size']}, median of {report['repeat']})")
    for name in ("stage", "erpflow", "plain", "times less", "erpflow records/s", "plain records/s"):
        table.add_column(name, justify="left" if name == "stage" else "right")
    cpu, speed = report["cpu_ms_per_1000"], report["records_per_second"]
    for name in (*STAGES, "total"):
        rates = [f"{speed[side][name]:,.0f}" if name in speed[side] else "" for side in ("erpflow", "plain")]
        costs = [f"{cpu[side][name]:,.1f}" for side in ("erpflow", "plain")]
        table.add_row(name, *costs, f"{report['times_less_cpu'][name]:.2f}", *rates)
    Console().print(table)


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--page", type=int, default=200, help="records of a page")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()
    configure_logs("warning")
    report = asyncio.run(measure(given.records, given.page, given.repeat))
    if given.json:
        print(json.dumps(report, indent=2))
    else:
        _show(report)


if __name__ == "__main__":
    main()
