"""What is asked of Tryton for a request: domain, order, fields and limit, and where the next page is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.base import Mode, ReadRequest
from connectors.spec import StreamSpec
from connectors.systems.tryton.values import decode_stamp, encode_stamp, raw_at
from schemas.pages import Record

Domain = list[Any]

STAMP = "last_modified_at"
"""Tryton 8.2: the time of the last write, else of the creation. ``write_date`` alone is null until the first write."""


@dataclass(frozen=True, slots=True)
class Query:
    """One search of one model, answered with whole rows."""

    model: str
    domain: Domain
    fields: tuple[str, ...]
    order: tuple[tuple[str, str], ...] = (("id", "ASC"),)
    limit: int = 1


@dataclass(frozen=True, slots=True)
class Place:
    """How far a run has come: the last row's id, in increments its stamp, and without STAMP the run's own start."""

    id: int = 0
    stamp: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of(cls, request: ReadRequest) -> Place:
        """The place that a request's position names."""
        stored = request.position or {}
        stamps = {name: datetime.fromisoformat(stored[name]) for name in ("stamp", "until") if stored.get(name)}
        return cls(stored.get("id", 0), stamps.get("stamp"), stamps.get("until"))

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        stamps = {"stamp": self.stamp, "until": self.until}
        return {"id": self.id} | {name: stamp.isoformat() for name, stamp in stamps.items() if stamp}


def page_query(request: ReadRequest, place: Place, scope: Domain, fields: tuple[str, ...]) -> Query:
    """The next page of a run, by keyset: rows that come or go meanwhile shift nothing.

    Increments run in the order of (stamp, id), so that a record changed meanwhile comes again at the end; a
    bulk write gives many rows the same stamp, and the id tells them apart.
    """
    stream = request.stream
    asked = ("id",) if request.mode is Mode.KEYS else fields
    if request.mode is not Mode.INCREMENT or request.since is None or stream.increment is None:
        domain = [*scope, ["id", ">", place.id]]
        return Query(stream.resource, domain, asked, limit=stream.page_size)
    field = stream.increment.field
    after = _after(field, place) if place.stamp else [field, ">=", encode_stamp(request.since)]
    return Query(stream.resource, [*scope, after], asked, ((field, "ASC"), ("id", "ASC")), stream.page_size)


def old_increment_query(request: ReadRequest, place: Place, scope: Domain, fields: tuple[str, ...]) -> Query:
    """As ``page_query`` for an increment where the model has no STAMP (7.0): by id, from either of two stamps."""
    stream, since = request.stream, request.since
    if request.mode is not Mode.INCREMENT or since is None or stream.increment is None:
        return page_query(request, place, scope, fields)
    bound = encode_stamp(since)
    either = ["OR", *([name, ">=", bound] for name in old_stamps(stream.increment.field))]
    return Query(stream.resource, [*scope, either, ["id", ">", place.id]], fields, limit=stream.page_size)


def lookup_query(request: ReadRequest, scope: Domain, fields: tuple[str, ...]) -> Query:
    """The rows of the given ids; what is no id has no row."""
    ids = [int(key) for key in request.keys if key.isascii() and key.isdecimal() and len(key) < 19]
    return Query(request.stream.resource, [*scope, ["id", "in", ids]], fields, limit=max(len(ids), 1))


def newest_query(stream: StreamSpec, scope: Domain, name: str) -> Query:
    """The row whose stamp ``name`` is the newest."""
    domain = [*scope, [name, "!=", None]]
    return Query(stream.resource, domain, ("id", name), ((name, "DESC"), ("id", "DESC")))


def old_stamps(field: str) -> tuple[str, str]:
    """What stands for STAMP, or ``relation.STAMP``, in 7.0."""
    prefix = field.removesuffix(STAMP)
    return f"{prefix}write_date", f"{prefix}create_date"


def stamp_at(record: Record, field: str) -> datetime | None:
    """When a row was last changed, by STAMP or by the two that stand for it; None when it does not say."""
    stamp = decode_stamp(raw_at(record, field))
    old = [found for name in old_stamps(field) if (found := decode_stamp(raw_at(record, name)))]
    return stamp or max(old, default=None)


def next_place(request: ReadRequest, place: Place, records: list[Record]) -> Place | None:
    """Where the next page begins, None after the last one."""
    if len(records) < request.stream.page_size:
        return None
    last = records[-1]
    increment = request.stream.increment
    ordered = request.mode is Mode.INCREMENT and request.since is not None and increment and place.until is None
    return Place(last["id"], stamp_at(last, increment.field) if ordered and increment else None, place.until)


def _after(field: str, place: Place) -> Domain:
    stamp = encode_stamp(place.stamp) if place.stamp else None
    return ["OR", [[field, ">", stamp]], [[field, "=", stamp], ["id", ">", place.id]]]
