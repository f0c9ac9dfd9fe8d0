"""One right connector, for an API that the certificate makes of its spec, and wrong ones that each miss one thing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.auth import ClientCredentials
from connectors.base import Access, Connector, ReadAnswer, ReadRequest, Session
from connectors.dialect import ErrorDialect
from connectors.http import Http
from connectors.increment import Increment
from connectors.pagination import PageNumbers
from connectors.rest import open_rest
from connectors.rest_spec import RestApi, RestStream
from connectors.spec import ConnectorSpec, SettingSpec, StreamSpec
from pipeline.certificate.kit import Kit, kit_of
from schemas.entities.common import exact
from schemas.errors import ConfigError, ErpflowError, RateLimited
from schemas.mapping import EntityMapping, StreamMapping

OSLO = ZoneInfo("Europe/Oslo")
SAMPLES = {
    "customers": [
        {"id": 4, "name": "Nordvik Bygg AS", "changed": "2026-02-03T10:11:12"},
        {"id": 9, "name": "Nordvik Bygg AS", "changed": "2026-07-03T00:30:00"},
    ],
    "jobs": [
        {"year": 2026, "no": 1, "title": "Bru over elva", "budget": 1250.1, "changed": "2026-02-03T10:11:12"},
        {"year": 2025, "no": 1, "title": "Lager", "budget": 0, "changed": "2026-07-03T00:30:00"},
        {"year": 2025, "no": 2, "title": "Garasje", "budget": 99.99, "changed": "2026-10-25T02:30:00"},
    ],
}


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OSLO).astimezone(UTC)


CUSTOMER = {"number": "id", "name": "name", "changed_at": lambda record, context: local(record["changed"])}
JOB = {
    "number": lambda record, context: f"{record['year']}-{record['no']}",
    "name": "title",
    "budget_cost": lambda record, context: {"amount": exact(record["budget"], 2), "currency": "NOK"},
    "changed_at": lambda record, context: local(record["changed"]),
}


def _mappings(customer: Any = CUSTOMER, job: Any = JOB) -> dict[str, StreamMapping]:
    unknown = ("org_number", "vat_number", "email", "addresses", "payment_terms_days", "credit_blocked")
    return {
        "customers": StreamMapping((EntityMapping("customer", customer, unknown=unknown),)),
        "jobs": StreamMapping(
            (EntityMapping("project", job, unknown=("customer", "status", "manager", "billing", "open_for_time")),)
        ),
    }


def _stream(name: str, entity: str, **more: Any) -> StreamSpec:
    return StreamSpec(
        name=name,
        entities=(entity,),
        resource=f"/{name}",
        increment=Increment(
            field="changed", param="changed_since", format="iso-seconds", zone="Europe/Oslo", exclusive=True,
            overlap=timedelta(minutes=10),
        ),
        deletes="keys",
        lookup_size=20,
        rest=RestStream(records="data", record="", lookup=f"/{name}/{{key}}"),
        **more,
    )  # fmt: skip


RIGHT = Connector(
    spec=ConnectorSpec(
        system="north",
        title="North",
        settings=(
            SettingSpec(name="base_url", description="."),
            SettingSpec(name="client_id", description="."),
            SettingSpec(name="client_secret", description=".", secret=True),
        ),
        rest=RestApi(
            auth=ClientCredentials(token_url="/token"),
            pages=PageNumbers(),
            errors=ErrorDialect(inside="error", message="error.text"),
        ),
        streams=(_stream("customers", "customer"), _stream("jobs", "project", key=("year", "no"))),
    ),
    mappings=_mappings(),
    open=open_rest,
)


def _spec(stream: str, **changes: Any) -> Connector:
    streams = tuple(s.model_copy(update=changes) if s.name == stream else s for s in RIGHT.spec.streams)
    return replace(RIGHT, spec=RIGHT.spec.model_copy(update={"streams": streams}))


def _increment(**changes: Any) -> Connector:
    increment = RIGHT.spec.stream("customers").increment
    assert increment is not None
    return _spec("customers", increment=increment.model_copy(update=changes))


class Wrapped:
    """A session that does something else with what the right one reads."""

    def __init__(self, session: Session, read: Callable[[Session, ReadRequest], Any]) -> None:
        self._session = session
        self._read = read
        self.stamp = session.stamp
        self.check = session.check

    async def read(self, request: ReadRequest) -> ReadAnswer:
        return await self._read(self._session, request)


def _reading(make: Callable[[Access], Callable[[Session, ReadRequest], Any]]) -> Connector:
    @asynccontextmanager
    async def opened(spec: ConnectorSpec, access: Access, http: Http) -> AsyncIterator[Session]:
        async with open_rest(spec, access, http) as session:
            yield Wrapped(session, make(access))

    return replace(RIGHT, open=opened)


def _without_last_page(access: Access) -> Any:
    async def read(session: Session, request: ReadRequest) -> ReadAnswer:
        answer = await session.read(request)
        if request.position is not None and len(answer.records) < request.stream.page_size:
            return ReadAnswer([], [], None)
        return answer

    return read


def _telling_secrets(access: Access) -> Any:
    async def read(session: Session, request: ReadRequest) -> ReadAnswer:
        try:
            return await session.read(request)
        except ErpflowError as error:
            error.args = (f"{error} (with {access.secrets['client_secret']})",)
            raise

    return read


def _remembering(access: Access) -> Any:
    pages: list[Any] = []

    async def read(session: Session, request: ReadRequest) -> ReadAnswer:
        here = None if request.position is None else pages[-1]
        answer = await session.read(replace(request, position=here))
        pages.append(answer.position)
        return replace(answer, position=None if answer.position is None else "more")

    return read


def _expecting_every_field(access: Access) -> Any:
    async def read(session: Session, request: ReadRequest) -> ReadAnswer:
        answer = await session.read(request)
        assert all("changed" in record for record in answer.records if len(record) > 2)
        return answer

    return read


def _giving_up_when_limited(access: Access) -> Any:
    async def read(session: Session, request: ReadRequest) -> ReadAnswer:
        try:
            return await session.read(request)
        except RateLimited as error:
            raise ConfigError(str(error)) from None

    return read


@asynccontextmanager
async def _with_stale_tokens(spec: ConnectorSpec, access: Access, http: Http) -> AsyncIterator[Session]:
    class Stale:
        async def token(self) -> str:
            assert access.tokens is not None
            return await access.tokens.token()

        async def refused(self, token: str) -> None:
            return None

    async with open_rest(spec, replace(access, tokens=Stale()), http) as session:
        yield session


def _cents(record: Any, context: Any) -> Any:
    return {"amount": str(int(record["budget"] * 100) / 100), "currency": "NOK"}


def _as_utc(record: Any, context: Any) -> Any:
    return datetime.fromisoformat(record["changed"]).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Wrong:
    """What is wrong, and the check that is about it."""

    name: str
    connector: Connector
    check: str


_SILENT = RIGHT.spec.rest.model_copy(update={"errors": ErrorDialect()}) if RIGHT.spec.rest else None

WRONG = (
    Wrong("a key that is not one", _spec("customers", key=("name",)), "key-unique"),
    Wrong("a composite key without one part", _spec("jobs", key=("no",)), "key-unique"),
    Wrong("a key that changes with the record", _spec("customers", key=("id", "changed")), "key-stable"),
    Wrong("what is strictly after taken for what is at or after", _increment(exclusive=False), "increment-boundary"),
    Wrong("no overlap", _increment(overlap=timedelta(0)), "increment-late"),
    Wrong("another zone", _increment(zone="UTC"), "increment-zone"),
    Wrong("a filter that the API does not know", _increment(param="since"), "increment-narrow"),
    Wrong("the last page dropped", _reading(_without_last_page), "paging-all"),
    Wrong("deletes ignored", _spec("customers", deletes="none"), "deletes-found"),
    Wrong("a position kept in memory", _reading(_remembering), "restart-everywhere"),
    Wrong("a refused token shown again", replace(RIGHT, open=_with_stale_tokens), "auth-401"),
    Wrong("a limit taken for a mistake", _reading(_giving_up_when_limited), "fault-429"),
    Wrong(
        "an error inside 200 swallowed",
        replace(RIGHT, spec=RIGHT.spec.model_copy(update={"rest": _SILENT})),
        "dialect-error-inside",
    ),
    Wrong("a field expected to be there", _reading(_expecting_every_field), "shape-removed"),
    Wrong("money as floats", replace(RIGHT, mappings=_mappings(job=JOB | {"budget_cost": _cents})), "mapping-exact"),
    Wrong(
        "instants of another zone",
        replace(RIGHT, mappings=_mappings(CUSTOMER | {"changed_at": _as_utc})),
        "mapping-zones",
    ),
    Wrong("a secret in an error", _reading(_telling_secrets), "secrets-hidden"),
)


def kit(connector: Connector) -> Kit:
    """The kit of a connector for the API of the right one."""
    return kit_of(connector, SAMPLES, api=RIGHT.spec)
