"""CPU of extraction per 1,000 records, beside dlt, airbyte-cdk and a singer-sdk tap: ``python -m benchmarks.extract``.

Every side is a process that reads the same made-up ERP over HTTP. What counts is the process's CPU, user and system,
of many pages less that of a few: starting up costs each of them a second or two and says nothing about records.
erpflow's side ends with the page journaled in SQLite and published on SNS, dlt's with JSON lines in a local file,
the other two with records on standard output. Each of them keeps its place by the records' change stamps, too. The
peers get environments of their own, made by uv at the first run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.erp import PAGE
from pipeline.aws.access import AwsAccess
from pipeline.local.ministack import ministack

PEERS = {
    "dlt": ("dlt==1.31.0", "dlt_source.py"),
    "airbyte-cdk": ("airbyte-cdk==7.39.1", "airbyte_source.py"),
    "singer-sdk": ("singer-sdk==0.54.9", "singer_tap.py"),
}
TARGETS = {"dlt": 4, "airbyte-cdk": 8, "singer-sdk": 11}
"""How many times less erpflow should need."""

FEW = 5
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Side:
    """One of those that are compared: its command, to which the address and a folder are added."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    on_output: bool


def cpu(side: Side, address: str, pages: int) -> float:
    """CPU seconds of one run; raises RuntimeError where not all records came."""
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("w+") as log:
        command = [*side.command, f"{address}/{pages}", folder]
        environment = {**os.environ, **side.environment}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment, cwd=ROOT)
        assert process.stdout is not None
        with process.stdout as output:
            found = _records(output, side.on_output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode or found != pages * PAGE:
            log.seek(0)
            raise RuntimeError(f"{side.name} gave {found} of {pages * PAGE} records: {log.read()[-2000:]}")
    return usage.ru_utime + usage.ru_stime


def _records(output: Any, on_output: bool) -> int:
    if on_output:
        return sum(b'"RECORD"' in line[:60] or b'"record"' in line[:60] for line in output)
    lines = output.read().split()
    return int(lines[-1]) if lines else 0


def per_thousand(side: Side, address: str, pages: int) -> float:
    """Milliseconds of CPU for 1,000 more records."""
    few = cpu(side, address, FEW)
    return (cpu(side, address, pages) - few) * 1e6 / ((pages - FEW) * PAGE)


@contextmanager
def erp(pages: int) -> Iterator[str]:
    """The made-up ERP as a process; its address."""
    command = [sys.executable, "-m", "benchmarks.erp", str(pages)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def peer(name: str, home: Path) -> Side:
    """A peer in its own environment, which is made where there is none."""
    requirement, program = PEERS[name]
    folder = home / name
    python = folder / "bin" / "python"
    if not python.exists():
        uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
        if uv is None:
            raise SystemExit("The peers are installed with uv; make bench brings it, or: pip install uv.")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), requirement], check=True)
    environment = {"RUNTIME__DLTHUB_TELEMETRY": "false"}
    return Side(name, (str(python), str(ROOT / "benchmarks/extractors" / program)), environment, name != "dlt")


def ours(access: AwsAccess, turn: int) -> Side:
    """erpflow, with topics and queues of its own."""
    environment = {
        "ERPFLOW_ENDPOINT": access.endpoint or "", "ERPFLOW_REGION": access.region,
        "ERPFLOW_ACCESS_KEY": access.access_key or "", "ERPFLOW_SECRET_KEY": access.secret_key or "",
        "ERPFLOW_PREFIX": f"extract-{turn}-", "ERPFLOW_BUCKET": f"extract-{turn}",
    }  # fmt: skip
    return Side("erpflow", (sys.executable, "-m", "benchmarks.extractors.ours"), environment, on_output=False)


async def measure(pages: int, repeat: int, home: Path) -> dict[str, Any]:
    """Every side in turn, ``repeat`` times."""
    peers = [peer(name, home) for name in PEERS]
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, erp(pages) as address:
        for turn in range(repeat):
            async with ministack(Path(folder) / str(turn), region="eu-north-1") as access:
                for side in (ours(access, turn), *peers):
                    cost = await asyncio.to_thread(per_thousand, side, address, pages)
                    found.setdefault(side.name, []).append(cost)
    costs = {name: median(values) for name, values in found.items()}
    return {
        "pages": pages,
        "repeat": repeat,
        "cpu_ms_per_1000": {name: round(cost, 2) for name, cost in costs.items()},
        "times_less_cpu": {name: round(costs[name] / costs["erpflow"], 1) for name in PEERS},
        "targets": TARGETS,
    }


def _show(report: dict[str, Any]) -> None:
    table = Table(title=f"CPU ms per 1,000 records ({report['pages'] - FEW} pages, median of {report['repeat']})")
    for name in ("", "CPU ms", "times erpflow's", "at least"):
        table.add_column(name, justify="right" if name else "left")
    for name, cost in report["cpu_ms_per_1000"].items():
        times = f"{report['times_less_cpu'].get(name, 1):.1f}"
        table.add_row(name, f"{cost:.1f}", times, str(report["targets"].get(name, "")))
    Console().print(table)


def main() -> int:
    """Measure and show; exit status 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pages", type=int, default=55)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--peers", type=Path, default=ROOT / ".peers", help="where their environments are")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()
    report = asyncio.run(measure(given.pages, given.repeat, given.peers.resolve()))
    if given.json:
        print(json.dumps(report, indent=2))
    else:
        _show(report)
    return int(any(report["times_less_cpu"][name] < least for name, least in TARGETS.items()))


if __name__ == "__main__":
    sys.exit(main())
