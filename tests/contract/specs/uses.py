"""What a connector asks of an API: the requests that its spec makes, with the names of their parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from connectors.pagination import NoPages
from connectors.rest_spec import Lookup
from connectors.spec import ConnectorSpec, StreamSpec


@dataclass(frozen=True)
class Use:
    """One request of a stream. ``records`` is where its records are in the answer; ``into`` the field they go to."""

    what: str
    method: str
    path: str
    params: frozenset[str] = frozenset()
    records: str = ""
    many: bool = True
    into: str | None = None


def of_stream(spec: ConnectorSpec, stream: StreamSpec) -> Iterator[Use]:
    """Every request that the engine may make for a stream; the list comes first."""
    rest = stream.rest
    params, many = frozenset(_list_params(spec, stream)), not isinstance(rest.pages, NoPages)
    yield Use("list", rest.method, _path(spec, stream.resource), params, rest.records, many)
    lookup = rest.lookup
    if isinstance(lookup, str):
        yield Use("lookup", "GET", _path(spec, lookup), frozenset(), rest.record, many=False)
    elif isinstance(lookup, Lookup):
        many = "{key}" not in lookup.path
        yield Use("lookup", lookup.method, _path(spec, lookup.path), frozenset(lookup.params), lookup.records, many)
    for part in rest.per_record:
        yield Use("detail", "GET", _path(spec, part.path), frozenset(part.params), part.records, False, part.into)


def _list_params(spec: ConnectorSpec, stream: StreamSpec) -> Iterator[str]:
    rest = stream.rest
    yield from (*rest.params, *rest.keys_params, *(rest.newest_params or ()))
    if stream.increment:
        yield from (*stream.increment.params, *filter(None, (stream.increment.param,)))
    if stream.windows:
        yield from stream.windows.params
    pages = rest.pages or (spec.rest.pages if spec.rest else NoPages())
    if rest.method == "GET":
        yield from (name for part in ("param", "size_param") if (name := getattr(pages, part, None)))


def _path(spec: ConnectorSpec, resource: str) -> str:
    base = spec.rest.base_url if spec.rest else ""
    known = {setting.name: setting.default for setting in spec.settings if setting.default}
    url = re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], found[0]), base)
    return urlsplit(url).path.rstrip("/") + "/" + resource.lstrip("/")
