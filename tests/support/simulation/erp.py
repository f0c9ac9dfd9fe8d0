"""An ERP that is never still: its records change between two pages, move, vanish and come back, some of them broken.

Four streams, each with what makes it hard: customers (changes by stamp, lists of keys, lookups), activities (changes
by stamp, two scans for deletes), projects (no change stamp at all), and addresses, which only say that a customer
changed. Records give none, one or several entities.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Access, Connector, Mode, ReadAnswer, ReadRequest
from connectors.http import HttpClient
from connectors.increment import Increment
from connectors.registry import Registry
from connectors.spec import ConnectorSpec, StreamSpec
from tests.support.simulation.ports import START, Faults
from tests.support.simulation.releases import mappings

OVERLAP = timedelta(seconds=8)
DATA = ("customers", "activities", "projects")

SPEC = ConnectorSpec(
    system="fake",
    title="An ERP in memory",
    streams=(
        StreamSpec(
            name="addresses", resource="addresses", increment=Increment(field="changed", overlap=OVERLAP),
            deletes="none", refreshes=("customers",), page_size=2,
        ),
        StreamSpec(
            name="customers", resource="customers", entities=("customer", "contact"), deletes="keys",
            increment=Increment(field="changed", overlap=OVERLAP), lookup_size=2, page_size=3,
        ),
        StreamSpec(
            name="activities", resource="activities", entities=("activity",), page_size=2,
            increment=Increment(field="changed", overlap=OVERLAP),
        ),
        StreamSpec(name="projects", resource="projects", entities=("project",), page_size=2),
    ),
)  # fmt: skip


@dataclass
class Kept:
    """A record in the ERP. ``place`` orders lists that are read by offset; ``since`` is when it came to be."""

    id: int
    value: int
    changed: datetime
    place: float
    since: float
    good: bool = True
    customer: int | None = None

    def raw(self, stream: str) -> dict[str, Any]:
        """The record as a list or a lookup shows it."""
        if stream == "addresses":
            return {"id": self.id, "customer": self.customer, "changed": self.changed.isoformat()}
        record: dict[str, Any] = {
            "id": self.id, "number": str(self.id), "name": f"value {self.value}",
            "own": self.value % 4 != 3, "good": self.good if self.good else "perhaps",
        }  # fmt: skip
        if stream == "customers":
            record["contacts"] = [{"id": i, "first": f"value {self.value}"} for i in range(self.value % 3)]
        if stream != "projects":
            record["changed"] = self.changed.isoformat()
        return record


@dataclass
class SimulatedErp:
    """What the ERP has. ``paging`` is how each stream's lists are read; increments are read by stamp and key."""

    faults: Faults
    records: dict[str, dict[int, Kept]] = field(default_factory=lambda: {s.name: {} for s in SPEC.streams})
    gone: list[tuple[str, Kept]] = field(default_factory=list)
    absent_told: set[tuple[str, str]] = field(default_factory=set)
    hidden: set[tuple[str, int]] = field(default_factory=set)
    pending: list[Callable[[], None]] = field(default_factory=list)
    requests: int = 0

    def __post_init__(self) -> None:
        random = self.faults.chance.of("erp settings")
        self.paging = {
            "addresses": "key",
            "customers": random.choice(["key", "offset"]),
            "activities": random.choice(["key", "snapshot"]),
            "projects": random.choice(["key", "snapshot"]),
        }
        self._coarse = random.choice([1, 2, 5])
        self._late = random.choice([0, 2])
        self._ahead = random.choice([0, -600, 600])

    def stamp(self) -> datetime:
        """The stamp of a change made now: coarse, so that many are equal, and late where changes show up late."""
        true = asyncio.get_running_loop().time() - self.faults.chance.between("stamp", 0, self._late)
        return START + timedelta(seconds=true // self._coarse * self._coarse + self._ahead)

    def registry(self, release: int) -> Registry:
        """The connector with the mapping of a release."""
        return Registry({"fake": Connector(SPEC, mappings(release), self._open)})

    def existed_since(self, stream: str, key: str, moment: float) -> bool:
        """Whether a record was there without a gap since then."""
        kept = self.records[stream].get(int(key))
        return kept is not None and kept.since <= moment

    @asynccontextmanager
    async def _open(self, spec: ConnectorSpec, access: Access, http: HttpClient) -> AsyncIterator[SimulatedSession]:
        await self.faults.pause("log in", 0.2)
        self.faults.refuse("erp", "log in")
        yield SimulatedSession(self)


class SimulatedSession:
    """Answers a request with what the ERP has between its arrival and the answer's."""

    def __init__(self, erp: SimulatedErp) -> None:
        self._erp = erp

    async def read(self, request: ReadRequest) -> ReadAnswer:
        """See ``Session.read``."""
        await self._erp.faults.pause("request", 0.5)
        self._erp.faults.refuse("erp", f"read {request.stream.name}")
        self._erp.requests += 1
        answer = self._lookup(request) if request.mode is Mode.LOOKUP else self._list(request)
        await self._erp.faults.pause("answer", 1)
        return answer

    async def stamp(self, stream: StreamSpec) -> datetime | None:
        """See ``Session.stamp``."""
        await self._erp.faults.pause("request", 0.5)
        found = self._erp.records[stream.name].values()
        return max((one.changed for one in found), default=None)

    async def check(self) -> str:
        """See ``Session.check``."""
        return "Logged in to the ERP in memory."

    def _lookup(self, request: ReadRequest) -> ReadAnswer:
        stream = request.stream.name
        there = self._erp.records[stream]
        found = [there[int(key)] for key in request.keys if int(key) in there]
        self._erp.absent_told |= {(stream, key) for key in request.keys if int(key) not in there}
        return _answer(stream, found, None)

    def _list(self, request: ReadRequest) -> ReadAnswer:
        paging, stream = self._erp.paging[request.stream.name], request.stream.name
        if request.mode is Mode.INCREMENT:
            return self._by_order(request, self._changed(request), lambda one: [one.changed.isoformat(), one.id])
        if paging == "offset":
            return self._by_offset(request)
        if paging == "snapshot":
            return self._from_snapshot(request)
        position = request.position or {"after": -1, "hidden": self._hide(request)}
        there = [one for one in self._erp.records[stream].values() if one.id not in position["hidden"]]
        rest = sorted((one for one in there if one.id > position["after"]), key=lambda one: one.id)
        page = rest[: request.stream.page_size]
        more = {**position, "after": page[-1].id} if len(rest) > len(page) else None
        return _answer(stream, page, more, keys=request.mode is Mode.KEYS)

    def _changed(self, request: ReadRequest) -> list[Kept]:
        there = self._erp.records[request.stream.name].values()
        return [one for one in there if request.since is None or one.changed >= request.since]

    @staticmethod
    def _by_order(request: ReadRequest, found: list[Kept], order: Any) -> ReadAnswer:
        rest = sorted((one for one in found if request.position is None or order(one) > request.position), key=order)
        page = rest[: request.stream.page_size]
        return _answer(request.stream.name, page, order(page[-1]) if len(rest) > len(page) else None)

    def _by_offset(self, request: ReadRequest) -> ReadAnswer:
        stream, start = request.stream.name, request.position or 0
        listed = sorted(self._erp.records[stream].values(), key=lambda one: one.place)
        end = start + request.stream.page_size
        return _answer(stream, listed[start:end], end if end < len(listed) else None, keys=request.mode is Mode.KEYS)

    def _from_snapshot(self, request: ReadRequest) -> ReadAnswer:
        """An export made at the first request; the position carries what is left of it."""
        stream, left = request.stream.name, request.position
        if left is None:
            hidden = self._hide(request)
            there = sorted(self._erp.records[stream].values(), key=lambda one: one.id)
            left = [[one.raw(stream), one.changed.isoformat()] for one in there if one.id not in hidden]
        page, left = left[: request.stream.page_size], left[request.stream.page_size :]
        stamps: list[datetime | None] = [datetime.fromisoformat(stamp) for _, stamp in page]
        return ReadAnswer([dict(record) for record, _ in page], stamps, left or None)

    def _hide(self, request: ReadRequest) -> list[int]:
        """Records that this one list leaves out although they are there. It happens once in the life of a record."""
        stream = request.stream
        if stream.lookup_size or request.mode is not Mode.SCAN:
            return []
        chosen = [id for id in sorted(self._erp.records[stream.name]) if (stream.name, id) not in self._erp.hidden]
        chosen = [id for id in chosen if self._erp.faults.chance.strikes("blink")]
        self._erp.hidden |= {(stream.name, id) for id in chosen}
        return chosen


def _answer(stream: str, page: list[Kept], position: Any, keys: bool = False) -> ReadAnswer:
    records = [{"id": one.id} if keys else one.raw(stream) for one in page]
    return ReadAnswer(records, [one.changed for one in page], position)
