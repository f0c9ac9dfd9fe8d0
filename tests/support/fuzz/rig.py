"""The stages' real code and the real worker over a store in memory: whatever is put into a queue, time passes at once.

The broker moves its own clock to when the next message is visible, so that back-offs take no time, and stops the
worker when all messages are handled, buried, or only go round.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from cryptography.fernet import Fernet
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.base import Connector
from connectors.http import HttpClient
from connectors.registry import Registry
from pipeline.archive.memory import MemoryArchive
from pipeline.broker.codec import PageCodec
from pipeline.broker.memory import MemoryBroker
from pipeline.broker.ports import Delivery, Message
from pipeline.budgets.gates import Gates
from pipeline.clock import ManualClock
from pipeline.credentials import Vault
from pipeline.custodian import Custodian
from pipeline.sessions import Sessions
from pipeline.stages.distribute import DISTRIBUTOR, DistributeStage
from pipeline.stages.outbox import OutboxPublisher
from pipeline.stages.poll import PollSettings, PollStage
from pipeline.stages.publishing import JournalPublisher
from pipeline.stages.streams import StreamReader
from pipeline.stages.transform import TRANSFORMER, TransformStage
from pipeline.store import connections, streams
from pipeline.store.connections import ConnectionRow
from pipeline.store.engine import Store
from pipeline.topology.twin import build
from pipeline.topology.wanted import wanted
from pipeline.worker import Pace, Worker
from schemas.entities import ENTITIES
from schemas.errors import ErpflowError
from schemas.pages import PageHead
from schemas.topics import WAKE_UPS
from schemas.version import ReadNumber
from tests.support.simulation import database

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MOST_RECEIVES = 7
"""A message that came back so often is waiting for something; a defect would have been buried before."""

_CONNECTED: dict[tuple[str, ...], sqlite3.Connection] = {}
_VAULT = Vault(Fernet.generate_key().decode())
_PACE = Pace(concurrency=1, wait=0, visibility=60)
SECRETS = {"acme": {"api_key": "a-secret-key"}, "tryton": {"key": "a-secret-key"}}
SETTINGS = {"base_url": "http://erp.example", "database": "erp"}


class PatientBroker(MemoryBroker):
    """Time passes when a queue has nothing to give. ``handled`` are the bodies that a worker acknowledged."""

    def __init__(self) -> None:
        super().__init__(lambda: self.now)
        self.now = 0.0
        self.handled: list[str] = []
        self.idle: Callable[[], None] = lambda: None

    async def receive(self, queue: str, *, most: int, wait: float, visibility: float) -> list[Delivery]:
        """See ``Broker.receive``; ``idle`` is called when nothing will change any more."""
        found = await super().receive(queue, most=most, wait=0, visibility=visibility)
        if not found:
            going = [one.visible_at for one in self._queue(queue).stored.values() if one.received < MOST_RECEIVES]
            if going:
                self.now = max(self.now, min(going))
            else:
                self.idle()
        return found

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """See ``Broker.acknowledge``."""
        self.handled += [delivery.body for delivery in deliveries]
        await super().acknowledge(deliveries)

    async def bury(self, delivery: Delivery, reason: str) -> None:
        """See ``Broker.bury``."""
        await super().bury(delivery, reason)
        self.handled.remove(delivery.body)

    def bodies(self, queue: str) -> list[str]:
        """What a queue holds."""
        return [one.message.body for one in self._queue(queue).stored.values()]

    def reasons(self, queue: str) -> list[str]:
        """Why messages were buried."""
        return [one.message.attributes["erpflow-reason"] for one in self._queue(f"{queue}-dlq").stored.values()]


class TurnStore(Store):
    """The database in memory has one connection, so that reading takes turns, too."""

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """See ``Store.reading``."""
        async with self._writing(), super().reading() as tx:
            try:
                yield tx
            finally:
                await tx.rollback()


class Rig:
    """Stages over an empty store with one connection to each system; made anew for every example."""

    def __init__(self, connectors: dict[str, Connector], http: HttpClient) -> None:
        self.database = database.empty()
        self.store = TurnStore(self.database.engine)
        self.clock = ManualClock(NOW)
        self.broker = PatientBroker()
        self.archive = MemoryArchive()
        self.codec = PageCodec(self.archive)
        registry = Registry(connectors)
        build(wanted(list(connectors), ENTITIES, "", None), self.broker)
        publisher = OutboxPublisher(self.store, self.broker, self.archive, self.clock, "out", timedelta(seconds=30))
        reader = StreamReader(self.store, JournalPublisher(self.store, self.broker, self.archive, "journal"))
        sessions = Sessions(
            registry, Custodian(self.store, _VAULT, http, self.clock), http, Gates(self.store, self.clock)
        )
        poll = PollStage(self.store, sessions, reader, self.clock, PollSettings("one"))
        self.handlers: dict[str, Callable[[Delivery], Awaitable[None]]] = {
            WAKE_UPS: poll.handle,
            TRANSFORMER: TransformStage(self.store, self.broker, self.codec, registry, self.clock).handle,
            DISTRIBUTOR: DistributeStage(self.store, self.codec, publisher, self.clock).handle,
        }
        self._connectors = connectors
        self.defects: list[BaseException] = []

    async def connect(self) -> None:
        """A connection named after each system, with its streams. Made once; later rigs begin with a copy."""
        systems = tuple(self._connectors)
        if systems in _CONNECTED:
            self.database.reset(_CONNECTED[systems])
            return
        async with self.store.transaction() as tx:
            for system, connector in self._connectors.items():
                secrets = _VAULT.seal(SECRETS.get(system, {}))
                row = ConnectionRow(system, "north", system, "1", SETTINGS, {}, [], [], "active", None, secrets)
                await connections.add(tx, row, NOW)
                await streams.ensure(tx, system, [stream.name for stream in connector.spec.streams], NOW)
        _CONNECTED[systems] = sqlite3.connect(":memory:")
        self.database.raw.backup(_CONNECTED[systems])

    async def put(self, queue: str, bodies: Sequence[str]) -> None:
        """Send bodies straight to a queue, empty ones left out: no broker takes them."""
        await self.broker.send(queue, [Message(body) for body in bodies if body])

    async def work(self, queue: str) -> None:
        """Let a real worker work the queue off, until nothing in it will change any more."""
        worker = Worker(self.broker, queue, self.handlers[queue], _PACE)
        self.broker.idle = worker.stop
        with structlog.testing.capture_logs() as logs:
            await worker.run(5)
        found = [log["exc_info"] for log in logs if isinstance(log.get("exc_info"), BaseException)]
        self.defects += [error for error in found if not isinstance(error, ErpflowError)]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the store has, asked behind the pipeline's back."""
        return self.database.raw.execute(query).fetchall()


def page_head(system: str, stream: str, count: int, number: int = 0, **changes: Any) -> PageHead:
    """The head of a page of a connection of the rig."""
    base: dict[str, Any] = {
        "tenant": "north", "connection": system, "system": system, "company": "1", "stream": stream, "run": "run-1",
        "number": number, "read": ReadNumber(1, number + 1), "origin": "increment", "read_at": NOW, "count": count,
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }  # fmt: skip
    return PageHead(**base | changes)
