"""Running workers until a signal, with their health endpoint: what ``erpflow up`` and ``erpflow run`` do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext

import structlog

from connectors.registry import Registry
from pipeline import bootstrap, health, metrics
from pipeline.bootstrap import Runtime
from pipeline.process import Group, spare_the_collector, stopped_by_signals
from pipeline.settings import Settings
from pipeline.store.desk_depth import depths
from schemas.topics import WAKE_UPS

log = structlog.get_logger()


async def run(settings: Settings, names: Sequence[str], registry: Registry | None = None) -> None:
    """Run the workers of these kinds until SIGTERM or SIGINT; raises what made one of them fail."""
    async with bootstrap.open_runtime(settings, registry) as runtime, _healthy(runtime, names) as port:
        group = Group(bootstrap.workers(runtime, names), settings.stop_seconds)
        spare_the_collector()
        async with stopped_by_signals(group):
            log.info("running", action="started", workers=list(names), name=runtime.name, health_port=port)
            await group.run()
        log.info("stopped", action="stopped", name=runtime.name)


@asynccontextmanager
async def _healthy(runtime: Runtime, names: Sequence[str]) -> AsyncIterator[int | None]:
    async def store() -> None:
        async with runtime.store.reading() as tx:
            await tx.exec_driver_sql("select 1")

    async def broker() -> None:
        await runtime.broker.depth(WAKE_UPS)

    async def desk() -> bytes:
        async with runtime.store.reading() as tx:
            return metrics.exposition(await depths(tx), runtime.clock.now())

    wanted = runtime.settings.health_port
    probes = {"store": store, "broker": broker}
    # The figures are the store's, so that one kind of worker is enough to show them.
    measured = desk if "deadletters" in names else None
    async with nullcontext(None) if wanted is None else health.serve(wanted, probes, measured) as port:
        yield port
