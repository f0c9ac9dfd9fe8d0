"""The connector worker: one wake-up is one visit to a connection, to read whatever is due there.

What is due, the cursors and the open runs live in the store. A wake-up that comes twice finds the lease taken or
nothing due; one that got lost is made good by the next. A failing stream does not fail its connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from connectors.spec import StreamSpec
from pipeline import telling
from pipeline.broker.ports import Delivery
from pipeline.clock import Clock
from pipeline.observability import new_traceparent
from pipeline.sessions import Sessions
from pipeline.stages import verdicts
from pipeline.stages.streams import StreamReader
from pipeline.stages.visit import StreamVisit, Visit
from pipeline.store import connections, leases, streams
from pipeline.store.connections import ConnectionRow
from pipeline.store.engine import Store
from pipeline.store.leases import Lease
from pipeline.store.streams import StreamRow
from schemas.errors import ConfigError, ErpflowError, Retryable, Superseded
from schemas.wakeups import open_wake_up

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PollSettings:
    """``owner`` names this process in the lease; ``turn`` is how long one visit may take before others have a turn."""

    owner: str
    lease_for: timedelta = timedelta(seconds=60)
    turn: timedelta = timedelta(minutes=5)


class PollStage:
    """Handles wake-ups; one task for each."""

    def __init__(
        self, store: Store, sessions: Sessions, reader: StreamReader, clock: Clock, settings: PollSettings
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._reader = reader
        self._clock = clock
        self._settings = settings

    async def handle(self, delivery: Delivery) -> None:
        """Visit the connection of a wake-up, unless somebody else does; raises Poison for what is no wake-up.

        What a person must correct is no reason to keep the wake-up: the scheduler sends another one.
        """
        connection = open_wake_up(delivery.body)
        try:
            await self.visit(connection)
        except ConfigError as error:
            log.warning("connection not read", action="visit_failed", connection=connection, reason=str(error))

    async def visit(self, connection: str) -> None:
        """Read everything that is due on one connection."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            lease = await leases.take(tx, connection, self._settings.owner, now, now + self._settings.lease_for)
            if lease is None:
                return
            row = await connections.get(tx, connection)
            connector = self._sessions.connector(row.system)
            found = await streams.ensure(tx, connection, [s.name for s in connector.spec.streams], now)
        beat = asyncio.create_task(self._beat(lease))
        try:
            await self._read(row, lease, {stream.name: stream for stream in found})
        except Superseded as error:
            log.info("visit dropped", action="lease_lost", connection=connection, reason=str(error))
        finally:
            beat.cancel()
            await asyncio.wait({beat})
            async with self._store.transaction() as tx:
                await leases.release(tx, lease)

    async def _beat(self, lease: Lease) -> None:
        """Keep the lease while one slow answer is waited for; when it is lost, the next commit finds out."""
        while True:
            await asyncio.sleep(self._settings.lease_for.total_seconds() / 3)
            with suppress(Superseded, Retryable):
                async with self._store.transaction() as tx:
                    await leases.renew(tx, lease, self._clock.now() + self._settings.lease_for)

    async def _read(self, row: ConnectionRow, lease: Lease, rows: Mapping[str, StreamRow]) -> None:
        specs = self._sessions.connector(row.system).spec.streams
        try:
            async with self._sessions.open(row) as session:
                visit = Visit(row, lease, session, self._clock, self._settings.lease_for,
                              self._clock.now() + self._settings.turn, new_traceparent(),
                              await self._sessions.stretch(row))  # fmt: skip
                due = [spec for spec in specs if spec.name in rows and rows[spec.name].due(self._clock.now())]
                for spec in due:
                    if not await self._one_stream(visit, spec, rows):
                        return
        except Superseded:
            raise
        except Exception as error:  # noqa: BLE001  # opening failed: the same verdict for every stream
            await self._opening_failed(row, lease, rows, error)

    async def _one_stream(self, visit: Visit, spec: StreamSpec, rows: Mapping[str, StreamRow]) -> bool:
        """Read one stream; false when the visit is over."""
        row = rows[spec.name]
        try:
            await self._reader.read(StreamVisit(visit, spec, row), self._unprimed(spec, visit, rows))
            return not visit.over()
        except Superseded:
            raise
        except Exception as error:  # noqa: BLE001  # every failure gets a verdict; other streams go on
            return await self._failed(visit.connection, visit.lease, row, error)

    def _unprimed(self, spec: StreamSpec, visit: Visit, rows: Mapping[str, StreamRow]) -> bool:
        """Whether a stream that refreshes this one was never loaded: an edit seen only there could be missed."""
        specs = self._sessions.connector(visit.connection.system).spec.streams
        watchers = [s.name for s in specs if spec.name in s.refreshes]
        return any(not rows[name].loaded and name not in visit.loaded for name in watchers)

    async def _opening_failed(
        self, row: ConnectionRow, lease: Lease, rows: Mapping[str, StreamRow], error: Exception
    ) -> None:
        now = self._clock.now()
        due = sorted((row for row in rows.values() if row.due(now)), key=lambda row: row.failures, reverse=True)
        for number, stream in enumerate(due):
            if not await self._failed(row, lease, stream, error, tell=number == 0):
                return

    async def _failed(
        self, row: ConnectionRow, lease: Lease, stream: StreamRow, error: Exception, tell: bool = True
    ) -> bool:
        """Act on a stream's failure; false when the rest of the visit must not happen."""
        failures = stream.failures + 1
        verdict = verdicts.after(error, failures, self._clock.now())
        reason = str(error) if isinstance(error, ErpflowError) else f"{type(error).__name__} in the connector"
        log.warning("stream not read", action=f"stream_{verdict.action}", connection=row.id, stream=stream.name,
                    error=type(error).__name__, reason=reason, failures=failures,
                    exc_info=None if verdict.expected else error)  # fmt: skip
        if verdict.action == "drop":
            raise error
        async with self._store.transaction() as tx:
            await leases.renew(tx, lease, self._clock.now() + self._settings.lease_for)
            await streams.fail(tx, stream, reason, verdict.due, verdict.tell and tell)
            tell = verdict.tell and tell
            if verdict.action == "pause":
                # Whoever paused it has told it: where a consent died, that was the custodian.
                tell = await connections.set_state(tx, row.id, "needs_consent", reason)
            if tell:
                await telling.connection_trouble(tx, row, stream.name, error, failures, self._clock.now())
        return verdict.action != "pause"
