"""The REST engine: reads an ordinary JSON API by nothing but its spec (``ConnectorSpec.rest``)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from connectors.auth import auth_headers
from connectors.base import Access, Mode, ReadAnswer, ReadRequest
from connectors.http import HttpClient, Request, Response
from connectors.pagination import LinkHeader, PageRead, Pagination, page_params
from connectors.rest_paging import Place, following
from connectors.spec import ConnectorSpec, RestApi, StreamSpec
from connectors.stamps import stamp_of, stamp_text
from connectors.templates import checked_url, connection_values, fill, fill_path, fill_url
from schemas.errors import ConfigError, Drifted
from schemas.keys import value_at
from schemas.pages import Record

_ABSENT = frozenset({404, 410})


@asynccontextmanager
async def open_rest(spec: ConnectorSpec, access: Access, http: HttpClient) -> AsyncIterator[RestSession]:
    """Open a session by a spec; raises ConfigError where a setting is missing. Nothing is asked of the API yet."""
    if spec.rest is None:
        raise ConfigError(f"The spec of {spec.title} says nothing about REST; give it a 'rest' part.")
    yield RestSession(spec, spec.rest, connection_values(spec, access), http)


class RestSession:
    """One connection's way into an API; a ``connectors.base.Session``."""

    def __init__(self, spec: ConnectorSpec, api: RestApi, values: Mapping[str, str], http: HttpClient) -> None:
        self._spec = spec
        self._api = api
        self._values = values
        self._http = http
        self._base = checked_url(fill_url(api.base_url, values), "base URL")
        own = {name: fill(text, values) for name, text in api.headers.items()}
        self._headers = own | auth_headers(api.auth, values)
        secret = (setting.name for setting in spec.settings if setting.secret)
        self._secrets = tuple(values[name] for name in secret if name in values)

    async def read(self, request: ReadRequest) -> ReadAnswer:
        """Read one page, or the records of the given keys one by one (see ``Session.read``)."""
        if request.mode is Mode.LOOKUP:
            return await self._lookup(request)
        stream, place = request.stream, Place.of(request)
        response = await self._ask(stream, place, _mode_params(request))
        place = place.began(request, _server_time(response) or datetime.now(UTC))
        records = _records(response.json, stream)
        stamps = [place.told(stamp_of(record, stream.increment)) for record in records]
        page = PageRead(place.page, stream.page_size, len(records), response.json, _link(response))
        after = following(self._pages(stream), place, page, ReadAnswer(records, stamps), request)
        return ReadAnswer(records, stamps, after)

    async def stamp(self, stream: StreamSpec) -> datetime | None:
        """The newest stamp where the spec can ask for it, else the clock of the API's server (header ``Date``)."""
        if stream.increment is None:
            return None
        newest = stream.rest.newest_params
        response = await self._ask(stream.model_copy(update={"page_size": 1}), Place(), newest or {})
        if newest is None:
            return _server_time(response)
        records = _records(response.json, stream)
        return stamp_of(records[0], stream.increment) if records else None

    async def check(self) -> str:
        """Ask for one record of the first stream, and say where it came from."""
        stream = self._spec.streams[0].model_copy(update={"page_size": 1})
        records = _records((await self._ask(stream, Place(), {})).json, stream)
        found = "has records" if records else "is empty"
        return f"{self._spec.title} at {urlsplit(self._base).netloc} answers; the stream {stream.name} {found}."

    def _pages(self, stream: StreamSpec) -> Pagination:
        return stream.rest.pages or self._api.pages

    async def _ask(self, stream: StreamSpec, place: Place, extra: Mapping[str, str]) -> Response:
        pages = self._pages(stream)
        if isinstance(pages, LinkHeader) and place.page is not None:
            return await self._get(self._same_host(place.page))
        params = {**stream.rest.params, **extra, **page_params(pages, place.page, stream.page_size)}
        increment = stream.increment
        if place.since is not None and increment is not None and increment.param:
            params[increment.param] = stamp_text(place.since, increment)
        return await self._get(self._url(stream.resource), params)

    async def _lookup(self, request: ReadRequest) -> ReadAnswer:
        rest, records = request.stream.rest, []
        for key in request.keys:
            path = fill_path(rest.lookup or "", {**self._values, "key": key})
            response = await self._get(self._base + "/" + path.lstrip("/"), allow=_ABSENT)
            if response.status not in _ABSENT:
                records.append(_record(response.json, request.stream))
        return ReadAnswer(records, [stamp_of(record, request.stream.increment) for record in records])

    async def _get(
        self, url: str, params: Mapping[str, str] | None = None, allow: frozenset[int] = frozenset()
    ) -> Response:
        request = Request("GET", url, params or {}, headers=self._headers, allow=allow, secrets=self._secrets)
        return await self._http.send(request)

    def _url(self, path: str) -> str:
        return self._base + "/" + fill_path(path, self._values).lstrip("/")

    def _same_host(self, link: str) -> str:
        url = urljoin(self._base + "/", link)
        if urlsplit(url)[:2] != urlsplit(self._base)[:2]:
            raise ConfigError(
                f"{self._spec.title} names a next page on another host, which is not followed with credentials; "
                "correct the base URL."
            )
        return url


def _mode_params(request: ReadRequest) -> Mapping[str, str]:
    return request.stream.rest.keys_params if request.mode is Mode.KEYS else {}


def _records(document: Any, stream: StreamSpec) -> list[Record]:
    path = stream.rest.records
    found = value_at(document, path) if path else document
    if isinstance(found, list) and all(isinstance(record, dict) for record in found):
        return found
    where = f"at '{path}'" if path else "as its answer"
    raise Drifted(f"The stream '{stream.name}' has no list of records {where}; compare the spec with the API.")


def _record(document: Any, stream: StreamSpec) -> Record:
    path = stream.rest.record
    found = value_at(document, path) if path else document
    if isinstance(found, dict):
        return found
    raise Drifted(f"A lookup of the stream '{stream.name}' gives no record; compare the spec with the API.")


def _link(response: Response) -> str:
    return response.headers.get("link", "")


def _server_time(response: Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None
