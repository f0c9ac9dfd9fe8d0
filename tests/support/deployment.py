"""A whole deployment for a test: AWS, a store, workers in one process or each in its own, and subscribers beside."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import func, select

from pipeline import bootstrap, connecting, syncing
from pipeline.aws.access import AwsAccess
from pipeline.bootstrap import Runtime
from pipeline.local.process import child
from pipeline.local.tryton.server import TrytonServer
from pipeline.process import Group
from pipeline.settings import Settings
from pipeline.store import connections, figures, streams, tables
from schemas.entities import ENTITIES
from schemas.topics import DOMAIN_PAGES, NOTIFICATIONS, information_topic, notification_topic, system_topic
from tests.support.subscriber import Subscriber, subscribed

ROOT = Path(__file__).resolve().parents[2]
WORKERS = tuple(bootstrap.WORKERS)
TENANT = "acme"
PACE = {"tick_seconds": 0.2, "wait_seconds": 1, "stop_seconds": 10}
CLOSING = 5
"""Seconds beyond its deadline that a process may take to close what is open and to leave, on a busy machine."""
NEVER = 10**9  # the first time is anywhere within the interval
SCHEDULE: dict[str, Any] = {"every": 1, "deletes_every": 2, "streams": {"companies": {"deletes_every": NEVER}}}
"""Everything often; only the full scan of the companies, which has a run each time, keeps its hour."""


@dataclass
class Deployment:
    """What a test may look at. The subscribers were there before anything was connected, each on all its topics."""

    runtime: Runtime
    tryton: TrytonServer
    access: AwsAccess
    information: Subscriber
    notifications: Subscriber
    pages: Subscriber

    @property
    def settings(self) -> Settings:
        return self.runtime.settings

    async def connect(self, tenant: str, schedule: dict[str, Any] | None = None) -> None:
        """Connect the tenant to the Tryton, under its own name."""
        spec = self.runtime.registry.get("tryton").spec
        given = {"base_url": self.tryton.base_url, "database": self.tryton.database}
        identity = (tenant, tenant, str(self.tryton.company))
        secrets = {"key": self.tryton.rest_key}
        row = connecting.new_connection(spec, identity, given, secrets, self.runtime.vault, schedule or SCHEDULE)
        async with self.runtime.store.transaction() as tx:
            await connections.add(tx, row, self.runtime.clock.now())

    async def pause(self, connection: str) -> None:
        async with self.runtime.store.transaction() as tx:
            await connections.set_state(tx, connection, "paused", "paused by a test")

    async def settled(self, seconds: float = 60) -> list[figures.StreamFigures]:
        """Wait until everything that was read is delivered, on the books, and in the subscribers' hands."""
        found: list[figures.StreamFigures] = []
        open_ends: dict[str, int] = {}
        fresh: set[str] = set()
        try:
            async with asyncio.timeout(seconds):
                while fresh or not syncing.settled(found, sum(open_ends.values())):
                    await asyncio.sleep(0.05)
                    async with self.runtime.store.reading() as tx:
                        found, open_ends = await figures.of_streams(tx), await figures.unfinished(tx)
                        fresh = {row.id for row in await connections.everything(tx)} - {s.connection for s in found}
        except TimeoutError:
            late = [(s.name, s.loaded, s.open_runs, s.requested, s.last_error) for s in found if not s.settled]
            raise AssertionError(f"not settled after {seconds} s: {open_ends}, {late}, {fresh}") from None
        await asyncio.gather(*(one.drained() for one in (self.information, self.notifications, self.pages)))
        return found

    async def polled(self, times: int = 1, seconds: float = 120) -> None:
        """Wait until every stream was polled and looked through for deletes so often, then until all is settled."""
        changed: dict[tuple[int, str], int] = {}
        known: dict[tuple[int, str], Any] = {}
        async with asyncio.timeout(seconds):
            while not known or min(changed.values()) <= times:  # one may have been under way when this began
                for key, due in (await self._dues()).items():
                    changed[key] = changed.get(key, -1) + (known.get(key) != due)
                    known[key] = due
                await asyncio.sleep(0.05)
        await self.settled()

    async def _dues(self) -> dict[tuple[int, str], Any]:
        """When each active stream is due next; without deletes that are looked for by the hour."""
        async with self.runtime.store.reading() as tx:
            active = [row.id for row in await connections.everything(tx) if row.state == "active"]
            rows = [row for name in active for row in await streams.of_connection(tx, name)]
        dues = {(row.id, "every"): row.next_due_at for row in rows}
        often = [row for row in rows if row.next_deletes_at and row.name not in SCHEDULE["streams"]]
        return dues | {(row.id, "deletes"): row.next_deletes_at for row in often}

    async def rows(self, *names: str) -> dict[str, int]:
        """How many rows tables have, but for runs that are being read: a list of keys has one until it is complete."""
        async with self.runtime.store.reading() as tx:
            queries = {name: select(func.count()).select_from(getattr(tables, name)) for name in names}
            if "runs" in queries:
                queries["runs"] = queries["runs"].where(tables.runs.c.state != "reading")
            return {name: int((await tx.execute(query)).scalar_one()) for name, query in queries.items()}

    def environment(self) -> dict[str, str]:
        """The environment of a process of this deployment: nothing else is handed down."""
        return environment(self.settings)


