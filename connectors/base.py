"""What a connector is to the rest of erpflow: a spec, mappings, and sessions that read pages.

A connector contains no retry, no logging and no acknowledgement: the HTTP client and the runtime own these.
It raises the errors of ``schemas.errors`` and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from connectors.coverage import Coverage
from connectors.http import Http
from connectors.spec import ConnectorSpec, StreamSpec
from connectors.tokens import TokenSource
from schemas.envelope import Origin
from schemas.mapping import StreamMapping
from schemas.pages import Record


class Mode(StrEnum):
    """Why a stream is read.

    increment: what changed since the cursor · backfill: everything, the first time · scan: everything, to
    find what increments miss and what was deleted · keys: the keys of everything, to find deletes · window: the
    records of some days, of a stream that tells no changes · lookup: records by key.
    """

    INCREMENT = "increment"
    BACKFILL = "backfill"
    SCAN = "scan"
    KEYS = "keys"
    WINDOW = "window"
    LOOKUP = "lookup"

    @property
    def origin(self) -> Origin:
        """What the events of such a reading say about where they come from."""
        return _ORIGINS[self]


_ORIGINS: dict[Mode, Origin] = {
    Mode.INCREMENT: "increment",
    Mode.BACKFILL: "backfill",
    Mode.SCAN: "scan",
    Mode.KEYS: "scan",
    Mode.WINDOW: "increment",
    Mode.LOOKUP: "lookup",
}


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """One page to read. ``position`` is what the previous answer gave, None for the first page.

    ``since`` is the instant (UTC) from which changes are asked for, overlap included, in mode increment
    only; ``keys`` are the source keys of mode lookup, at most ``stream.lookup_size`` of them; ``days`` are the first
    and the last day to read of a stream with windows, in all modes but lookup. They stay the same through a run.
    """

    stream: StreamSpec
    mode: Mode
    position: Any = None
    since: datetime | None = None
    keys: tuple[str, ...] = ()
    days: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """One page as the ERP gave it. ``position`` (JSON) asks for the next page; None says that this was the last one.

    ``stamps`` runs parallel to ``records``: when each was last changed by the ERP's clock (UTC), None where it does not
    say. Records that nobody has looked into may be ``Slices``. In mode keys they need only hold the key fields. In mode
    lookup, keys without a record are absent.
    """

    records: Sequence[Record]
    stamps: list[datetime | None] = field(default_factory=list)
    position: Any = None


class Session(Protocol):
    """An open, authenticated way into one company of one ERP. Used by one task at a time."""

    async def read(self, request: ReadRequest) -> ReadAnswer:
        """Read one page. May be repeated with the same request, and must then give the same part of the ERP."""

    async def stamp(self, stream: StreamSpec) -> datetime | None:
        """The ERP's own newest change stamp of the stream, None if it is empty or cannot tell.

        Asked once, before a first load; the first increment starts there.
        """

    async def check(self) -> str:
        """One sentence about who is logged in to what, for ``erpflow connections test``."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a session is opened with: the connection's settings, and its secrets, which never show in ``repr``.

    ``tokens`` keeps the access token where the API's tokens are issued for a while; None: the session keeps its own.
    """

    company: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    tokens: TokenSource | None = field(default=None, repr=False)


Opener = Callable[[ConnectorSpec, Access, Http], AbstractAsyncContextManager[Session]]


@dataclass(frozen=True, slots=True)
class Connector:
    """The plug-in that knows a system. What the entry points of the group ``erpflow.connectors`` name.

    ``coverage`` says how sure each field is, None where nobody did; ``folder`` is where its samples are.
    """

    spec: ConnectorSpec
    mappings: Mapping[str, StreamMapping]
    open: Opener
    coverage: Coverage | None = None
    folder: Path | None = None
