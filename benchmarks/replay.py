"""Letters replayed per second, with PostgreSQL and publishing: ``python -m benchmarks.replay``.

Rejected records (customers of 0.5 KB, invoices of 1.4 KB) of many tenants are replayed by processes of their own, each
with a share of the streams: mapped once more, decided, written to ledger, letters, books and outbox in PostgreSQL, and
published as events by aiobotocore. SNS is the sink (``benchmarks.sink``), a process that takes everything, because the
CPU of an emulator of SNS is not ours; ``--broker ministack`` publishes to MiniStack instead. All of them share this
machine's cores, and the CPU of each is told apart. ``--rate`` measures how closely a set rate is kept.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import psutil
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from benchmarks.rejects import KINDS, fill
from pipeline.archive.s3 import open_archive
from pipeline.aws.access import AwsAccess
from pipeline.local.ministack import ministack
from pipeline.observability import configure_logs
from pipeline.store import migrate
from pipeline.store.engine import Store
from pipeline.store.tables import letters, outbox
from pipeline.topology.apply import ensure
from pipeline.topology.model import Topology
from tests.support.stores import new_database, postgres

ROOT = Path(__file__).parents[1]
BUCKET = "replay"
TARGET = 5000
"""Letters per second: ten times what a redrive of SQS does."""
KEPT = 0.05
"""How much a set rate may be missed by."""
RATES = (50.0, 500.0, 2000.0)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is run: so many letters over so many tenants, by so many processes."""

    kind: str
    letters: int
    tenants: int
    processes: int
    rate: float | None = None


async def replayed(access: AwsAccess, server: str, sink: str | None, shape: Shape) -> dict[str, Any]:
    """Run one shape on a database of its own; raises RuntimeError where a letter was not run or an event not sent."""
    url = new_database(server)
    with tempfile.TemporaryDirectory() as folder:
        async with Store.open(url) as store:
            await migrate.upgrade(store)
            await ensure(access, Topology("replay-", (), (), (), BUCKET))
            async with open_archive(access, BUCKET) as archive:
                cause = await fill(store, archive, shape.kind, shape.letters, shape.tenants)
            async with store.engine.connect() as connection:
                await connection.exec_driver_sql("analyze")
        with _processes(_orders(access, url, Path(folder), sink, cause, shape)) as running:
            before = _cpu(server, sink, access)
            told = await asyncio.to_thread(_go, running)
            after = _cpu(server, sink, access)
        async with Store.open(url) as store:
            await _check(store, shape.letters, told)
    return _figures(shape, told, {name: after[name] - before[name] for name in before})


def _orders(
    access: AwsAccess, url: str, folder: Path, sink: str | None, cause: str, shape: Shape
) -> Iterator[dict[str, Any]]:
    settings = {
        "home": str(folder), "store": url, "endpoint": access.endpoint, "region": access.region,
        "access_key": access.access_key, "secret_key": access.secret_key, "prefix": "replay-", "bucket": BUCKET,
    }  # fmt: skip
    for part in range(shape.processes):
        share = {} if shape.processes == 1 else {"share": [part + 1, shape.processes]}
        rate = shape.rate and shape.rate / shape.processes
        yield {"settings": settings, "sink": sink, "filter": {"cause": cause, **share}, "rate": rate}


