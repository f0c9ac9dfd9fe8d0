"""An ERP in memory, with a connector to it: customers and the addresses that live beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.base import Access, Connector, Mode, ReadAnswer, ReadRequest
from connectors.http import HttpClient
from connectors.increment import Increment
from connectors.registry import Registry
from connectors.spec import ConnectorSpec, StreamSpec
from schemas.mapping import EntityMapping, FollowUpRule, StreamMapping

START = datetime(2026, 1, 1, tzinfo=UTC)

SPEC = ConnectorSpec(
    system="fake",
    title="An ERP in memory",
    streams=(
        StreamSpec(
            name="addresses", resource="addresses", increment=Increment(field="changed"), deletes="none",
            refreshes=("customers",), page_size=2,
        ),
        StreamSpec(
            name="customers", resource="customers", entities=("customer", "contact"),
            increment=Increment(field="changed"), deletes="keys", lookup_size=2, page_size=2,
        ),
        StreamSpec(name="projects", resource="projects", entities=("project",), page_size=2),
    ),
)  # fmt: skip

MAPPINGS = {
    "addresses": StreamMapping(follow_ups=(FollowUpRule("customers", "customer"),)),
    "customers": StreamMapping(
        entities=(
            EntityMapping(
                "customer",
                {"number": "number", "name": "name", "is_person": "is_person"},
                when=lambda record, _: record.get("kind", "customer") == "customer",
            ),
            EntityMapping(
                "contact",
                {"party": lambda r, _: {"entity": "customer", "id": "x", "source_id": str(r["_parent"]["id"])},
                 "first_name": "first"},
                each="contacts",
                key=lambda r, _: f"{r['_parent']['id']}/{r['id']}",
            ),
        )
    ),
    "projects": StreamMapping(
        entities=(EntityMapping("project", {"number": "number", "name": "name", "open_for_time": "open"}),)
    ),
}  # fmt: skip


@dataclass
class FakeErp:
    """Records by stream and key; every write moves the ERP's clock and stamps the record."""

    now: datetime = START
    records: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)
    failing: dict[str, Exception] = field(default_factory=dict)
    requests: list[tuple[str, Mode]] = field(default_factory=list)

    def write(self, stream: str, id: int, **values: Any) -> None:
        self.now += timedelta(seconds=1)
        found = self.records.setdefault(stream, {})
        found[id] = {**found.get(id, {"id": id}), **values, "changed": self.now.isoformat()}

    def customer(self, id: int, **values: Any) -> None:
        new = {} if id in self.records.get("customers", {}) else {"number": str(id), "name": f"Customer {id}"}
        self.write("customers", id, **{**new, **values})

    def delete(self, stream: str, id: int) -> None:
        del self.records[stream][id]

    def connector(self) -> Connector:
        return Connector(SPEC, MAPPINGS, self._open)

    def registry(self) -> Registry:
        return Registry({"fake": self.connector()})

    @asynccontextmanager
    async def _open(self, spec: ConnectorSpec, access: Access, http: HttpClient) -> AsyncIterator[FakeSession]:
        if error := self.failing.get("open"):
            raise error
        yield FakeSession(self)


class FakeSession:
    """Reads by key order; increments by stamp and key."""

    def __init__(self, erp: FakeErp) -> None:
        self._erp = erp

    async def read(self, request: ReadRequest) -> ReadAnswer:
        self._erp.requests.append((request.stream.name, request.mode))
        if error := self._erp.failing.get(request.stream.name):
            raise error
        found = self._found(request)
        after = [r for r in found if request.position is None or self._order(request, r) > request.position]
        page = after[: request.stream.page_size]
        more = len(after) > len(page)
        stamps = [datetime.fromisoformat(record["changed"]) for record in page]
        position = self._order(request, page[-1]) if more else None
        if request.mode is Mode.KEYS:
            page = [{"id": record["id"]} for record in page]
        return ReadAnswer([dict(record) for record in page], stamps, position)

    def _found(self, request: ReadRequest) -> list[dict[str, Any]]:
        found = list(self._erp.records.get(request.stream.name, {}).values())
        if request.mode is Mode.LOOKUP:
            found = [record for record in found if str(record["id"]) in request.keys]
        if request.mode is Mode.INCREMENT and request.since:
            found = [r for r in found if datetime.fromisoformat(r["changed"]) >= request.since]
        return sorted(found, key=lambda record: self._order(request, record))

    @staticmethod
    def _order(request: ReadRequest, record: dict[str, Any]) -> list[Any]:
        return [record["changed"], record["id"]] if request.mode is Mode.INCREMENT else [record["id"]]

    async def stamp(self, stream: StreamSpec) -> datetime | None:
        found = self._erp.records.get(stream.name, {}).values()
        return max((datetime.fromisoformat(record["changed"]) for record in found), default=None)

    async def check(self) -> str:
        return "Logged in to the ERP in memory."
