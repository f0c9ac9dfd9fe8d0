"""The only wiring: from settings to open ports, and from open ports to workers."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from pydantic import SecretStr

from connectors.http import HttpClient
from connectors.registry import Registry
from pipeline.archive import Archive
from pipeline.archive.s3 import open_archive
from pipeline.aws.access import AwsAccess
from pipeline.broker.aws import open_broker
from pipeline.broker.codec import PageCodec
from pipeline.broker.ports import Broker
from pipeline.budgets.gates import Gates
from pipeline.clock import Clock, SystemClock
from pipeline.credentials import Vault, data_key_file
from pipeline.custodian import Custodian
from pipeline.deadletters.desk import Desk
from pipeline.deadletters.origins import Origin, origins
from pipeline.deadletters.replaying import Replayer
from pipeline.deadletters.rerunning import Rerun
from pipeline.deadletters.sending import Sending
from pipeline.deadletters.sources import Sources
from pipeline.erasing.erasing import Erasing
from pipeline.erasing.reach import Reach
from pipeline.loops import Loop
from pipeline.passes.again import Again
from pipeline.process import Runnable
from pipeline.renewing import Keeping
from pipeline.retention import Periods, Retention
from pipeline.retransforming import Retransform
from pipeline.scheduler import Scheduler
from pipeline.sessions import Sessions
from pipeline.settings import Settings
from pipeline.spool import Spool
from pipeline.stages.closing import Closer
from pipeline.stages.distribute import DISTRIBUTOR, DistributeStage
from pipeline.stages.outbox import OutboxPublisher
from pipeline.stages.poll import PollSettings, PollStage
from pipeline.stages.publishing import JournalPublisher
from pipeline.stages.streams import StreamReader
from pipeline.stages.transform import TRANSFORMER, TransformStage
from pipeline.store import migrate
from pipeline.store.engine import Store
from pipeline.topology.apply import ensure
from pipeline.topology.discover import discover
from pipeline.topology.model import Topology
from pipeline.topology.wanted import wanted
from pipeline.worker import Handler, Pace, Worker
from schemas.entities import ENTITIES
from schemas.errors import ConfigError
from schemas.topics import WAKE_UPS

RETENTION_SECONDS = 600.0
ERASURES_SECONDS = 600.0
CUSTODIAN_SECONDS = 5.0
DESK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Runtime:
    """Open ports. ``name`` tells this process from all others: in leases, claims and logs."""

    settings: Settings
    store: Store
    broker: Broker
    archive: Archive
    registry: Registry
    vault: Vault
    http: HttpClient
    custodian: Custodian
    gates: Gates
    clock: Clock
    name: str

    @property
    def sessions(self) -> Sessions:
        """Opens the ERPs behind connections."""
        return Sessions(self.registry, self.custodian, self.http, self.gates)


def access(settings: Settings) -> AwsAccess:
    """How AWS is reached."""
    return AwsAccess(
        region=settings.region,
        endpoint=settings.endpoint,
        access_key=_shown(settings.access_key),
        secret_key=_shown(settings.secret_key),
    )


def _shown(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def topology(settings: Settings, registry: Registry) -> Topology:
    """What topics and queues this deployment needs: it follows from the installed connectors."""
    return wanted(registry.connectors, ENTITIES, settings.prefix, settings.bucket)


def vault(settings: Settings) -> Vault:
    """The vault of this deployment's data key."""
    key = settings.data_key
    return Vault(key.get_secret_value() if key else data_key_file(settings.home / "data.key"))


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """The store, whose tables are made if it has none; raises ConfigError when they do not fit this erpflow."""
    async with Store.open(settings.store) as store:
        await migrate.ready(store)
        yield store


@asynccontextmanager
async def open_custodian(settings: Settings, store: Store, http: HttpClient) -> AsyncIterator[Custodian]:
    """The custodian of this process; at the end, renewals that are under way are waited for."""
    keeping = Keeping(spool=Spool(settings.home / "spool"))
    custodian = Custodian(store, vault(settings), http, SystemClock(), keeping)
    try:
        yield custodian
    finally:
        await custodian.drain()


@asynccontextmanager
async def open_runtime(settings: Settings, registry: Registry | None = None) -> AsyncIterator[Runtime]:
    """Open everything that workers need. On an endpoint of our own the topology is made here, too.

    ``registry`` None takes the installed connectors.
    """
    registry = Registry.load(folder=settings.connectors) if registry is None else registry
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings))
        if settings.endpoint:
            await ensure(access(settings), topology(settings, registry))
        http = await stack.enter_async_context(HttpClient())
        yield Runtime(
            settings=settings,
            store=store,
            broker=await stack.enter_async_context(open_broker(access(settings), settings.prefix)),
            archive=await stack.enter_async_context(open_archive(access(settings), settings.bucket)),
            registry=registry,
            vault=vault(settings),
            http=http,
            custodian=await stack.enter_async_context(open_custodian(settings, store, http)),
            gates=Gates(store, SystemClock()),
            clock=SystemClock(),
            name=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
        )


