"""The requests that a spec's templates make: pure, and without credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from connectors import windows
from connectors.base import Mode
from connectors.bodies import filled_body, filled_params
from connectors.pagination import LinkHeader, NextUrl, Pagination, page_params, place_of
from connectors.rest_paging import Place
from connectors.rest_spec import Lookup, Method, PerRecord, RestApi
from connectors.slicing import Cut
from connectors.spec import StreamSpec
from connectors.stamps import stamp_text
from connectors.templates import NAME, checked_url, fill_path, names_within
from schemas.errors import ConfigError
from schemas.keys import source_key, value_at
from schemas.pages import Record


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of an API, complete but for who asks. ``cut`` as in ``Request``."""

    method: Method
    url: str
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = field(default=None, repr=False)
    cut: Cut | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """Makes requests for one connection from ``values``, its settings and secrets; ``base`` is the API's base URL."""

    api: RestApi
    base: str
    values: Mapping[str, str] = field(repr=False)

    def page(self, stream: StreamSpec, place: Place, mode: Mode, extra: Mapping[str, str]) -> Ask:
        """The page at a place of a stream's list; ``extra`` are further parameters."""
        rest, pages = stream.rest, stream.rest.pages or self.api.pages
        values = self._of_page(stream, place, pages)
        headers = self._headers(values, stream.increment.headers if stream.increment and place.since else {})
        if isinstance(pages, LinkHeader | NextUrl) and place.page is not None:
            return Ask("GET", self.following(stream, place.page), headers=headers)
        templates = {**_of_mode(stream, place, mode), **extra}
        body = rest.keys_body if mode is Mode.KEYS and rest.keys_body is not None else rest.body
        named = names_within([body, templates, dict(self.api.headers)])
        params = _unnamed(page_params(pages, place.page, stream.page_size), pages, named)
        return Ask(
            rest.method,
            self.url(stream.resource, values),
            filled_params(templates, values) | params,
            headers,
            None if body is None else filled_body(body, values),
        )

    def following(self, stream: StreamSpec, link: str) -> str:
        """The URL of a next page that the API named; raises ConfigError for one of another host."""
        here = self.url(stream.resource, self.values)
        url = _joined(here, link)
        if urlsplit(url)[:2] != urlsplit(here)[:2]:
            raise ConfigError(
                f"The stream '{stream.name}' names a next page on another host, which is not followed with "
                "credentials; correct the base URL."
            )
        return url

    def lookup(self, stream: StreamSpec, lookup: Lookup, keys: tuple[str, ...]) -> Ask:
        """The records of some keys, or of the only one."""
        own = {"keys": list(keys), "limit": len(keys)} if is_joint(lookup) else _key_values(keys[0], stream)
        return self._ask(lookup, {**self.values, **own}, lookup.separator)

    def detail(self, stream: StreamSpec, detail: PerRecord, record: Record) -> Ask:
        """The detail or the children of a record that has a key. One more is asked for than there may be."""
        parts = {f"key{place}": str(value_at(record, path)) for place, path in enumerate(stream.key, 1)}
        values = {**self.values, **parts, "key": source_key(record, stream.key) or "", "limit": detail.most + 1}
        return self._ask(detail, values, ",")

    def path(self, template: str) -> Ask:
        """A path of the API, as it is."""
        return Ask("GET", self.url(template, self.values), headers=self._headers(self.values, {}))

    def url(self, template: str, values: Mapping[str, Any]) -> str:
        """The URL of a path below the base, or of a template that is a URL itself or begins with a setting of one."""
        texts = {name: str(value) for name, value in values.items()}
        first = NAME.match(template)
        if first and texts.get(first[1], "").startswith(("http://", "https://")):
            base, rest = checked_url(texts[first[1]], f"setting '{first[1]}'"), template[first.end() :]
        elif template.startswith(("http://", "https://")):
            return checked_url(fill_path(template, texts), "resource")
        else:
            base, rest = self.base, template
        path = fill_path(rest, texts).lstrip("/")
        return f"{base}/{path}" if path else base

    def _of_page(self, stream: StreamSpec, place: Place, pages: Pagination) -> dict[str, Any]:
        increment = stream.increment
        values: dict[str, Any] = {**self.values, "limit": stream.page_size}
        position = place_of(pages, place.page)
        if position is not None:
            values["position"] = position
        if place.since is not None and increment is not None:
            text = stamp_text(place.since, increment)
            values["since"] = int(text) if increment.format in ("unix", "unix-ms") else text
        if place.window is not None and stream.windows is not None:
            values |= windows.bounds(stream.windows, place.window)
        return values

    def _ask(self, what: Lookup | PerRecord, values: Mapping[str, Any], separator: str) -> Ask:
        return Ask(
            what.method,
            self.url(what.path, {**values, "keys": separator.join(values.get("keys", ()))}),
            filled_params(what.params, values, separator),
            self._headers(values, {}),
            None if what.body is None else filled_body(what.body, values),
        )

    def _headers(self, values: Mapping[str, Any], more: Mapping[str, str]) -> dict[str, str]:
        return filled_params({**self.api.headers, **more}, values)


def is_joint(lookup: Lookup) -> bool:
    """Whether a lookup asks for many keys at once."""
    return "keys" in names_within([lookup.path, dict(lookup.params), lookup.body])


def _of_mode(stream: StreamSpec, place: Place, mode: Mode) -> dict[str, str]:
    """The templates of the parameters of a list, by what it is asked for."""
    rest, increment = stream.rest, stream.increment
    templates = {**rest.params, **(rest.keys_params if mode is Mode.KEYS else {})}
    if stream.windows is not None:
        templates |= stream.windows.params
    if increment is not None and place.since is not None:
        templates |= {**increment.params, **({increment.param: "{since}"} if increment.param else {})}
    return templates


def _unnamed(params: dict[str, str], pages: Pagination, named: set[str]) -> dict[str, str]:
    """The parameters of a pagination without those whose value goes elsewhere."""
    elsewhere = {getattr(pages, "param", None)} if "position" in named else set()
    elsewhere |= {getattr(pages, "size_param", None)} if "limit" in named else set()
    return {name: value for name, value in params.items() if name not in elsewhere}


def _key_values(key: str, stream: StreamSpec) -> dict[str, str]:
    parts = key.split("/") if len(stream.key) > 1 else [key]
    if len(parts) != len(stream.key):
        raise ConfigError(
            f"A key of the stream '{stream.name}' has a slash within one of its {len(stream.key)} parts, and cannot be "
            "looked up; look it up by one field."
        )
    return {"key": key} | {f"key{place}": part for place, part in enumerate(parts, 1)}


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:
        raise ConfigError("The API names a next page that is no URL; correct the spec's pagination.") from None
