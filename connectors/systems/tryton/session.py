"""A session with one company of one Tryton database: pages by keyset, over either dialect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from connectors.base import Access, Mode, ReadAnswer, ReadRequest
from connectors.given import connection_values
from connectors.http import Http
from connectors.spec import ConnectorSpec, StreamSpec
from connectors.systems.tryton.answers import Dialect, Rows, UnknownName
from connectors.systems.tryton.catalogue import Catalogue
from connectors.systems.tryton.queries import (
    STAMP,
    Domain,
    Place,
    Query,
    lookup_query,
    newest_query,
    next_place,
    old_increment_query,
    old_stamps,
    page_query,
    stamp_at,
)
from connectors.systems.tryton.references import expand
from connectors.systems.tryton.rest import RestDialect
from connectors.systems.tryton.rpc import Login, RpcDialect
from connectors.systems.tryton.scopes import REFERENCES, SCOPES
from connectors.templates import checked_url
from schemas.errors import ConfigError
from schemas.pages import Record

Build = Callable[[tuple[str, ...]], Query]


@asynccontextmanager
async def open_tryton(spec: ConnectorSpec, access: Access, http: Http) -> AsyncIterator[TrytonSession]:
    """Open a session; raises ConfigError for settings that cannot work. The first read logs in."""
    values = connection_values(spec, access)
    if not (values["company"].isascii() and values["company"].isdecimal()):
        raise ConfigError("The company of a Tryton connection is the number of a company record, such as 1.")
    session = TrytonSession(spec, values, _dialect(values, http))
    try:
        yield session
    finally:
        await session.close()


def _dialect(values: dict[str, str], http: Http) -> Dialect:
    company = int(values["company"])
    # active_test false: archived records must not look like deleted ones; they say active=false themselves.
    context = {"company": company, "companies": [company], "active_test": False}
    url, database = checked_url(values["base_url"], "base_url"), values["database"]
    wanted = values["dialect"]
    if wanted not in ("auto", "rest", "rpc"):
        raise ConfigError(f"The dialect of a Tryton connection is auto, rest or rpc, not '{wanted}'.")
    if "key" in values and wanted != "rpc":
        return RestDialect(http, url, database, values["key"], context)
    if "user" in values and "password" in values and wanted != "rest":
        return RpcDialect(http, url, database, Login(values["user"], values["password"]), context)
    raise ConfigError("A Tryton connection needs the secret 'key' (REST) or 'user' and 'password' (JSON-RPC).")


class TrytonSession:
    """A ``connectors.base.Session``."""

    def __init__(self, spec: ConnectorSpec, values: dict[str, str], dialect: Dialect) -> None:
        self._spec = spec
        self._values = values
        self._dialect = dialect
        self._catalogue = Catalogue(dialect)
        self._fields: dict[str, tuple[str, ...]] = {}

    async def close(self) -> None:
        """End the session on the server."""
        await self._dialect.close()

    async def read(self, request: ReadRequest) -> ReadAnswer:
        """Read one page (see ``Session.read``). Raises ConfigError when the model's module is not installed."""
        stream, place, scope = request.stream, Place.of(request), self._scope(request.stream)

        def build(fields: tuple[str, ...]) -> Query:
            if request.mode is Mode.LOOKUP:
                return lookup_query(request, scope, fields)
            return (old_increment_query if _is_old(stream, fields) else page_query)(request, place, scope, fields)

        rows = await self._search(stream, build)
        if place.until is None and _is_old(stream, self._fields_of(stream)):
            place = Place(place.id, place.stamp, rows.at)
        return await self._answer(request, place, rows)

    async def stamp(self, stream: StreamSpec) -> datetime | None:
        """The newest change stamp of the stream."""
        field = _stamp_field(stream)
        written, created = old_stamps(field)
        stamps = await self._newest(stream, lambda fields: field if field in fields else created)
        if _is_old(stream, self._fields_of(stream)):
            stamps += await self._newest(stream, lambda fields: written)
        return max(stamps, default=None)

    async def check(self) -> str:
        """Say which company was reached, and which streams this Tryton has no module for."""
        found = await self._dialect.search(Query("company.company", [], ("id", "party.name"), limit=100))
        names = {str(row["id"]): _company_name(row) for row in found.records}
        company = self._values["company"]
        if company not in names:
            there = ", ".join(f"{id} ({name})" for id, name in names.items())
            raise ConfigError(f"Tryton has no company {company} for this user; there are: {there or 'none'}.")
        missing = [s.name for s in self._spec.streams if not await self._catalogue.model(s.resource)]
        host, database = urlsplit(self._values["base_url"]).netloc, self._values["database"]
        said = f"{names[company]} in the database {database} of Tryton at {host} answers by {self._dialect.title}"
        return f"{said}; no module for the streams {', '.join(missing)}." if missing else f"{said}."

    async def _search(self, stream: StreamSpec, build: Build) -> Rows:
        """The rows of a query; where a name in it is refused, of the query without what this Tryton does not have."""
        try:
            return await self._dialect.search(build(self._fields_of(stream)))
        except UnknownName:
            if stream.name in self._fields:
                raise
        self._fields[stream.name] = await self._catalogue.fields(stream)
        return await self._dialect.search(build(self._fields_of(stream)))

    async def _newest(self, stream: StreamSpec, name: Callable[[tuple[str, ...]], str]) -> list[datetime]:
        scope = self._scope(stream)
        rows = await self._search(stream, lambda fields: newest_query(stream, scope, name(fields)))
        return [stamp for row in rows.records if (stamp := stamp_at(row, _stamp_field(stream)))]

    async def _answer(self, request: ReadRequest, place: Place, rows: Rows) -> ReadAnswer:
        records, stream = rows.records, request.stream
        reference = REFERENCES.get(stream.name)
        if reference is not None and request.mode is not Mode.KEYS:
            await expand(self._dialect, reference, records)
        stamps: list[datetime | None] = [None] * len(records)
        if stream.increment is not None and request.mode is not Mode.KEYS:
            stamps = [_until(stamp_at(row, stream.increment.field), place.until) for row in records]
        after = None if request.mode is Mode.LOOKUP else next_place(request, place, records)
        return ReadAnswer(records, stamps, after.to_json() if after else None)

    def _scope(self, stream: StreamSpec) -> Domain:
        path = SCOPES.get(stream.resource)
        return [[path, "=", int(self._values["company"])]] if path else []

    def _fields_of(self, stream: StreamSpec) -> tuple[str, ...]:
        return self._fields.get(stream.name, stream.fields)


def _stamp_field(stream: StreamSpec) -> str:
    return stream.increment.field if stream.increment else STAMP


def _is_old(stream: StreamSpec, fields: tuple[str, ...]) -> bool:
    """Whether the model has no STAMP (7.0)."""
    return _stamp_field(stream) not in fields


def _until(stamp: datetime | None, until: datetime | None) -> datetime | None:
    """A stamp from after the run's start is not told: paging by id may have passed other changes of that time."""
    return None if stamp is None or (until is not None and stamp > until) else stamp


def _company_name(row: Record) -> Any:
    party = row.get("party.") or row.get("party")
    return party.get("name") if isinstance(party, dict) else row["id"]
