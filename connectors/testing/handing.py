"""How the ERP of the certificate hands out a long list: page by page, as the spec's pagination says. Pure.

Positions count records, as they do in a database's OFFSET: so a record that comes or goes meanwhile shifts the pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from connectors.pagination import After, LinkHeader, NextUrl, NoPages, Offset, PageNumbers, Pagination, Token
from connectors.testing.books import Row
from connectors.testing.exchange import Asked
from connectors.testing.places import dotted, put
from schemas.keys import value_at

_LINKED = "page_token"
_TOKEN = "next-"  # noqa: S105 - the beginning of a page's name, no secret


@dataclass(frozen=True, slots=True)
class Handed:
    """The rows of one page; what is put into the answer and its headers so that the next is found."""

    rows: Sequence[Row]
    document: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def within(self, document: Any) -> Any:
        """The answer with the page's own values put in."""
        for path, value in self.document.items():
            document = put(document, dotted(path), value)
        return document


def hand_out(pages: Pagination, rows: Sequence[Row], asked: Asked, bound: Mapping[str, Any], most: int) -> Handed:
    """The page that a request asks for; ``most`` is how many the API gives where the request does not say."""
    if isinstance(pages, NoPages):
        return Handed(rows)
    size = _size(pages.size_param, asked, bound, most)
    if isinstance(pages, After):
        return Handed(_after(pages, rows, asked, bound)[:size])
    begin = _begin(pages, asked, bound, size)
    page, end = rows[begin : begin + size], begin + size
    more = end < len(rows)
    match pages:
        case PageNumbers() | Offset():
            return Handed(page, _told(pages, len(rows), size, more))
        case Token():
            told = {pages.path: f"{_TOKEN}{end}" if more else None}
            return Handed(page, told | ({pages.has_more: more} if pages.has_more else {}))
        case NextUrl():
            return Handed(page, {pages.path: f"https://{asked.host}{_next(asked, end)}"} if more else {})
        case LinkHeader():
            return Handed(page, headers={"link": f'<{_next(asked, end)}>; rel="next"'} if more else {})


def _told(pages: PageNumbers | Offset, total: int, size: int, more: bool) -> dict[str, Any]:
    told: dict[str, Any] = {pages.has_more: more} if pages.has_more else {}
    if isinstance(pages, PageNumbers) and pages.total_pages:
        told[pages.total_pages] = -(-total // size)
    if isinstance(pages, Offset) and pages.total:
        told[pages.total] = total
    return told


def _size(param: str | None, asked: Asked, bound: Mapping[str, Any], most: int) -> int:
    given = bound.get("limit") or (asked.params.get(param) if param else None)
    return max(1, int(given)) if given else most


def _begin(pages: PageNumbers | Offset | Token | NextUrl | LinkHeader, asked: Asked, bound: Any, size: int) -> int:
    match pages:
        case PageNumbers():
            number = _position(pages.param, asked, bound)
            return 0 if number is None else max(0, int(number) - pages.first) * size
        case Offset():
            return max(0, int(_position(pages.param, asked, bound) or pages.first) - pages.first)
        case Token():
            return int((_position(pages.param, asked, bound) or _TOKEN + "0").removeprefix(_TOKEN))
    return int(asked.params.get(_LINKED, "0"))


def _after(pages: After, rows: Sequence[Row], asked: Asked, bound: Mapping[str, Any]) -> Sequence[Row]:
    """The rows behind a position, in the order of the field that pages are told apart by."""
    ordered = sorted(rows, key=lambda row: _comparable(value_at(row.record, pages.field)))
    position = _position(pages.param, asked, bound)
    if position is None:
        return ordered
    numbers = bool(ordered) and isinstance(value_at(ordered[0].record, pages.field), int | float)
    last = _comparable(float(position) if numbers else position)
    return [row for row in ordered if _comparable(value_at(row.record, pages.field)) > last]


def _comparable(value: Any) -> tuple[int, Any]:
    return (0, value) if isinstance(value, int | float) else (1, str(value))


def _position(param: str | None, asked: Asked, bound: Mapping[str, Any]) -> str | None:
    given = bound.get("position")
    return given if given is not None else asked.params.get(param) if param else None


def _next(asked: Asked, begin: int) -> str:
    params = {**asked.params, _LINKED: str(begin)}
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in params.items())
    return f"{asked.path}?{query}"
