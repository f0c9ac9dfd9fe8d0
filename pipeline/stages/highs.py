"""How far a run has brought the cursor: pure. The stream's own cursor becomes this when the run is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors import cursors
from connectors.base import ReadAnswer
from connectors.cursors import Cursor


def of(stored: dict[str, Any] | None) -> Cursor:
    """A stream's cursor as stored; that of the beginning where the stream had no changes to ask for until now."""
    return Cursor.from_json(stored) if stored and "newest" in stored else cursors.start(None)


CLOCK_SKEW = timedelta(hours=1)
"""How far an ERP's clock may be ahead of ours; a later stamp is a wrong clock and does not move the cursor."""


def first(stamp: datetime | None, overlap: timedelta, now: datetime) -> Cursor:
    """Where increments will begin after a first load: at the ERP's stamp from before its first request."""
    return cursors.settle(cursors.start(stamp), overlap, now)


def after(
    high: Cursor, answer: ReadAnswer, keys: Sequence[str | None], overlap: timedelta, now: datetime, *, load: bool
) -> Cursor:
    """The cursor after one more answer, of an increment or of a first load (``load``).

    A first load only remembers what it read near its start, so that the first increment does not take it for news; it
    does not move on, or what changed behind its back would be missed.
    """
    if load and high.newest is None:
        return high
    limit = high.newest if load else now + CLOCK_SKEW
    moved = cursors.advance(high, answer.records, keys, answer.stamps, overlap, limit)
    return cursors.settle(moved, overlap, now) if answer.position is None else moved
