"""Workers as processes of their own, with the example's connector: ``python -m tests.support.worker_process KIND``.

What ``erpflow run KIND`` does, but for the registry: an entry point would have to be installed.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from connectors.registry import Registry
from pipeline import running, settings
from pipeline.local.process import Ready, child, free_port
from pipeline.observability import configure_logs
from pipeline.settings import Settings

ROOT = Path(__file__).parents[2]
ACME = ROOT / "examples" / "acme-connector"


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A running worker."""

    kind: str
    pid: int

    def peak(self) -> int:
        """The most memory that it ever had in use, in bytes (Linux: VmHWM)."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024


@asynccontextmanager
async def worker_process(kind: str, found: Settings) -> AsyncIterator[WorkerProcess]:
    """Run one kind of worker while the block runs; its log is ``KIND.log`` in the home folder."""
    port = free_port()
    command = [sys.executable, "-m", "tests.support.worker_process", kind]
    async with (
        aiohttp.ClientSession() as http,
        child(command, _env(found, port), found.home / f"{kind}.log", _ready(http, port)) as process,
    ):
        yield WorkerProcess(kind, process.pid)


def acme_registry() -> Registry:
    """The example's connector and no other."""
    if str(ACME) not in sys.path:
        sys.path.insert(0, str(ACME))
    from acme_connector import CONNECTOR

    return Registry({CONNECTOR.spec.system: CONNECTOR})


def _env(found: Settings, port: int) -> dict[str, str]:
    values = found.model_dump(exclude_none=True) | {"health_port": port}
    secrets = {name: value.get_secret_value() for name, value in values.items() if hasattr(value, "get_secret_value")}
    ours = {f"ERPFLOW_{name.upper()}": str(value) for name, value in (values | secrets).items()}
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(found.home), **ours}


def _ready(http: aiohttp.ClientSession, port: int) -> Ready:
    async def ready() -> bool:
        try:
            async with http.get(f"http://127.0.0.1:{port}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False

    return ready


def main() -> None:
    """Run the worker until SIGTERM."""
    found = settings.load()
    configure_logs(found.log_level)
    asyncio.run(running.run(found, [sys.argv[1]], acme_registry()))


if __name__ == "__main__":
    main()
