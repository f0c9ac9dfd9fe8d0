"""How an API hands out long lists, as data, and where the next page is: pure functions of the page just read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from connectors.model import Path, SpecModel
from schemas.errors import ConfigError
from schemas.keys import value_at

Last = Literal["empty", "short"]
"""How the last page is known. ``short`` saves a request, and loses records where the server lowers the page size."""


class NoPages(SpecModel):
    """The answer holds everything."""

    kind: Literal["none"] = "none"


class PageNumbers(SpecModel):
    """``?page=1&limit=100``, the first page being number ``first``.

    ``total_pages`` and ``has_more`` are paths where an answer says how many there are, or whether there are more;
    an answer that lacks them leaves it to ``last``.
    """

    kind: Literal["page"] = "page"
    param: str = "page"
    size_param: str | None = "limit"
    first: int = 1
    last: Last = "empty"
    total_pages: Path | None = None
    has_more: Path | None = None


class Offset(SpecModel):
    """``?offset=0&limit=100``. ``first`` is the number of the first record; ``has_more`` as for page numbers."""

    kind: Literal["offset"] = "offset"
    param: str = "offset"
    size_param: str | None = "limit"
    first: int = 0
    last: Last = "empty"
    total: Path | None = Field(default=None, description="Path of the number of all records.")
    has_more: Path | None = None


class Token(SpecModel):
    """The answer gives a token for the next page at ``path``; none, or ``has_more`` false: it was the last one."""

    kind: Literal["token"] = "token"
    param: str | None = Field(default=None, description="None where a template names {position}.")
    path: Path
    size_param: str | None = "limit"
    has_more: Path | None = None


class After(SpecModel):
    """The next page is what comes after the last record, by its ``field``, in whose order the list must be.

    It goes where a template names ``{position}``, or into ``param``. Nothing moves between pages that are read so.
    """

    kind: Literal["after"] = "after"
    field: Path
    param: str | None = None
    size_param: str | None = "limit"
    last: Last = "empty"


class NextUrl(SpecModel):
    """The answer gives the URL of the next page at ``path``; none: it was the last one."""

    kind: Literal["next-url"] = "next-url"
    path: Path
    size_param: str | None = None


class LinkHeader(SpecModel):
    """The answer's ``Link`` header names the next page (RFC 8288, rel="next")."""

    kind: Literal["link"] = "link"
    size_param: str | None = "limit"


Pagination = Annotated[
    NoPages | PageNumbers | Offset | Token | After | NextUrl | LinkHeader, Field(discriminator="kind")
]


@dataclass(frozen=True, slots=True)
class PageRead:
    """What the next position depends on: the position just read, the records that came, and the answer."""

    position: Any
    size: int
    records: Sequence[Any] = field(repr=False)
    document: Any = field(repr=False)
    link: str = ""

    @property
    def count(self) -> int:
        """How many records came."""
        return len(self.records)


def place_of(pages: Pagination, position: Any) -> Any:
    """The value of ``{position}`` at a position, None for a first page that needs none."""
    if position is None and isinstance(pages, PageNumbers | Offset):
        return pages.first
    return None if isinstance(pages, NextUrl | LinkHeader) else position


def page_params(pages: Pagination, position: Any, size: int) -> dict[str, str]:
    """The query parameters that ask for the page at ``position``, None being the first."""
    if isinstance(pages, NoPages):
        return {}
    params = {pages.size_param: str(size)} if pages.size_param else {}
    param = None if isinstance(pages, NextUrl | LinkHeader) else pages.param
    place = place_of(pages, position)
    return params if param is None or place is None else {**params, param: str(place)}


def next_position(pages: Pagination, read: PageRead) -> Any:
    """The position (JSON) of the next page, None when ``read`` was the last. For LinkHeader and NextUrl it is a URL.

    Raises ConfigError when the API gives the same position again, which would never end.
    """
    if isinstance(pages, NoPages) or _is_last(pages, read):
        return None
    here = place_of(pages, read.position)
    match pages:
        case PageNumbers():
            return here + 1
        case Offset():
            return _new(here + read.count, here)
        case Token() | NextUrl():
            return _new(value_at(read.document, pages.path) or None, read.position)
        case After():
            return _after(pages, read)
        case LinkHeader():
            return _new(_next_link(read.link), read.position)


def _is_last(pages: Pagination, read: PageRead) -> bool:
    more = _told(pages, read)
    if more is not None:
        return not more
    if isinstance(pages, PageNumbers | Offset | After):
        return read.count == 0 or (pages.last == "short" and read.count < read.size)
    return False


def _told(pages: Pagination, read: PageRead) -> bool | None:
    """Whether the answer says that there are more; None where it does not say."""
    if isinstance(pages, PageNumbers | Offset | Token) and pages.has_more:
        found = value_at(read.document, pages.has_more)
        return found if isinstance(found, bool) else None
    if isinstance(pages, PageNumbers) and pages.total_pages:
        total = _number(value_at(read.document, pages.total_pages))
        return None if total is None else place_of(pages, read.position) - pages.first + 1 < total
    if isinstance(pages, Offset) and pages.total and read.count:
        total = _number(value_at(read.document, pages.total))
        return None if total is None else place_of(pages, read.position) - pages.first + read.count < total
    return None


def _after(pages: After, read: PageRead) -> Any:
    found = value_at(read.records[-1], pages.field) if read.count else None
    if read.count and not isinstance(found, str | int | float):
        raise ConfigError(f"A list's last record has no '{pages.field}' to go on from; correct the spec's pagination.")
    return _new(found, read.position)


def _number(value: Any) -> int | None:
    try:
        return None if isinstance(value, bool) else int(value)
    except (TypeError, ValueError):
        return None


def _new(position: Any, before: Any) -> Any:
    if position is not None and position == before:
        raise ConfigError("The API names the page it just gave as the next one; correct the spec's pagination.")
    return position


_LINK = re.compile(r'<([^<>]*)>\s*((?:;\s*[\w*]+\s*=\s*(?:"[^"]*"|[^\s",;]+)\s*)*)')
_NEXT = re.compile(r';\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\b)', re.IGNORECASE)


def _next_link(header: str) -> str | None:
    for url, attributes in _LINK.findall(header):
        if _NEXT.search(attributes):
            return str(url)
    return None
