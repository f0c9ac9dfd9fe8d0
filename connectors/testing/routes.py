"""Which stream a request is about, and what it asks for: the spec's templates, read backwards. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, urlsplit

from connectors.pagination import Pagination
from connectors.rest_spec import PerRecord, RestApi
from connectors.spec import ConnectorSpec, StreamSpec
from connectors.templates import fill_url
from connectors.testing.books import by_key
from connectors.testing.exchange import Asked
from connectors.testing.unfill import Bound, Known, unfill_body, unfill_params, unfill_path

Kind = Literal["list", "keys", "newest", "lookup", "child", "check"]


@dataclass(frozen=True, slots=True)
class Question:
    """A request as the spec reads it. ``bound`` are the values of its templates."""

    kind: Kind
    stream: StreamSpec
    bound: Mapping[str, Any] = field(default_factory=dict)
    child: PerRecord | None = None


class Routes:
    """The addresses of a spec for one connection."""

    def __init__(self, spec: ConnectorSpec, api: RestApi, values: Mapping[str, str]) -> None:
        self._spec = spec
        self._api = api
        self._values: Known = frozenset(values.items())
        self._quoted: Known = frozenset((name, quote(value, safe="")) for name, value in values.items())
        base = urlsplit(fill_url(api.base_url, values))
        self._base = base.path.rstrip("/")

    def pages(self, stream: StreamSpec) -> Pagination:
        """How the stream's list is handed out."""
        return stream.rest.pages or self._api.pages

    def question(self, asked: Asked, likely: str) -> Question | None:
        """What a request asks for; the one that fits best, None where it is no request of the spec.

        Streams may be read with the very same requests: then it is that of the ``likely`` one.
        """
        streams = {stream.name: stream for stream in self._spec.streams}
        first = streams.pop(likely)
        if self._api.check and self._path(self._api.check, asked) is not None:
            return Question("check", first)
        for stream in (first, *streams.values()):
            found = max(self._of(stream, asked), key=_weight, default=None)
            if found is not None:
                return found
        return None

    def _of(self, stream: StreamSpec, asked: Asked) -> Iterator[Question]:
        yield from self._lists(stream, asked)
        yield from self._lookups(stream, asked)
        yield from self._children(stream, asked)

    def _lists(self, stream: StreamSpec, asked: Asked) -> Iterator[Question]:
        rest = stream.rest
        found = self._path(stream.resource, asked) if asked.method == rest.method else None
        if found is None:
            return
        headers = {name.lower(): template for name, template in self._api.headers.items()}
        found |= unfill_params(headers, asked.headers, self._values) or {}
        if rest.keys_body is not None and (keyed := self._with_body(found, rest.keys_body, asked)) is not None:
            yield from self._list("keys", stream, keyed, rest.keys_params, asked)
        bound = self._with_body(found, rest.body, asked)
        if bound is None:
            return
        yield from self._list("list", stream, bound, stream.windows.params if stream.windows else {}, asked)
        yield from self._changes(stream, bound, asked)
        if rest.keys_params:
            yield from self._list("keys", stream, bound, rest.keys_params, asked)
        if rest.newest_params:
            yield from self._list("newest", stream, bound, rest.newest_params, asked)

    def _list(
        self, kind: Kind, stream: StreamSpec, bound: Bound, more: Mapping[str, str], asked: Asked
    ) -> Iterator[Question]:
        """The question, if the request has the stream's parameters and these, which go before."""
        found = self._with_params(bound, {**stream.rest.params, **more}, asked)
        if found is not None:
            yield Question(kind, stream, found)

    def _changes(self, stream: StreamSpec, bound: Bound, asked: Asked) -> Iterator[Question]:
        increment = stream.increment
        if increment is None:
            return
        params = {**increment.params, **({increment.param: "{since}"} if increment.param else {})}
        headers = {name.lower(): template for name, template in increment.headers.items()}
        shown = unfill_params(headers, asked.headers, self._values)
        if shown is not None:
            found = self._list("list", stream, {**bound, **shown}, params, asked)
            yield from (question for question in found if question.bound.get("since") is not None)

    def _lookups(self, stream: StreamSpec, asked: Asked) -> Iterator[Question]:
        lookup = stream.rest.lookups()
        if lookup is None or asked.method != lookup.method:
            return
        bound = self._path(lookup.path, asked)
        bound = None if bound is None else self._with_params(bound, lookup.params, asked)
        bound = None if bound is None else self._with_body(bound, lookup.body, asked)
        if bound is not None and _has_key(bound):
            yield Question("lookup", stream, bound)

    def _children(self, stream: StreamSpec, asked: Asked) -> Iterator[Question]:
        for child in stream.rest.per_record:
            bound = self._path(child.path, asked) if asked.method == child.method else None
            bound = None if bound is None else self._with_params(bound, child.params, asked)
            bound = None if bound is None else self._with_body(bound, child.body, asked)
            if bound is not None and (not by_key(child) or _has_key(bound)):
                yield Question("child", stream, bound, child=child)

    def _path(self, template: str, asked: Asked) -> Bound | None:
        path, _, query = template.partition("?")
        quoted = quote(f"{self._base}/{path.lstrip('/')}", safe=_SAFE)
        bound = unfill_path(quoted, asked.path, self._quoted)
        return self._with_params(bound, dict(parse_qsl(query)), asked) if query and bound is not None else bound

    def _with_params(self, bound: Bound, templates: Mapping[str, str], asked: Asked) -> Bound | None:
        found = unfill_params(templates, asked.params, self._values)
        return None if found is None else {**bound, **found}

    def _with_body(self, bound: Bound, template: Any, asked: Asked) -> Bound | None:
        if template is None:
            return bound
        found = unfill_body(template, asked.body, self._values)
        return None if found is None else {**bound, **found}


def _has_key(bound: Bound) -> bool:
    return any(bound.get(name) is not None for name in _KEYS)


_SAFE = "/{}%:!$&'()*+,;=@[]~"
"""What a path has without being quoted, the names of a template included."""

_KEYS = {"key", "key1", "keys"}
_RANK: Mapping[Kind, int] = {"check": 0, "list": 1, "child": 2, "lookup": 3, "newest": 4, "keys": 5}


def _weight(question: Question) -> tuple[int, int]:
    """What fits more of the request is more likely meant."""
    return _RANK[question.kind], len(question.bound)