def _scheduler(runtime: Runtime) -> list[Runnable]:
    settings, store, clock = runtime.settings, runtime.store, runtime.clock
    scheduler = Scheduler(store, runtime.broker, clock, timedelta(seconds=5 * settings.tick_seconds))
    retention = Retention(store, runtime.archive, clock, Periods())
    return [
        Loop("scheduler", scheduler.step, settings.tick_seconds),
        Loop("closer", Closer(store, clock).step, settings.tick_seconds),
        Loop("relay", _relay(_outbox(runtime)), settings.tick_seconds),
        Loop("custodian", partial(runtime.custodian.step, runtime.registry), CUSTODIAN_SECONDS),
        Loop("retention", retention.step, RETENTION_SECONDS),
        Loop("erasures", erasing(runtime).step, ERASURES_SECONDS),
    ]


def _connector(runtime: Runtime) -> list[Runnable]:
    publisher = JournalPublisher(runtime.store, runtime.broker, runtime.archive, secrets.token_hex(8))
    reader = StreamReader(runtime.store, publisher)
    lease = timedelta(seconds=runtime.settings.lease_seconds)
    stage = PollStage(runtime.store, runtime.sessions, reader, runtime.clock, PollSettings(runtime.name, lease))
    return [_worker(runtime, WAKE_UPS, stage.handle)]


def _transformer(runtime: Runtime) -> list[Runnable]:
    codec = PageCodec(runtime.archive)
    stage = TransformStage(runtime.store, runtime.broker, codec, runtime.registry, runtime.clock)
    return [_worker(runtime, TRANSFORMER, stage.handle)]


def _distributor(runtime: Runtime) -> list[Runnable]:
    publisher = _outbox(runtime)
    stage = DistributeStage(runtime.store, PageCodec(runtime.archive), publisher, runtime.clock)
    return [_worker(runtime, DISTRIBUTOR, stage.handle)]


def _deadletters(runtime: Runtime) -> list[Runnable]:
    settings = runtime.settings

    async def found() -> Mapping[str, Origin]:
        return origins(await discover(access(settings), settings.prefix), settings.prefix)

    desk = Desk(runtime.store, runtime.broker, found, runtime.clock)
    return [
        Loop("desk", desk.step, DESK_SECONDS),
        Loop("replays", replayer(runtime).step, DESK_SECONDS),
    ]


WORKERS: dict[str, Callable[[Runtime], list[Runnable]]] = {
    "scheduler": _scheduler,
    "connector": _connector,
    "transformer": _transformer,
    "distributor": _distributor,
    "deadletters": _deadletters,
}
"""Every kind of worker by the name that ``erpflow run`` takes."""


def workers(runtime: Runtime, names: Sequence[str]) -> list[Runnable]:
    """The workers of these kinds; raises ConfigError for a kind that there is not."""
    if unknown := [name for name in names if name not in WORKERS]:
        raise ConfigError(f"There is no worker {unknown[0]}; there are: {', '.join(WORKERS)}.")
    return [runnable for name in names for runnable in WORKERS[name](runtime)]


def again(runtime: Runtime) -> Again:
    """Maps stored pages once more."""
    return Again(runtime.store, runtime.archive, runtime.registry, runtime.clock)


def sources(runtime: Runtime) -> Sources:
    """Finds and runs dead letters."""
    rerun = Rerun(runtime.store, again(runtime), _outbox(runtime), runtime.clock)
    sending = Sending(runtime.store, runtime.broker, PageCodec(runtime.archive), runtime.clock)
    return Sources(runtime.store, rerun, sending)


def retransform(runtime: Runtime) -> Retransform:
    """Runs stored pages through the present mapping."""
    return Retransform(runtime.store, again(runtime), _outbox(runtime), runtime.clock)


def replayer(runtime: Runtime) -> Replayer:
    """Works on replays."""
    lease = timedelta(seconds=runtime.settings.lease_seconds)
    return Replayer(runtime.store, sources(runtime), runtime.clock, runtime.name[-40:], lease)


def erasing(runtime: Runtime) -> Erasing:
    """Goes on with erasures, and takes what comes late."""
    spool = Spool(runtime.settings.home / "spool")
    return Erasing(Reach(runtime.store, runtime.broker, runtime.archive, spool, runtime.clock))


def _worker(runtime: Runtime, queue: str, handler: Handler) -> Worker:
    settings = runtime.settings
    pace = Pace(settings.concurrency, settings.wait_seconds, settings.visibility_seconds)
    return Worker(runtime.broker, queue, handler, pace)


def _outbox(runtime: Runtime) -> OutboxPublisher:
    grace = timedelta(seconds=runtime.settings.grace_seconds)
    return OutboxPublisher(runtime.store, runtime.broker, runtime.archive, runtime.clock, secrets.token_hex(8), grace)


def _relay(publisher: OutboxPublisher) -> Callable[[], Awaitable[bool]]:
    async def step() -> bool:
        return await publisher.relay() > 0

    return step
