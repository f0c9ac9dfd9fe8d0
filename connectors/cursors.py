"""Where the increments of a stream stand. Pure: the caller reads, journals and stores.

An ERP's stamps may become visible late (a transaction that began before another and ended after it), and
many records may share one. So each poll asks again from ``overlap`` before the newest stamp, and what it
had already seen there is dropped. A record is known again by key, stamp and digest: with stamps of whole
seconds, a second edit within the same second changes only the digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.manifest import digest
from schemas.pages import Record

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_SEEN = 20_000
"""Remembered records of the overlap; when the oldest are forgotten they are only read once more."""

_DIGITS = 12  # of a digest: enough to tell two states of one record apart


@dataclass(frozen=True, slots=True)
class Cursor:
    """``newest`` is the largest stamp read, None before the first; ``seen`` maps stamp → key → short digest.

    ``floor`` is a stamp below which nothing can appear any more (see ``settle``).
    """

    newest: datetime | None = None
    seen: dict[datetime, dict[str, str]] = field(default_factory=dict)
    floor: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """The stored form: JSON types only, stamps in UTC with microseconds."""
        return {
            "newest": self.newest and _text(self.newest),
            "floor": self.floor and _text(self.floor),
            "seen": {_text(stamp): dict(keys) for stamp, keys in self.seen.items()},
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Cursor:
        """The inverse of ``to_json``; raises KeyError or ValueError on anything else."""
        newest, floor = stored["newest"], stored["floor"]
        return cls(
            newest=datetime.fromisoformat(newest) if newest else None,
            seen={datetime.fromisoformat(stamp): dict(keys) for stamp, keys in stored["seen"].items()},
            floor=datetime.fromisoformat(floor) if floor else None,
        )


def start(stamp: datetime | None) -> Cursor:
    """The cursor of a first load: the ERP's newest stamp from before its first request, None if it was empty."""
    return Cursor(newest=stamp and stamp.astimezone(UTC))


def since(cursor: Cursor, overlap: timedelta) -> datetime:
    """The inclusive lower bound to ask the ERP from."""
    if cursor.newest is None:
        return EPOCH
    # Compared before it is subtracted: some ERPs write "never" as the first day that there is.
    from_newest = cursor.newest - overlap if cursor.newest - EPOCH > overlap else EPOCH
    return max(from_newest, cursor.floor or EPOCH)


def fresh(
    cursor: Cursor, records: Sequence[Record], keys: Sequence[str | None], stamps: Sequence[datetime | None]
) -> list[int]:
    """Positions of the records that were not read before. Without key or stamp a record is always fresh."""
    positions, here = [], set()
    for position, mark in enumerate(_marks(records, keys, stamps)):
        if mark is None:
            positions.append(position)
        elif mark not in here and not _is_seen(cursor, mark):
            positions.append(position)
            here.add(mark)
    return positions


def advance(
    cursor: Cursor,
    records: Sequence[Record],
    keys: Sequence[str | None],
    stamps: Sequence[datetime | None],
    overlap: timedelta,
    limit: datetime | None = None,
) -> Cursor:
    """The cursor after a page was read, dropped records included.

    A stamp after ``limit`` (some time after now) is a wrong clock: it is remembered and does not move the
    cursor, or every honest change until then would be missed.
    """
    seen = {stamp: dict(known) for stamp, known in cursor.seen.items()}
    newest, bound = cursor.newest, since(cursor, overlap)
    # A first load is mostly far below the bound: nothing of it is kept, and no digest is made for it.
    for mark in _marks(records, keys, stamps, bound):
        if mark is None:
            continue
        stamp, key, short = mark
        seen.setdefault(stamp, {})[key] = short
        if (newest is None or stamp > newest) and (limit is None or stamp <= limit):
            newest = stamp
    moved = Cursor(newest, floor=cursor.floor)
    return Cursor(newest, _bounded(seen, since(moved, overlap)), cursor.floor)


def settle(cursor: Cursor, overlap: timedelta, began: datetime, skew: timedelta = timedelta(hours=1)) -> Cursor:
    """The cursor after a poll that began at ``began`` (our clock) has read to its end.

    Once the newest stamp is older than overlap and any difference of clocks (``skew``), nothing can appear
    below it any more, and a quiet stream re-reads only the records at that stamp: after a big import, not
    all of it for ever.
    """
    if cursor.newest is None or began - skew - overlap <= cursor.newest:
        return cursor
    kept = {stamp: keys for stamp, keys in cursor.seen.items() if stamp >= cursor.newest}
    return Cursor(cursor.newest, kept, cursor.newest)


_Mark = tuple[datetime, str, str]


def _marks(
    records: Sequence[Record],
    keys: Sequence[str | None],
    stamps: Sequence[datetime | None],
    bound: datetime | None = None,
) -> Iterator[_Mark | None]:
    """The mark of each record; None for one without key or stamp, or with a stamp before ``bound``."""
    for position, key, stamp in zip(range(len(records)), keys, stamps, strict=True):
        if key is None or stamp is None or (bound is not None and stamp < bound):
            yield None
        else:
            yield stamp.astimezone(UTC), key, digest(records[position])[:_DIGITS]


def _is_seen(cursor: Cursor, mark: _Mark) -> bool:
    stamp, key, short = mark
    return cursor.seen.get(stamp, {}).get(key) == short


def _bounded(seen: dict[datetime, dict[str, str]], bound: datetime) -> dict[datetime, dict[str, str]]:
    kept: dict[datetime, dict[str, str]] = {}
    room = MOST_SEEN
    for stamp in sorted((stamp for stamp in seen if stamp >= bound), reverse=True):
        newest_first = list(seen[stamp].items())[-room:] if room else []
        if newest_first:
            kept[stamp] = dict(newest_first)
            room -= len(newest_first)
    return kept


def _text(stamp: datetime) -> str:
    return stamp.astimezone(UTC).isoformat(timespec="microseconds")