def full(settings: Settings, topics: Sequence[str]) -> list[str]:
    """Topics by the names that they have in AWS."""
    return [settings.prefix + topic for topic in topics]


def environment(settings: Settings) -> dict[str, str]:
    """The settings as the variables of a process of its own."""
    given = {name: getattr(settings, name) for name in Settings.model_fields}
    texts = {name: v.get_secret_value() if isinstance(v, SecretStr) else v for name, v in given.items()}
    variables = {f"ERPFLOW_{name.upper()}": str(value) for name, value in texts.items() if value is not None}
    return {"PATH": os.defpath, "HOME": str(settings.home), "PYTHONPATH": str(ROOT), **variables}


def new_settings(access: AwsAccess, store_url: str, prefix: str, home: Path, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "home": home,
        "store": store_url,
        "endpoint": access.endpoint,
        "region": access.region,
        "access_key": access.access_key,
        "secret_key": access.secret_key,
        "prefix": prefix,
        "bucket": f"{prefix}archive",
    }
    return Settings(**{**values, **PACE, **changes})


@asynccontextmanager
async def deployment(settings: Settings, tryton: TrytonServer) -> AsyncIterator[Deployment]:
    """A deployment with its subscribers and without workers; nothing is connected yet."""
    async with AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(bootstrap.open_runtime(settings))
        access = bootstrap.access(settings)
        wanted = {
            "information": [information_topic(entity) for entity in ENTITIES],
            "notifications": [notification_topic(kind) for kind in NOTIFICATIONS],
            "pages": [system_topic("tryton"), DOMAIN_PAGES],
        }
        subscribers = [
            await stack.enter_async_context(subscribed(access, settings.prefix + f"my-{name}", full(settings, topics)))
            for name, topics in wanted.items()
        ]
        yield Deployment(runtime, tryton, access, *subscribers)


@asynccontextmanager
async def in_one_process(runtime: Runtime, names: Sequence[str] = WORKERS) -> AsyncIterator[None]:
    """Run workers in this process."""
    group = Group(bootstrap.workers(runtime, names), runtime.settings.stop_seconds)
    task = asyncio.create_task(group.run())
    try:
        yield
    finally:
        group.stop()
        await task


@dataclass(frozen=True)
class WorkerProcess:
    """One worker in a process of its own, as a container runs it."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    async def stop(self) -> tuple[int, float]:
        """Send SIGTERM; the exit status, and how many seconds it took."""
        began = time.monotonic()
        self.process.terminate()
        async with asyncio.timeout(60):
            status = await self.process.wait()
        return status, time.monotonic() - began


@asynccontextmanager
async def worker_process(name: str, settings: Settings) -> AsyncIterator[WorkerProcess]:
    """Run ``erpflow run NAME`` until the block ends; enters when it says that it has started."""
    log = settings.home / f"{name}-{time.monotonic_ns()}.log"
    command = [sys.executable, "-m", "pipeline.cli.main", "run", name]

    async def ready() -> bool:
        return any(line.get("action") == "started" for line in _lines(log))

    async with child(command, environment(settings), log, ready) as process:
        yield WorkerProcess(name, process, log)


@asynccontextmanager
async def each_in_its_own(settings: Settings) -> AsyncIterator[list[WorkerProcess]]:
    """Run all four workers, each in its own process; at the end SIGTERM stops each with status 0 in time."""
    async with AsyncExitStack() as stack:
        starting = [stack.enter_async_context(worker_process(name, settings)) for name in WORKERS]
        workers = _all_started(await asyncio.gather(*starting, return_exceptions=True))
        yield workers
        for worker, (status, seconds) in zip(
            workers, await asyncio.gather(*(worker.stop() for worker in workers)), strict=True
        ):
            assert status == 0, f"{worker.name} ended with status {status}; {worker.log}"
            assert seconds < settings.stop_seconds + CLOSING, f"{worker.name} took {seconds:.1f} s to stop"


def _all_started(found: Sequence[WorkerProcess | BaseException]) -> list[WorkerProcess]:
    for one in found:
        if isinstance(one, BaseException):
            raise one
    return [one for one in found if isinstance(one, WorkerProcess)]


def _lines(log: Path) -> list[dict[str, Any]]:
    found = []
    for line in log.read_text().splitlines() if log.exists() else ():
        with suppress(json.JSONDecodeError):
            found.append(json.loads(line))
    return found


async def erpflow(settings: Settings, *arguments: str) -> tuple[int, str, str]:
    """Run the command line in a process of its own: exit status, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pipeline.cli.main", *arguments,
        env=environment(settings), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        out, error = await process.communicate()
    return process.returncode or 0, out.decode(), error.decode()
