"""erpflow's own stages, one after the other: the real workers on SNS, SQS, S3 and a SQLite file."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta

from benchmarks.invoices import SYSTEM, Source
from benchmarks.measure import Costs
from pipeline import bootstrap
from pipeline.bootstrap import Runtime
from pipeline.broker.codec import PageCodec
from pipeline.broker.ports import Delivery, Message
from pipeline.settings import Settings
from pipeline.stages.distribute import DISTRIBUTOR, DistributeStage
from pipeline.stages.outbox import OutboxPublisher
from pipeline.stages.poll import PollSettings, PollStage
from pipeline.stages.publishing import JournalPublisher
from pipeline.stages.streams import StreamReader
from pipeline.stages.transform import TRANSFORMER, TransformStage
from pipeline.store import connections, figures
from pipeline.store.connections import ConnectionRow
from pipeline.worker import Handler, Pace, Worker
from schemas.topics import WAKE_UPS
from schemas.wakeups import wake_up


def connection(settings: Mapping[str, str] | None = None) -> ConnectionRow:
    """The one that is read."""
    return ConnectionRow(
        id="benchmark", tenant="acme", system=SYSTEM, company="1", settings=settings or {}, schedule={}, rules=[],
        sensitive=[], state="active", reason=None,
    )  # fmt: skip


async def run(settings: Settings, source: Source, records: int) -> Costs:
    """Load all records through the three stages; raises AssertionError when one of them is missing in the books."""
    costs = Costs()
    async with bootstrap.open_runtime(settings, source.registry()) as runtime:
        await connect(runtime, connection())
        with costs.of("poll") as done:
            await poll(runtime, done)
        with costs.of("transform") as done:
            await _work(runtime, TRANSFORMER, _transform(runtime).handle, len(source.answers), done)
        with costs.of("distribute") as done:
            await _work(runtime, DISTRIBUTOR, _distribute(runtime).handle, len(source.answers), done)
        await _check(runtime, records)
    return costs


async def connect(runtime: Runtime, row: ConnectionRow) -> None:
    """Add a connection, and wake it."""
    now = runtime.clock.now()
    async with runtime.store.transaction() as tx:
        await connections.add(tx, row, now)
    wake = Message(wake_up(row.tenant, row.system, row.id, now).to_json().decode(), group=row.tenant)
    assert not await runtime.broker.send(WAKE_UPS, [wake])


async def poll(runtime: Runtime, done: Callable[[], None]) -> None:
    """Work off one wake-up: the whole first load."""
    await _work(runtime, WAKE_UPS, _poll(runtime).handle, 1, done)


async def _work(runtime: Runtime, queue: str, handler: Handler, messages: int, done: Callable[[], None]) -> None:
    """Work off a queue until so many messages were handled; the worker then ends its long poll."""
    left = messages

    async def counted(delivery: Delivery) -> None:
        nonlocal left
        await handler(delivery)
        left -= 1
        if not left:
            done()
            worker.stop()

    worker = Worker(runtime.broker, queue, counted, Pace(concurrency=8, wait=1.0))
    await worker.run(stop_within=60.0)


def _poll(runtime: Runtime) -> PollStage:
    publisher = JournalPublisher(runtime.store, runtime.broker, runtime.archive, secrets.token_hex(8))
    reader = StreamReader(runtime.store, publisher)
    turn = timedelta(hours=1)
    return PollStage(runtime.store, runtime.sessions, reader, runtime.clock, PollSettings(runtime.name, turn=turn))


def _transform(runtime: Runtime) -> TransformStage:
    return TransformStage(runtime.store, runtime.broker, PageCodec(runtime.archive), runtime.registry, runtime.clock)


def _distribute(runtime: Runtime) -> DistributeStage:
    grace = timedelta(minutes=10)
    publisher = OutboxPublisher(
        runtime.store, runtime.broker, runtime.archive, runtime.clock, secrets.token_hex(8), grace
    )
    return DistributeStage(runtime.store, PageCodec(runtime.archive), publisher, runtime.clock)


async def _check(runtime: Runtime, records: int) -> None:
    async with runtime.store.reading() as tx:
        (stream,) = await figures.of_streams(tx)
        sent = await figures.events_sent(tx)
    assert stream.counts["mapped"] == stream.counts["created"] == records, stream
    assert sent == {"information-sales-invoice": records}, sent
