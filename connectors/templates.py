"""Texts with ``{name}`` in them, filled from a connection's settings and secrets; nothing is ever evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from schemas.errors import ConfigError

NAME = re.compile(r"\{([a-z][a-z0-9_]*)(:int)?\}")
"""A name in a template; ``:int`` says that its value is a number."""


def names(template: str) -> set[str]:
    """The names that a template needs."""
    return {found[0] for found in NAME.findall(template)}


PER_REQUEST = frozenset({"since", "from", "to", "key", "key1", "key2", "key3", "key4", "keys", "limit", "position"})
"""Names that the engine fills in for a request; what names one is left out of a request that has none."""

FILLED_IN = PER_REQUEST | {"company", "access_token", "expires_on"}
"""Names that no setting gives: the engine fills them in for a connection, a token or a request."""


def names_within(value: Any) -> set[str]:
    """The names in all texts of a nested value."""
    if isinstance(value, str):
        return names(value)
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return set().union(*map(names_within, inner))


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with every ``{name}`` replaced as it stands; KeyError for a name without a value."""
    return NAME.sub(lambda found: _plain(values[found[1]], found[1], bool(found[2])), template)


def number(value: str, name: str) -> int:
    """The value of ``{name:int}``; raises ConfigError for one that is no whole number."""
    try:
        return int(value)
    except ValueError:
        raise ConfigError(f"'{name}' must be a whole number, as the connector's spec says; correct it.") from None


def _plain(value: str, name: str, is_number: bool) -> str:
    return str(number(value, name)) if is_number else value


def fill_path(template: str, values: Mapping[str, str]) -> str:
    """As ``fill``, with values quoted, so that none can leave its segment of the path."""
    return fill(template, {name: quote(value, safe="") for name, value in values.items()})


def checked_url(url: str, what: str) -> str:
    """The URL without a slash at its end; raises ConfigError unless it is http(s) with a host and no credentials."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        valid = False
    if not valid:
        raise ConfigError(f"The {what} of a connection must look like https://host/path, without credentials.")
    return url.rstrip("/")


def fill_url(template: str, values: Mapping[str, str]) -> str:
    """A base URL from a template: a lone ``{name}`` is the URL itself, a value within one cannot change its shape."""
    return (fill if NAME.fullmatch(template) else fill_path)(template, values)