@contextmanager
def _processes(orders: Iterator[dict[str, Any]]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Replaying processes that are ready to go."""
    command = [sys.executable, "-m", "benchmarks.replaying"]
    running: list[subprocess.Popen[bytes]] = []
    try:
        for order in orders:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
            running.append(process)
            _tell(process, orjson.dumps(order))
        for process in running:
            _hear(process)
        yield running
    finally:
        for process in running:
            process.kill()
            process.communicate()


def _go(running: Sequence[subprocess.Popen[bytes]]) -> list[dict[str, Any]]:
    for process in running:
        _tell(process, b"go")
    return [_hear(process) for process in running]


def _tell(process: subprocess.Popen[bytes], line: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(line + b"\n")
    process.stdin.flush()


def _hear(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("a replaying process ended by itself")
    return dict(orjson.loads(line))


async def _check(store: Store, wanted: int, ended: list[dict[str, Any]]) -> None:
    async with store.reading() as tx:
        closed = (await tx.execute(select(func.count()).where(letters.c.state == "closed"))).scalar()
        sent = outbox.c.topic.startswith("information") & outbox.c.sent_at.is_not(None)
        told = (await tx.execute(select(func.count()).where(sent))).scalar()
    if (closed, told) != (wanted, wanted):
        raise RuntimeError(f"of {wanted} letters {closed} were closed, and {told} events sent: {ended}")


def _figures(shape: Shape, told: list[dict[str, Any]], cpu: dict[str, float]) -> dict[str, Any]:
    wall = max(one["wall"] for one in told)
    cpu["erpflow"] = sum(one["cpu"] for one in told)
    return {
        "kind": shape.kind,
        "letters": shape.letters,
        "tenants": shape.tenants,
        "processes": shape.processes,
        "rate": shape.rate,
        "per_second": round(shape.letters / wall, 1),
        "cpu_us_per_letter": {name: round(value * 1e6 / shape.letters, 1) for name, value in cpu.items()},
        "cores_busy": round(sum(cpu.values()) / wall, 2),
    }


def _cpu(server: str, sink: str | None, access: AwsAccess) -> dict[str, float]:
    """CPU seconds so far of what runs beside: PostgreSQL, and what stands in for SNS."""
    ports = {"postgresql": server, ("sink" if sink else "ministack"): sink or access.endpoint or ""}
    return {name: _of_port(int(url.rsplit(":", 1)[1].split("/")[0])) for name, url in ports.items()}


def _of_port(port: int) -> float:
    """CPU seconds of the process that listens there, and of its children, ended ones included."""
    listening = (one for one in psutil.net_connections("tcp") if one.status == psutil.CONN_LISTEN)
    pid = next(one.pid for one in listening if one.laddr.port == port and one.pid)
    process = psutil.Process(pid)
    ended = process.cpu_times()
    total = ended.user + ended.system + ended.children_user + ended.children_system
    for child in process.children(recursive=True):
        used = child.cpu_times()
        total += used.user + used.system
    return total


@contextmanager
def sinking() -> Iterator[str]:
    """The sink as a process; its address."""
    command = [sys.executable, "-m", "benchmarks.sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def taken(sink: str) -> int:
    """How many messages the sink took."""
    with urllib.request.urlopen(sink) as answer:
        return int(answer.read())


async def measure(shapes: Sequence[Shape], broker: str) -> list[dict[str, Any]]:
    """Run the shapes one after the other."""
    with tempfile.TemporaryDirectory() as folder, postgres() as server, sinking() as sink:
        async with ministack(Path(folder) / "aws", region="eu-north-1") as access:
            return [await replayed(access, server, sink if broker == "sink" else None, shape) for shape in shapes]


def _show(found: Sequence[dict[str, Any]]) -> None:
    table = Table(title="Replay of rejected records")
    for name in (
        "records",
        "letters",
        "tenants",
        "processes",
        "set rate",
        "letters/s",
        "CPU us per letter",
        "cores busy",
    ):
        table.add_column(name, justify="right")
    for one in found:
        cpu = ", ".join(f"{name} {value:.0f}" for name, value in one["cpu_us_per_letter"].items())
        cells = (
            one["kind"],
            one["letters"],
            one["tenants"],
            one["processes"],
            one["rate"] or "",
            one["per_second"],
            cpu,
        )
        table.add_row(*map(str, cells), str(one["cores_busy"]))
    Console().print(table)


def main() -> int:
    """Measure and show; exit status 1 where replays are slower than the target, or a set rate is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--letters", type=int, default=20_000)
    parser.add_argument("--tenants", type=int, nargs="+", default=[20, 1000])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--broker", choices=["sink", "ministack"], default="sink")
    parser.add_argument("--rate", type=float, nargs="*", default=list(RATES), help="letters per second to be kept")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()
    configure_logs("error")
    free = [Shape(kind, given.letters, tenants, given.processes) for kind in given.kinds for tenants in given.tenants]
    kept = [Shape("customers", int(rate * 10), 10, 1, rate) for rate in given.rate]
    found = asyncio.run(measure([*free, *kept], given.broker))
    if given.json:
        print(json.dumps(found, indent=2))
    else:
        _show(found)
    slow = any(one["rate"] is None and one["per_second"] < TARGET for one in found)
    return int(slow or any(one["rate"] and abs(one["per_second"] / one["rate"] - 1) > KEPT for one in found))


if __name__ == "__main__":
    sys.exit(main())
