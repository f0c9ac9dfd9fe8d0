"""Health over HTTP on the loopback: /healthz says that the process runs, /readyz that it can work, /metrics how much
waits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from pipeline import metrics
from schemas.errors import ConfigError, ErpflowError

Probe = Callable[[], Awaitable[object]]
Measured = Callable[[], Awaitable[bytes]]


@asynccontextmanager
async def serve(port: int, probes: Mapping[str, Probe], measured: Measured | None = None) -> AsyncIterator[int]:
    """Serve until the block ends; gives the port (of use when 0 was asked for).

    /readyz runs every probe (store, broker) and answers 503 with the names of those that failed. /metrics is there
    when something is ``measured``: figures in Prometheus' text format. Raises ConfigError when the port is taken.
    """

    async def ready(_: web.Request) -> web.Response:
        return await _ready(probes)

    app = web.Application()
    app.router.add_get("/healthz", _healthy)
    app.router.add_get("/readyz", ready)
    if measured is not None:
        app.router.add_get("/metrics", _metrics(measured))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await _start(site, port)
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def _start(site: web.TCPSite, port: int) -> None:
    try:
        await site.start()
    except OSError as error:
        raise ConfigError(
            f"The health endpoint cannot listen on port {port} ({error.strerror}); set ERPFLOW_HEALTH_PORT."
        ) from None


async def _healthy(_: web.Request) -> web.Response:
    return web.json_response({"status": "running"})


def _metrics(measured: Measured) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        try:
            return web.Response(body=await measured(), headers={"Content-Type": metrics.CONTENT_TYPE})
        except ErpflowError as error:
            return web.Response(text=f"{error}\n", status=503)

    return answer


async def _ready(probes: Mapping[str, Probe]) -> web.Response:
    failed = {}
    for name, probe in probes.items():
        try:
            await probe()
        except ErpflowError as error:
            failed[name] = str(error)
    return web.json_response({"ready": not failed, "failed": failed}, status=503 if failed else 200)
