"""Where the REST engine goes next. Pure: a function of the page just read and the position it was read at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from connectors import windows
from connectors.base import Mode, ReadAnswer, ReadRequest
from connectors.increment import Increment
from connectors.pagination import Offset, PageNumbers, PageRead, Pagination, next_position
from connectors.stamps import stamp_text
from connectors.windows import Days
from schemas.errors import ConfigError
from schemas.slices import first_key


@dataclass(frozen=True, slots=True)
class Place:
    """A position of the engine.

    ``page`` is the API's own, ``since`` the instant asked from, ``head`` the first source key of the page
    before, ``until`` the time on the API's clock when the first page of unordered changes was read. ``window`` are
    the days asked for, of a run that goes on to ``last``.
    """

    page: Any = None
    since: datetime | None = None
    head: str | None = None
    until: datetime | None = None
    window: Days | None = None
    last: date | None = None

    @classmethod
    def of(cls, request: ReadRequest, days: Days | None = None) -> Place:
        """Where a request reads: at the position it carries, or at the beginning, with the first step of ``days``."""
        stored = request.position or {}
        if not stored and days is not None and request.stream.windows is not None:
            return cls(window=windows.first_step(request.stream.windows, days), last=days[1])
        since, until, window, last = (stored.get(name) for name in ("since", "until", "window", "last"))
        return cls(
            page=stored.get("page"),
            since=datetime.fromisoformat(since) if since else request.since,
            head=stored.get("head"),
            until=datetime.fromisoformat(until) if until else None,
            window=(date.fromisoformat(window[0]), date.fromisoformat(window[1])) if window else None,
            last=date.fromisoformat(last) if last else None,
        )

    def began(self, request: ReadRequest, now: datetime) -> Place:
        """This place with ``until`` noted where it matters: at the first page of changes in no order."""
        increment = request.stream.increment
        unordered = request.mode is Mode.INCREMENT and increment is not None and not increment.ordered
        return replace(self, until=now) if unordered and self.until is None else self

    def told(self, stamp: datetime | None) -> datetime | None:
        """The stamp, None if it is from after ``until``.

        In no order, a record that was passed may change while a later page shows a newer stamp; a cursor
        that moved to it would miss that change. Without a stamp a record is read, and once more by the next
        poll.
        """
        return None if stamp is not None and self.until is not None and stamp > self.until else stamp

    def all_told(self, stamps: list[datetime | None]) -> list[datetime | None]:
        """The stamps, each as it is told."""
        return stamps if self.until is None else [self.told(stamp) for stamp in stamps]

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        kept = {
            "page": self.page,
            "since": self.since and self.since.isoformat(),
            "head": self.head,
            "until": self.until and self.until.isoformat(),
        }
        if self.window is None or self.last is None:
            return kept
        return kept | {"window": [day.isoformat() for day in self.window], "last": self.last.isoformat()}


def following(
    pages: Pagination, place: Place, page: PageRead, answer: ReadAnswer, request: ReadRequest
) -> dict[str, Any] | None:
    """The next position, None after the last page; raises ConfigError where the API gives one page for ever.

    ``answer`` holds the records as the list gave them. Records move from page to page while others are written. So
    a full page of changes in order is followed by asking again from its last stamp; page numbers only count through
    records that share one stamp.
    """
    after = next_position(pages, page)
    if after is None:
        return _next_window(place, request)
    counted = isinstance(pages, PageNumbers | Offset)
    head = first_key(answer.records, request.stream.key) if counted else None
    if head is not None and head == place.head:
        raise ConfigError(
            f"The stream '{request.stream.name}' gives the same page again and again; correct the spec's pagination."
        )
    last = _resume(request, place, answer) if counted and page.count >= page.size else None
    if last is not None:
        return replace(place, page=None, since=last, head=None).to_json()
    return replace(place, page=after, head=head).to_json()


def _next_window(place: Place, request: ReadRequest) -> dict[str, Any] | None:
    if place.window is None or place.last is None or request.stream.windows is None:
        return None
    step = windows.next_step(request.stream.windows, place.window, place.last)
    return None if step is None else replace(place, page=None, head=None, window=step).to_json()


def _resume(request: ReadRequest, place: Place, answer: ReadAnswer) -> datetime | None:
    increment = request.stream.increment
    if request.mode is not Mode.INCREMENT or increment is None or not increment.ordered:
        return None
    stamps = [stamp for stamp in answer.stamps if stamp is not None]
    if len(stamps) < len(answer.stamps) or not stamps or stamps != sorted(stamps):
        return None
    return stamps[-1] if _is_later(stamps[-1], place.since, increment) else None


def _is_later(stamp: datetime, since: datetime | None, increment: Increment) -> bool:
    if since is None:
        return True
    return stamp > since and stamp_text(stamp, increment) != stamp_text(since, increment)
