"""Programs of one deployment as processes of their own, with the example's connector really installed."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import bootstrap, connecting, syncing
from pipeline.clock import SystemClock
from pipeline.local.process import child
from pipeline.settings import Settings
from pipeline.store import connections, figures
from pipeline.store.engine import Store
from tests.support.acme_erp import AcmeErp
from tests.support.deployment import CLOSING, NEVER, ROOT, WorkerProcess, environment
from tests.support.forked.commands import forking
from tests.support.worker_process import acme_registry

THIS, NEXT = "pipeline.cli.main", "tests.support.next_release"
"""The program of this release, and of one to come."""

SELDOM = {"every": NEVER, "deletes_every": NEVER}


@dataclass
class Programs:
    """Runs ``erpflow`` with these settings; ``logs`` are what its workers have written."""

    settings: Settings
    package: Path
    logs: list[Path] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        return environment(self.settings) | {"PYTHONPATH": f"{ROOT}{os.pathsep}{self.package}"}

    async def run(self, *arguments: str, release: str = THIS) -> tuple[int, str, str]:
        """Run a command to its end: exit status, standard output, standard error."""
        process = await asyncio.create_subprocess_exec(
            *program(release), *arguments,
            env=self.environment(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(120):
            out, error = await process.communicate()
        return process.returncode or 0, out.decode(), error.decode()

    @asynccontextmanager
    async def worker(self, *arguments: str, release: str = THIS) -> AsyncIterator[WorkerProcess]:
        """Run ``erpflow ARGUMENTS`` until the block ends; enters when it says that it has started."""
        log = self.settings.home / f"{arguments[-1].strip('-')}-{time.monotonic_ns()}.log"
        self.logs.append(log)

        async def ready() -> bool:
            return log.exists() and '"action": "started"' in log.read_text()

        async with child([*program(release), *arguments], self.environment(), log, ready) as process:
            yield WorkerProcess(arguments[-1], process, log)

    async def stop(self, worker: WorkerProcess) -> None:
        """SIGTERM; it has to end with status 0 within its deadline."""
        status, seconds = await worker.stop()
        assert status == 0, f"{worker.name} ended with status {status}; {worker.log.read_text()[-2000:]}"
        assert seconds < self.settings.stop_seconds + CLOSING, f"{worker.name} took {seconds:.1f} s to stop"

    def complaints(self) -> list[dict[str, Any]]:
        """Every line that workers logged as a warning or an error."""
        lines = [json.loads(line) for log in self.logs for line in log.read_text().splitlines()]
        return [line for line in lines if line["level"] not in ("debug", "info")]


def program(release: str) -> list[str]:
    """What stands before the arguments. Only this release is forked: the other one is not what the server imports."""
    return forking() if release == THIS else [sys.executable, "-m", release]


async def started(stack: AsyncExitStack, programs: Programs, *names: str) -> dict[str, WorkerProcess]:
    """Start workers side by side."""
    starting = [stack.enter_async_context(programs.worker("run", name)) for name in names]
    return dict(zip(names, await asyncio.gather(*starting), strict=True))


async def connect(store: Store, settings: Settings, erp: AcmeErp, *tenants: str) -> None:
    """Connect tenants to the ERP, each under its own name; after the first load nothing is due by itself."""
    spec = acme_registry().get("acme").spec
    given = {"base_url": erp.server.url}, {"api_key": erp.server.key}
    async with store.transaction() as tx:
        for tenant in tenants:
            row = connecting.new_connection(spec, (tenant, tenant, "1"), *given, bootstrap.vault(settings), SELDOM)
            await connections.add(tx, row, SystemClock().now())


async def ask(store: Store, connection: str, full: tuple[str, ...] = ()) -> None:
    """Make a connection's streams due, some of them in full."""
    spec, now = acme_registry().get("acme").spec, SystemClock().now()
    async with store.transaction() as tx:
        await syncing.ask(tx, spec, connection, [], now)
        await syncing.ask_in_full(tx, await syncing.ask(tx, spec, connection, list(full), now) if full else [])


async def settled(store: Store, loads: int, seconds: float = 40) -> list[figures.StreamFigures]:
    """Wait until so many streams are loaded, and everything that was read is delivered and on the books."""
    found: list[figures.StreamFigures] = []
    open_ends: dict[str, int] = {}
    try:
        async with asyncio.timeout(seconds):
            while len(found) < loads or not syncing.settled(found, sum(open_ends.values())):
                await asyncio.sleep(0.1)
                async with store.reading() as tx:
                    found, open_ends = await figures.of_streams(tx), await figures.unfinished(tx)
    except TimeoutError:
        late = [(s.connection, s.name, s.loaded, s.open_runs, s.last_error) for s in found if not s.settled]
        raise AssertionError(f"not settled after {seconds} s: {open_ends}, {late}") from None
    return found
