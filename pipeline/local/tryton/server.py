"""A running Tryton with the made-up company, on a free port of this machine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from pipeline.local.tryton import cache, environment, processes, template
from pipeline.local.tryton.rpc import TrytonRpc
from pipeline.local.tryton.sizes import DEMO, Sizes
from schemas.errors import ConfigError, Retryable

READY_SECONDS = 60.0
ATTEMPT_SECONDS = 3.0  # somebody else may hold the port and never answer
POLL_SECONDS = 0.1
PORT_ATTEMPTS = 3
PORT_TAKEN = "Address already in use"


@dataclass(frozen=True)
class TrytonServer:
    """A server that answers. ``base_url`` has no database in it and no slash at its end.

    ``rest_key`` opens the REST interface, ``user`` and ``password`` JSON-RPC; ``company`` is the id of the only
    company; ``sqlite_file`` may be read while the server runs; ``rpc`` changes things as a user does.
    """

    base_url: str
    database: str
    user: str
    password: str = field(repr=False)
    rest_key: str = field(repr=False)
    company: int
    sqlite_file: Path
    log_file: Path
    pid: int
    rpc: TrytonRpc

    @classmethod
    @asynccontextmanager
    async def start(cls, cache_dir: Path, work_dir: Path, sizes: Sizes = DEMO) -> AsyncIterator[TrytonServer]:
        """Run a server on a fresh copy of the seeded database until the block ends, however it ends.

        ``cache_dir`` is shared by all (the first start fills it in about a minute), ``work_dir`` is this
        server's own: it gets the database, the configuration and the log. If this process is killed, the server
        ends by itself. Raises ConfigError or Retryable when Tryton cannot be installed, filled or started.
        """
        python = await environment.ensure(cache_dir)
        model = await template.ensure(python, cache_dir, sizes)
        work_dir = cache.absolute(work_dir)
        file = model.copy_to(work_dir)
        log = work_dir / "tryton.log"
        process, base_url = await _start(python, model, work_dir, log)
        try:
            url = f"{base_url}/{template.DATABASE}/rpc/"
            async with httpx.AsyncClient(timeout=60.0) as client:
                rpc = await TrytonRpc.login(client, url, template.USER, template.PASSWORD, model.company)
                yield cls(
                    base_url=base_url,
                    database=template.DATABASE,
                    user=template.USER,
                    password=template.PASSWORD,
                    rest_key=model.rest_key,
                    company=model.company,
                    sqlite_file=file,
                    log_file=log,
                    pid=process.pid,
                    rpc=rpc,
                )
        finally:
            await processes.stop(process)


async def _start(
    python: environment.Environment, model: template.Template, work_dir: Path, log: Path
) -> tuple[asyncio.subprocess.Process, str]:
    """Start on a free port; between finding one and using it somebody else may take it, then try another."""
    for _ in range(PORT_ATTEMPTS):
        cache.remove(log)
        listen = f"127.0.0.1:{_free_port()}"
        config = template.write_config(work_dir, listen=listen)
        command = processes.launched(python.python, "trytond.cli", "-c", str(config), "-d", template.DATABASE)
        process = await processes.spawn(command, log)
        try:
            if await _answers(process, f"http://{listen}", model.rest_key, log):
                return process, f"http://{listen}"
        except BaseException:
            await processes.stop(process)
            raise
    raise Retryable(f"No port of 127.0.0.1 stayed free for Tryton in {PORT_ATTEMPTS} attempts; try again.")


async def _answers(process: asyncio.subprocess.Process, base_url: str, rest_key: str, log: Path) -> bool:
    """Wait until the REST interface answers; False if the port was taken; raises if the server died or is silent."""
    url = f"{base_url}/{template.DATABASE}/rest/model/company.company"
    headers = {"Authorization": f"bearer {rest_key}"}
    deadline = asyncio.get_running_loop().time() + READY_SECONDS
    async with httpx.AsyncClient(timeout=ATTEMPT_SECONDS) as client:
        while asyncio.get_running_loop().time() < deadline:
            if process.returncode is not None:
                return _why_dead(process.returncode, log)
            with suppress(httpx.TransportError):
                if (await client.get(url, headers=headers)).status_code == httpx.codes.OK:
                    return True
            await asyncio.sleep(POLL_SECONDS)
    raise Retryable(
        f"Tryton did not answer at {base_url} within {READY_SECONDS:g} s; read {log}: {processes.tail(log)}."
    )


def _why_dead(status: int, log: Path) -> bool:
    text = processes.tail(log)
    if PORT_TAKEN in text:
        return False
    raise ConfigError(f"Tryton ended with status {status} instead of serving; read {log}: {text}.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
