"""What a spec must not say, although each of its parts is well-formed: faults as sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from connectors.auth import Auth
from connectors.pagination import After, NoPages
from connectors.rest_spec import Lookup, PerRecord, RestApi
from connectors.stream_spec import SettingSpec, StreamSpec
from connectors.templates import PER_REQUEST, names, names_within
from schemas.keys import path_parts

_OF_PAGE = frozenset({"since", "from", "to", "limit", "position"})
_OF_RECORD = frozenset({"key", "key1", "key2", "key3", "key4"})
_OF_LOOKUP = _OF_RECORD | {"keys"}
_LIMIT = frozenset({"limit"})
_NONE: frozenset[str] = frozenset()


class Place(NamedTuple):
    """A template, where it stands, and which names of a request it may have. ``whole``: nothing can be left out."""

    where: str
    template: Any
    names: frozenset[str] = _NONE
    whole: bool = True


def template_faults(streams: Sequence[StreamSpec], rest: RestApi, settings: Sequence[SettingSpec]) -> list[str]:
    """Templates that name what nobody gives."""
    given = {setting.name for setting in settings if setting.required or setting.default is not None}
    maybe = {setting.name for setting in settings} - given
    places = (*_of_api(rest), *(place for stream in streams for place in _of_stream(stream)))
    return [
        f"{place.where} names {{{name}}}, {_why(name, place, maybe)}"
        for place in places
        for name in sorted(names_within(place.template) - _allowed(place, given, maybe))
    ]


def stream_faults(streams: Sequence[StreamSpec], rest: RestApi | None) -> list[str]:
    """Streams that cannot be read; ``rest`` only where the REST engine reads them."""
    return [f"stream '{stream.name}' {fault}" for stream in streams for fault in _reading_faults(stream, rest)]


def _allowed(place: Place, given: set[str], maybe: set[str]) -> set[str]:
    return given | {"company"} | place.names | (set() if place.whole else maybe)


def _why(name: str, place: Place, maybe: set[str]) -> str:
    if name in PER_REQUEST:
        there = ", ".join(f"{{{one}}}" for one in sorted(place.names)) or "no value of a request"
        return f"which is not known there; it may name settings, {{company}} and {there}"
    if name in maybe:
        return "a setting that may be missing; make it required or give it a default"
    hint = "; in GraphQL put spaces inside of braces" if "body" in place.where else ""
    return f"which no setting gives; add the setting '{name}'{hint}"


def _of_api(api: RestApi) -> Iterator[Place]:
    yield Place("rest.base_url", api.base_url)
    yield Place("rest.check", api.check)
    yield Place("rest.headers", dict(api.headers), _LIMIT, whole=False)
    yield from _of_auth(api.auth)


def _of_auth(auth: Auth) -> Iterator[Place]:
    for name, value in auth.model_dump(exclude={"kind", "header"}).items():
        if name == "shown":
            yield Place("rest.auth.shown", value, frozenset({"access_token"}))
        else:
            in_part = name in ("params", "headers", "body", "extra")
            yield Place(f"rest.auth.{name}", value, frozenset({"expires_on"}) if in_part else _NONE, whole=not in_part)


def _of_stream(stream: StreamSpec) -> Iterator[Place]:
    rest, at = stream.rest, f"stream '{stream.name}':"
    yield Place(f"{at} resource", stream.resource)
    for name in ("params", "keys_params", "newest_params", "body", "keys_body"):
        yield Place(f"{at} rest.{name}", getattr(rest, name), _OF_PAGE, whole=False)
    if stream.increment is not None:
        yield Place(f"{at} increment.zone", stream.increment.zone)
        for name in ("params", "headers"):
            yield Place(f"{at} increment.{name}", getattr(stream.increment, name), _OF_PAGE, whole=False)
    if stream.windows is not None:
        yield Place(f"{at} windows.params", dict(stream.windows.params), _OF_PAGE, whole=False)
    lookup = rest.lookups()
    if lookup is not None:
        yield from _of_request(f"{at} rest.lookup", lookup, _OF_LOOKUP)
    for part in rest.per_record:
        yield from _of_request(f"{at} rest.per_record", part, _OF_RECORD)


def _of_request(at: str, what: Lookup | PerRecord, known: frozenset[str]) -> Iterator[Place]:
    yield Place(f"{at}.path", what.path, known)
    yield Place(f"{at}.params", dict(what.params), known | _LIMIT, whole=False)
    yield Place(f"{at}.body", what.body, known | _LIMIT, whole=False)


def _reading_faults(stream: StreamSpec, api: RestApi | None) -> Iterator[str]:
    increment = stream.increment
    if increment and stream.windows:
        yield "has both an increment and windows; take one of them"
    if increment and not increment.field and increment.ordered:
        yield "has ordered changes without a stamp in its records; give increment.field, or leave 'ordered' out"
    if increment and not names(increment.zone) and not _is_zone(increment.zone):
        yield f"has the time zone '{increment.zone}', which there is not; name one as Europe/Oslo"
    if api is None:
        return
    pages = stream.rest.pages or api.pages
    if increment and increment.ordered and isinstance(pages, After) and pages.field != increment.field:
        yield f"is paged by '{pages.field}', so that its changes are not in the order of their stamps; drop 'ordered'"
    dropped = {path_parts(path)[0] for path in _needed(stream)} - set(stream.fields)
    if stream.fields and dropped:
        yield f"drops {', '.join(sorted(dropped))}, which it needs; name it in 'fields'"
    yield from _asking_faults(stream)


def _needed(stream: StreamSpec) -> Iterator[str]:
    """The paths without which the engine cannot read a stream."""
    yield from stream.key
    if stream.increment and stream.increment.field:
        yield stream.increment.field


def _asking_faults(stream: StreamSpec) -> Iterator[str]:
    rest, increment, days = stream.rest, stream.increment, stream.windows
    lists = names_within([dict(rest.params), rest.body])
    if (
        increment
        and not increment.param
        and "since" not in lists | names_within([dict(increment.params), dict(increment.headers)])
    ):
        yield "has an increment that is never asked for; name {since} in increment.params, headers or the body"
    if days and not {"from", "to"} <= lists | names_within(dict(days.params)):
        yield "has windows and does not name both {from} and {to}; put them into windows.params or the body"
    lookup = rest.lookups()
    if stream.lookup_size and lookup is None:
        yield "has a lookup_size and no rest.lookup path; say how a record is asked for by key"
    if lookup is not None and not _named(lookup) & _OF_LOOKUP:
        yield "has a rest.lookup that names no key; put {key} or {keys} into it"
    lone = isinstance(rest.pages, NoPages)  # one record needs no key in what is asked beside it
    if not lone and any(not _named(part) & _OF_RECORD for part in rest.per_record):
        yield "has a rest.per_record that names no key; put {key} into its path"


def _named(what: Lookup | PerRecord) -> set[str]:
    return names_within([what.path, dict(what.params), what.body])


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True
