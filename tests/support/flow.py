"""The whole pipeline in one task: every stage's real code over memory broker, memory archive and a real store.

Nothing runs by itself: a test moves the clock, lets everything settle, and looks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import httpx
import orjson
from cryptography.fernet import Fernet

from connectors.http import HttpClient
from connectors.registry import Registry
from pipeline.archive.memory import MemoryArchive
from pipeline.broker.codec import PageCodec
from pipeline.broker.memory import MemoryBroker
from pipeline.broker.ports import Delivery
from pipeline.budgets.gates import Gates
from pipeline.clock import ManualClock
from pipeline.credentials import Vault
from pipeline.custodian import Custodian
from pipeline.scheduler import Scheduler
from pipeline.sessions import Sessions
from pipeline.stages.closing import Closer
from pipeline.stages.distribute import DistributeStage
from pipeline.stages.outbox import OutboxPublisher
from pipeline.stages.poll import PollSettings, PollStage
from pipeline.stages.publishing import JournalPublisher
from pipeline.stages.streams import StreamReader
from pipeline.stages.transform import TransformStage
from pipeline.store import connections
from pipeline.store.connections import ConnectionRow
from pipeline.store.engine import Store
from pipeline.topology.twin import build
from pipeline.topology.wanted import add_subscriber, wanted
from schemas.entities import ENTITIES
from schemas.errors import Superseded
from tests.support.fake_erp import FakeErp

GRACE = timedelta(seconds=30)
START = datetime(2026, 6, 1, tzinfo=UTC)


class Erp(Protocol):
    """What a flow reads from."""

    def registry(self) -> Registry:
        """The connector of it, alone."""
        ...


@dataclass
class Flow:
    """Stages and twins; ``events`` are what a subscriber of every topic has received, in order."""

    store: Store
    erp: Erp
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    archive: MemoryArchive = field(default_factory=MemoryArchive)
    events: list[dict[str, Any]] = field(default_factory=list)
    transport: httpx.AsyncBaseTransport | None = None

    def __post_init__(self) -> None:
        self.broker = MemoryBroker(lambda: self.clock.now().timestamp())
        self.registry = self.erp.registry()
        topology = wanted(self.registry.connectors, ENTITIES, "", None)
        public = [t for t in topology.topics if t.startswith(("information", "notification"))]
        build(add_subscriber(topology, "subscriber", public), self.broker)
        self.vault = Vault(Fernet.generate_key().decode())
        self.codec = PageCodec(self.archive)
        self.poll = self.new_poll("worker")
        self.transform = self.new_transform()
        self.publisher = OutboxPublisher(self.store, self.broker, self.archive, self.clock, "outbox", GRACE)
        self.distribute = DistributeStage(self.store, self.codec, self.publisher, self.clock)
        self.scheduler = Scheduler(self.store, self.broker, self.clock, timedelta(0))
        self.closer = Closer(self.store, self.clock)

    def new_transform(self) -> TransformStage:
        return TransformStage(self.store, self.broker, self.codec, self.registry, self.clock)

    def new_poll(self, owner: str) -> PollStage:
        publisher = JournalPublisher(self.store, self.broker, self.archive, owner)
        http = HttpClient(transport=self.transport or httpx.MockTransport(_nowhere))
        sessions = Sessions(
            self.registry, Custodian(self.store, self.vault, http, self.clock), http, Gates(self.store, self.clock)
        )
        reader = StreamReader(self.store, publisher)
        return PollStage(self.store, sessions, reader, self.clock, PollSettings(owner))

    async def connect(self, connection: str = "acme-fake", **changes: Any) -> None:
        values: dict[str, Any] = {
            "id": connection, "tenant": "acme", "system": next(iter(self.registry.connectors)), "company": "1",
            "settings": {}, "schedule": {}, "rules": [], "sensitive": [], "state": "active", "reason": None,
        }  # fmt: skip
        async with self.store.transaction() as tx:
            await connections.add(tx, ConnectionRow(**{**values, **changes}), self.clock.now())

    def later(self, **delta: float) -> None:
        self.clock.set(self.clock.now() + timedelta(**delta))

    async def settle(self) -> list[dict[str, Any]]:
        """Work until nothing moves any more; the events that this brought."""
        before = len(self.events)
        while True:
            await self.scheduler.step()
            moved = await self.work("wake-ups", self.poll.handle)
            moved += await self.work("transformer", self.transform.handle)
            moved += await self.work("distributor", self.distribute.handle)
            moved += await self.publisher.relay()
            moved += await self.closer.step()
            if not moved:
                return await self.receive(before)

    async def receive(self, since: int = 0) -> list[dict[str, Any]]:
        while deliveries := await self.broker.receive("subscriber", most=10, wait=0, visibility=60):
            self.events += [orjson.loads(delivery.body) for delivery in deliveries]
            await self.broker.acknowledge(deliveries)
        return self.events[since:]

    async def work(self, queue: str, handler: Any) -> int:
        count = 0
        while deliveries := await self.broker.receive(queue, most=10, wait=0, visibility=60):
            for delivery in deliveries:
                await self._handled(handler, delivery)
            count += len(deliveries)
        return count

    async def _handled(self, handler: Any, delivery: Delivery) -> None:
        with suppress(Superseded):  # a worker drops it
            await handler(delivery)
        await self.broker.acknowledge([delivery])


def _nowhere(request: httpx.Request) -> httpx.Response:
    return httpx.Response(404)


def changes(events: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """(entity, change, source id) of the Information events, sorted."""
    told = [event for event in events if event.get("change")]
    return sorted((event["entity"], event["change"], event["data"]["body"]["source_id"]) for event in told)


@asynccontextmanager
async def open_flow(store: Store, erp: FakeErp | None = None) -> AsyncIterator[Flow]:
    yield Flow(store, erp or FakeErp())
