"""How an API hands out long lists, as data, and where the next page is: pure functions of the page just read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from connectors.model import SpecModel
from schemas.errors import ConfigError
from schemas.keys import value_at

Last = Literal["empty", "short"]
"""How the last page is known. ``short`` saves a request, and loses records where the server lowers the page size."""


class NoPages(SpecModel):
    """The answer holds everything."""

    kind: Literal["none"] = "none"


class PageNumbers(SpecModel):
    """``?page=1&limit=100``, the first page being number ``first``."""

    kind: Literal["page"] = "page"
    param: str = "page"
    size_param: str | None = "limit"
    first: int = 1
    last: Last = "empty"


class Offset(SpecModel):
    """``?offset=0&limit=100``."""

    kind: Literal["offset"] = "offset"
    param: str = "offset"
    size_param: str | None = "limit"
    last: Last = "empty"


class Token(SpecModel):
    """The answer gives a token for the next page at ``path``; none: it was the last one."""

    kind: Literal["token"] = "token"
    param: str
    path: str
    size_param: str | None = "limit"


class LinkHeader(SpecModel):
    """The answer's ``Link`` header names the next page (RFC 8288, rel="next")."""

    kind: Literal["link"] = "link"
    size_param: str | None = "limit"


Pagination = Annotated[NoPages | PageNumbers | Offset | Token | LinkHeader, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class PageRead:
    """What the next position depends on: the position just read, how many records came, and the answer."""

    position: Any
    size: int
    count: int
    document: Any = field(repr=False)
    link: str = ""


def page_params(pages: Pagination, position: Any, size: int) -> dict[str, str]:
    """The query parameters that ask for the page at ``position``, None being the first."""
    if isinstance(pages, NoPages):
        return {}
    params = {pages.size_param: str(size)} if pages.size_param else {}
    match pages:
        case PageNumbers():
            params[pages.param] = str(pages.first if position is None else position)
        case Offset():
            params[pages.param] = str(position or 0)
        case Token() if position is not None:
            params[pages.param] = str(position)
    return params


def next_position(pages: Pagination, read: PageRead) -> Any:
    """The position (JSON) of the next page, None when ``read`` was the last. For LinkHeader it is a URL.

    Raises ConfigError when the API gives the same token again, which would never end.
    """
    match pages:
        case PageNumbers():
            here = pages.first if read.position is None else read.position
            return None if _is_last(pages.last, read) else here + 1
        case Offset():
            return None if _is_last(pages.last, read) else (read.position or 0) + read.count
        case Token():
            return _new(value_at(read.document, pages.path) or None, read.position)
        case LinkHeader():
            return _new(_next_link(read.link), read.position)
    return None


def _is_last(last: Last, read: PageRead) -> bool:
    return read.count == 0 or (last == "short" and read.count < read.size)


def _new(position: Any, before: Any) -> Any:
    if position is not None and position == before:
        raise ConfigError("The API names the page it just gave as the next one; correct the spec's pagination.")
    return position


_LINK = re.compile(r'<([^>]*)>\s*((?:;\s*[\w*]+\s*=\s*(?:"[^"]*"|[^\s",;]+)\s*)*)')
_NEXT = re.compile(r';\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\b)', re.IGNORECASE)


def _next_link(header: str) -> str | None:
    for url, attributes in _LINK.findall(header):
        if _NEXT.search(attributes):
            return str(url)
    return None
