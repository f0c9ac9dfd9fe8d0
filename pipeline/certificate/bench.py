"""One connector in front of one ERP, with nothing between them but its HTTP client, which never really waits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from connectors.base import Access, Connector, Session
from connectors.given import connection_values
from connectors.http import HttpClient
from connectors.spec import StreamSpec
from connectors.testing.access import made_up
from connectors.testing.books import Book, Clock
from connectors.testing.entry import FIRST_REFRESH_TOKEN
from connectors.testing.server import Server
from connectors.tokens import MemoryTokens, issued
from pipeline.certificate.kit import Kit
from pipeline.certificate.mapper import Mapper
from pipeline.certificate.verdicts import NotApplicable


class Bench:
    """``stream`` is the connector's, ``api`` what the ERP knows of it; ``waits`` are the seconds the client slept.

    ``refresh`` is the refresh token, where there is one: what the custodian keeps from session to session.
    """

    def __init__(self, kit: Kit, stream: str) -> None:
        self.kit = kit
        self.spec = kit.small()
        self.erp = kit.erp()
        self.erp.likely = stream
        self.server = Server(self.erp)
        self.waits: list[float] = []
        self.refresh: str | None = FIRST_REFRESH_TOKEN
        self.stream: StreamSpec = self.spec.stream(stream)
        self.api: StreamSpec = self.erp.spec.stream(stream)

    @property
    def book(self) -> Book:
        """What the ERP holds of the stream."""
        return self.erp.books[self.stream.name]

    @property
    def clock(self) -> Clock:
        """The time, which is the same here and there."""
        return self.erp.clock

    @property
    def connector(self) -> Connector:
        """The connector on trial."""
        return self.kit.connector

    @asynccontextmanager
    async def session(self, access: Access | None = None) -> AsyncIterator[Session]:
        """A new session, as after a restart: it remembers nothing of the ones before."""
        async with HttpClient(transport=self.server, sleep=self._sleep, chance=lambda: 0.0) as http:
            given = self._with_tokens(access or self.erp.access, http)
            try:
                async with self.connector.open(self.spec, given, http) as session:
                    yield session
            finally:
                self.refresh = given.tokens.refresh if isinstance(given.tokens, MemoryTokens) else self.refresh

    def _with_tokens(self, access: Access, http: HttpClient) -> Access:
        if self.spec.rest is None:
            return access
        values = connection_values(self.spec, access)
        auth = issued(self.spec.rest, values)
        if auth is None:
            return access
        refresh = self.refresh if auth.kind == "authorization-code" else None
        return replace(access, tokens=MemoryTokens(auth, values, http, refresh=refresh, now=lambda: self.clock.now))

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.move(seconds=seconds)


class Case:
    """What a check is given: the kit, and the name of the stream that it is about."""

    def __init__(self, kit: Kit, stream: str) -> None:
        self.kit = kit
        self.name = stream

    def bench(self, records: int = 0) -> Bench:
        """A new ERP with so many records in the stream, and the connector in front of it."""
        bench = Bench(self.kit, self.name)
        bench.book.fill(records)
        return bench

    @property
    def stream(self) -> StreamSpec:
        """The stream as the connector has it."""
        return self.kit.connector.spec.stream(self.name)

    @property
    def api(self) -> StreamSpec:
        """The stream as the API has it."""
        return self.kit.api.stream(self.name)

    def mapper(self) -> Mapper:
        """What the stream's records mean."""
        connector = self.kit.connector
        return Mapper(connector, self.stream, made_up(connector.spec, self.kit.settings))

    def needs_changes(self) -> None:
        """Raise NotApplicable where the API tells no changes."""
        if self.api.increment is None:
            raise NotApplicable("the stream is compared as a whole, since it tells no changes")
