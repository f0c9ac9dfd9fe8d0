"""What an operator writes to narrow letters down, as a filter: ``tenant=north``, ``since=2026-11-01``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from connectors.registry import Registry
from pipeline.store.letter_search import Filter
from schemas.entities import ENTITIES
from schemas.errors import ConfigError

NAMES: Final = ("tenant", "connection", "system", "stream", "entity", "since", "until", "text", "letter", "share")

MOST_PARTS: Final = 1000


def narrowed(cause: str | None, given: Iterable[str], registry: Registry) -> Filter:
    """The filter; raises ConfigError with the allowed names for what it does not know."""
    values: dict[str, Any] = {"cause": cause} if cause else {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in NAMES or not value:
            raise ConfigError(f"--where takes NAME=VALUE with one of {', '.join(NAMES)}; it got {text!r}.")
        values |= _value(name, value, values, registry)
    return Filter(**values)


def _value(name: str, value: str, so_far: dict[str, Any], registry: Registry) -> dict[str, Any]:
    match name:
        case "since" | "until":
            return {name: _instant(name, value)}
        case "stream":
            return {"streams": (*so_far.get("streams", ()), value)}
        case "entity":
            return {"streams": (*so_far.get("streams", ()), *_streams(value, registry))}
        case "share":
            return {"share": _share(value)}
        case "letter":
            return {"names": (*so_far.get("names", ()), value)}
        case _:
            return {name: value}


def _instant(name: str, value: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise ConfigError(
            f"{name} takes an instant as 2026-11-01 or 2026-11-01T12:00 (UTC); it got {value!r}."
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _share(value: str) -> tuple[int, int]:
    """``2/3``: the second of three."""
    part, slash, parts = value.partition("/")
    if not slash or not part.isdecimal() or not parts.isdecimal() or not 1 <= int(part) <= int(parts) <= MOST_PARTS:
        raise ConfigError(f"share takes a part of how many, as in 1/2, of at most {MOST_PARTS}; it got {value!r}.")
    return int(part), int(parts)


def _streams(entity: str, registry: Registry) -> tuple[str, ...]:
    """The streams whose records give that kind of entity, in all systems."""
    if entity not in ENTITIES:
        raise ConfigError(f"There is no entity {entity}; there are: {', '.join(ENTITIES)}.")
    every = (pair for connector in registry.connectors.values() for pair in connector.mappings.items())
    found = tuple(sorted({name for name, mapping in every if entity in {one.entity for one in mapping.entities}}))
    if not found:
        raise ConfigError(f"No installed connector gives {entity}, so that no letter is about it; leave it out.")
    return found
