"""Keys of the archive: which of them belong to a connection, and how old what they hold is. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from schemas.version import Version

PAGES: Final = ("raw", "domain")

_NAME = re.compile(r"[0-9a-f]{32}-[0-9a-f]{32}")
_EPOCH = re.compile(r"0*(\d{1,10})[-.]")


def part(name: str) -> str:
    """A name as one part of a key."""
    return quote(name, safe="").replace(".", "%2E")


def of_pages(kind: str, tenant: str, connection: str) -> str:
    """What the keys of a connection's pages begin with; a run's follow."""
    return f"{kind}/{part(tenant)}/{part(connection)}/"


def of_events(tenant: str, connection: str) -> str:
    """What the keys of a connection's big events begin with; no key of another form, or tenant, does."""
    return f"events/t={part(tenant)}/c={part(connection)}/"


def of_event(whose: tuple[str, str], version: str | None, name: str) -> str:
    """The key of a big event of (tenant, connection): by the version that it tells, if it tells one."""
    return f"{of_events(*whose)}{version or Version(0, 0, 0, 0)}-{name}"


def of_older_events(tenant: str) -> str:
    """What the keys of a tenant's big events began with, before they named the connection; see ``is_older_event``."""
    return f"events/{tenant}/"


def is_older_event(key: str, tenant: str) -> bool:
    """Whether a key is of that older form, and not of a tenant whose name goes on with a slash."""
    return _NAME.fullmatch(key.removeprefix(of_older_events(tenant))) is not None


def of_connection(tenant: str, connection: str) -> Sequence[str]:
    """What all keys of a connection begin with."""
    return [*(of_pages(kind, tenant, connection) for kind in PAGES), of_events(tenant, connection)]


def epoch_of(key: str, prefix: str) -> int | None:
    """The epoch in which the content behind a connection's prefix was read; None where the key does not say it."""
    found = _EPOCH.match(key.removeprefix(prefix))
    return int(found[1]) or None if found else None
