"""Tryton as the certificate needs it: REST searches (8.2) over made-up records; nothing of the connector is used.

https://docs.tryton.org/latest/server/topics/user_application.html, and what was observed on 8.2.1.
"""

from __future__ import annotations

import operator
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from connectors.base import Access
from connectors.spec import ConnectorSpec, StreamSpec
from connectors.testing.books import Book, Clock, Row
from connectors.testing.exchange import Answer, Asked
from connectors.testing.samples import Samples

_PARTS = ("year", "month", "day", "hour", "minute", "second", "microsecond")
_UTC = ZoneInfo("UTC")
_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda value, wanted: value in wanted,
}
_COMPANY = {"id": 1, "party": {"id": 1, "name": "Nordvik Bygg AS"}}


def make_erp(spec: ConnectorSpec, samples: Samples, access: Access) -> TrytonErp:
    """What ``erpflow connectors certify tryton`` tries the connector on."""
    return TrytonErp(spec, samples, access)


class TrytonStamps:
    """A ``connectors.testing.notation.Writes``: instants as objects, in UTC, to the microsecond."""

    unit = timedelta(microseconds=1)
    naive = False

    def floor(self, stamp: datetime) -> datetime:
        """The instant as Tryton keeps it."""
        return stamp

    def write(self, stamp: datetime) -> dict[str, Any]:
        """The instant as Tryton writes it."""
        utc = stamp.astimezone(UTC)
        return {"__class__": "datetime"} | {name: getattr(utc, name) for name in _PARTS}


class TrytonErp:
    """A ``connectors.testing.server.Erp``. Rows are whole, whatever fields are asked for."""

    def __init__(self, spec: ConnectorSpec, samples: Samples, access: Access) -> None:
        self.spec = spec
        self.access = access
        self.likely = spec.streams[0].name
        self.clock = Clock()
        self.books: Mapping[str, Book] = {
            stream.name: Book(stream, samples[stream.name], self.clock, _UTC, TrytonStamps()) for stream in spec.streams
        }

    def is_token_request(self, asked: Asked) -> bool:
        """A user application's key needs no token."""
        return False

    def end_tokens(self) -> bool:
        """There are none."""
        return False

    def answer(self, asked: Asked) -> Answer:
        """The answer to a search."""
        if asked.headers.get("authorization") != f"bearer {self.access.secrets['key']}":
            return Answer(401)
        model = asked.path.rpartition("/")[2]
        domain, order = (orjson.loads(urlsafe_b64decode(asked.params[name])) for name in "do")
        stream = self.spec.stream(self.likely)
        if model == "company.company" and not domain:
            return Answer(document=[_COMPANY])
        if model == "ir.model.field":
            return Answer(document=[{"id": 1, "name": "id", "relation": None}])
        if model != stream.resource:
            return Answer(document=self._referred(model, domain))
        rows = [row.record for row in self.books[stream.name].rows() if _fits(row.record, domain, stream)]
        for path, direction in reversed(order):
            rows.sort(key=lambda record: _comparable(_at(record, path)), reverse=direction == "DESC")
        return Answer(document=[_bare(record) for record in rows[: int(asked.params["s"])]])

    def _referred(self, model: str, domain: Any) -> list[Any]:
        """The records that others refer to, which a search of their own asks for by id."""
        wanted = next(term[2] for term in domain if term[0] == "id")
        found = {id: one for row in self.books[self.likely].rows() for id, one in _references(row, model)}
        return [found[id] for id in wanted if id in found]


def _fits(record: Any, domain: Sequence[Any], stream: StreamSpec) -> bool:
    return all(_holds(record, term, stream) for term in domain)


def _holds(record: Any, term: Any, stream: StreamSpec) -> bool:
    if term[0] == "OR":
        return any(_fits(record, part if isinstance(part[0], list) else [part], stream) for part in term[1:])
    path, sign, wanted = term
    stamp = stream.increment.field if stream.increment else "id"
    if path not in ("id", stamp) or (path, sign) == ("id", "="):
        return True  # which company: these records are all of one
    value = _at(record, path)
    if value is None or wanted is None:
        return bool(sign == "!=" and value is not wanted)
    return _SIGNS[sign](_comparable(value), wanted if sign == "in" else _comparable(wanted))


def _comparable(value: Any) -> Any:
    return [value.get(name, 0) for name in _PARTS] if isinstance(value, dict) else value


def _at(record: Any, path: str) -> Any:
    for part in path.split("."):
        record = record.get(part) if isinstance(record, dict) else None
    return record


def _bare(value: Any) -> Any:
    """The record without what is behind a reference field: REST cannot reach it."""
    if isinstance(value, dict):
        return {name: _bare(inner) for name, inner in value.items() if name != "origin."}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def _references(row: Row, model: str) -> Iterator[tuple[int, Any]]:
    work = row.record.get("work")
    name = (work or {}).get("origin") if isinstance(work, dict) else None
    if isinstance(work, dict) and name and name.partition(",")[0] == model:
        yield int(name.partition(",")[2]), work.get("origin.")
