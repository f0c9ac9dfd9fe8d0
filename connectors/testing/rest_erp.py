"""An ERP made from a REST connector's spec and samples: it answers as the spec says that the API does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import Access
from connectors.given import connection_values
from connectors.pagination import NoPages
from connectors.rest_spec import PerRecord, RestApi
from connectors.spec import ConnectorSpec, StreamSpec
from connectors.templates import fill
from connectors.testing.books import Book, Clock, Row, by_key
from connectors.testing.entry import Entry
from connectors.testing.exchange import Answer, Asked
from connectors.testing.handing import Handed, hand_out
from connectors.testing.notation import Notation, declared
from connectors.testing.places import dotted, put, without
from connectors.testing.routes import Question, Routes
from connectors.testing.samples import Samples
from schemas.errors import ConfigError
from schemas.keys import value_at

MOST = 4
"""Records of a page where a request does not say: few, so that few records make several pages."""

_ABSENT, _REFUSED = 404, 400


class RestErp:
    """An ``Erp`` for the REST engine."""

    def __init__(self, spec: ConnectorSpec, samples: Samples, access: Access) -> None:
        if spec.rest is None:
            raise ConfigError(f"{spec.title} is not read by the REST engine; give the certificate a server for it.")
        self.spec = spec
        self.access = access
        self.likely = spec.streams[0].name
        self.clock = Clock()
        self._api: RestApi = spec.rest
        self._values = connection_values(spec, access)
        self._routes = Routes(spec, spec.rest, self._values)
        self._entry = Entry(spec.rest, self._values, self.clock)
        self.books: Mapping[str, Book] = {
            stream.name: Book(stream, samples[stream.name], self.clock, self._zone(stream)) for stream in spec.streams
        }

    def is_token_request(self, asked: Asked) -> bool:
        """Whether a request asks for a token or session."""
        return self._entry.issues(asked)

    def end_tokens(self) -> bool:
        """Let every issued token be refused."""
        return self._entry.end_tokens()

    def answer(self, asked: Asked) -> Answer:
        """The answer to one request."""
        if self._entry.issues(asked):
            return self._entry.issue(asked)
        if not self._entry.lets_in(asked):
            return self._said(401, "the credentials are not accepted")
        question = self._routes.question(asked, self.likely)
        if question is None:
            return self._said(_ABSENT, f"there is no {asked.method} {asked.path}")
        match question.kind:
            case "lookup":
                return self._looked_up(question)
            case "child":
                return self._child(question)
            case "check":
                return Answer(document={"ok": True})
        return self._list(question, asked)

    def _list(self, question: Question, asked: Asked) -> Answer:
        book, pages = self.books[question.stream.name], self._routes.pages(question.stream)
        try:
            rows = self._chosen(question, book)
        except ValueError:
            return self._said(_REFUSED, "a date in the request is not understood")
        handed = hand_out(pages, rows, asked, question.bound, MOST)
        empty = (*question.stream.rest.empty, *self._api.empty)
        if not handed.rows and empty:
            return Answer(empty[0], {"message": "nothing found"})
        return self._page(question, handed)

    def _page(self, question: Question, handed: Handed) -> Answer:
        stream = question.stream
        show = _only_keys if question.kind == "keys" else _without_children
        records = [show(stream, row) for row in handed.rows]
        document = handed.within(put({}, dotted(stream.rest.records), records))
        return Answer(document=document, headers=handed.headers)

    def _chosen(self, question: Question, book: Book) -> Sequence[Row]:
        rows, bound = book.rows(), question.bound
        ordered = question.stream.increment is not None and question.stream.increment.ordered
        if bound.get("since") is not None:
            rows = [row for row in rows if self._is_after(row, str(bound["since"]), book)]
        if bound.get("from") or bound.get("to"):
            rows = [row for row in rows if _is_within(row.day, bound, question.stream)]
        if question.kind == "newest":
            return sorted(rows, key=lambda row: row.stamp, reverse=True)
        return sorted(rows, key=lambda row: row.stamp) if ordered else rows

    def _is_after(self, row: Row, text: str, book: Book) -> bool:
        increment = book.stream.increment
        assert increment is not None  # noqa: S101 - a request with {since} is of a stream with changes
        asked = declared(increment.format, book.zone)
        bound, own = _bound(asked, text, book), row.stamp
        unit = timedelta(0) if asked.form == "iso" and not _is_day(asked) else asked.unit
        if bound.tzinfo is None:
            own = own.astimezone(book.zone).replace(tzinfo=None)
        return own >= bound + max(unit, timedelta(microseconds=1)) if increment.exclusive else own >= bound

    def _looked_up(self, question: Question) -> Answer:
        stream, lookup = question.stream, question.stream.rest.lookups()
        assert lookup is not None  # noqa: S101 - else it were no lookup
        book = self.books[stream.name]
        if question.bound.get("keys") is None:
            row = book.by_parts(_key_parts(question))
            if row is None:
                return self._said(_ABSENT, "there is no such record")
            return Answer(document=put({}, dotted(lookup.records), row.record))
        given = question.bound["keys"]
        keys = given if isinstance(given, list) else str(given).split(lookup.separator)
        rows = [row for key in keys if (row := book.by_key(str(key)))]
        return Answer(document=put({}, dotted(lookup.records), [row.record for row in rows]))

    def _child(self, question: Question) -> Answer:
        child, book = question.child, self.books[question.stream.name]
        row = book.by_parts(_key_parts(question)) if child and by_key(child) else next(iter(book.rows()), None)
        if row is None or child is None:
            return self._said(_ABSENT, "there is no such record")
        found = value_at(row.record, child.into) if child.into else row.record
        if not found and child.empty:
            return Answer(child.empty[0], {"message": "nothing found"})
        return Answer(document=put({}, dotted(child.records), [] if found is None else found))

    def _said(self, status: int, message: str) -> Answer:
        """An error as this API words it."""
        dialect = self._api.errors
        return Answer(status, put({}, dotted(dialect.message or "message"), message))

    def _zone(self, stream: StreamSpec) -> ZoneInfo:
        return ZoneInfo(fill(stream.increment.zone, self._values) if stream.increment else "UTC")


def _bound(asked: Notation, text: str, book: Book) -> datetime:
    """The instant of a request; on the wall where both it and the records name no zone, as in a database without."""
    found = asked.read(text)
    if found.tzinfo is not None:
        return found
    if _is_day(asked) or book.stamps is None or not book.stamps.naive:
        return found.replace(tzinfo=book.zone)
    return found


def _key_parts(question: Question) -> list[str]:
    """The key that a path names: whole, or part by part."""
    if question.bound.get("key") is not None:
        return [str(question.bound["key"])]
    return [str(question.bound[f"key{place}"]) for place in range(1, len(question.stream.key) + 1)]


def _is_day(notation: Notation) -> bool:
    return notation.unit >= timedelta(days=1)


def _is_within(day: date, bound: Mapping[str, Any], stream: StreamSpec) -> bool:
    begin = date.fromisoformat(bound["from"]) if bound.get("from") else date.min
    end = date.fromisoformat(bound["to"]) if bound.get("to") else date.max
    if stream.windows is not None and stream.windows.exclusive_end:
        return begin <= day < end
    return begin <= day <= end


def _only_keys(stream: StreamSpec, row: Row) -> Any:
    record: Any = {}
    for path in stream.key:
        record = put(record, dotted(path), value_at(row.record, path))
    return record


def _without_children(stream: StreamSpec, row: Row) -> Any:
    """The record as it stands in the list: what is asked for record by record is not in it."""
    record: Any = row.record
    for child in stream.rest.per_record:
        if child.into:
            record = without(record, dotted(child.into)) if value_at(record, child.into) is not None else record
        else:
            record = _head(stream, replace(row, record=record), child)
    return record


def _head(stream: StreamSpec, row: Row, child: PerRecord) -> Any:
    record = _only_keys(stream, row)
    for path in (stream.increment.field if stream.increment else "", child.when or ""):
        if path and value_at(row.record, path) is not None:
            record = put(record, dotted(path), value_at(row.record, path))
    return record


def handed_out_whole(spec: ConnectorSpec, stream: StreamSpec) -> bool:
    """Whether the API gives the stream's list in one answer."""
    return isinstance(stream.rest.pages or (spec.rest.pages if spec.rest else NoPages()), NoPages)
