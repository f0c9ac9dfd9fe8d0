"""What the certificate's ERP holds: the samples of each stream, multiplied; the truth that connectors are held to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from connectors.increment import Increment
from connectors.rest_spec import PerRecord
from connectors.spec import StreamSpec
from connectors.templates import names_within
from connectors.testing.notation import Notation, Writes, declared, fresh_key, learnt
from connectors.testing.places import Path, dotted, leaves, put
from schemas.keys import source_key, value_at
from schemas.pages import Record

NOON = datetime(2026, 11, 18, 11, tzinfo=UTC)
"""When the certificate's clock begins: a winter's day."""

_PER_GROUP = 3  # records that share a part of a composite key
_WORDS = re.compile(r"[^\W\d_]{3,}")


@dataclass(slots=True)
class Clock:
    """The time: ours, and on the ERP's wall, which may be ``ahead`` of it."""

    now: datetime = NOON
    ahead: timedelta = timedelta(0)

    @property
    def wall(self) -> datetime:
        """The time as the ERP sees it."""
        return self.now + self.ahead

    def move(self, **by: float) -> datetime:
        """Let time pass; the new time on the ERP's wall."""
        self.now += timedelta(**by)
        return self.wall


@dataclass(frozen=True, slots=True)
class Row:
    """One record: ``number`` is what it is to the ERP whatever its key, ``day`` the date that windows ask for."""

    number: int
    record: Record
    stamp: datetime
    day: date
    hidden: bool = False


class Book:
    """The records of one stream, in the order in which they were made."""

    def __init__(
        self,
        stream: StreamSpec,
        samples: Sequence[Record],
        clock: Clock,
        zone: ZoneInfo,
        stamps: Writes | None = None,
    ) -> None:
        self.stream = stream
        self.zone = zone
        self._samples = _sharing(stream, samples)
        self._clock = clock
        self._rows: dict[int, Row] = {}
        self._numbers = count()
        self.stamps = stamps or _notation(stream.increment, samples, zone)

    def rows(self) -> list[Row]:
        """What the API shows now."""
        return [row for row in self._rows.values() if not row.hidden]

    def records(self) -> list[Record]:
        """The records of ``rows``."""
        return [row.record for row in self.rows()]

    def row(self, number: int) -> Row:
        """A record; KeyError where there is none."""
        return self._rows[number]

    def by_key(self, key: str) -> Row | None:
        """What the API finds under a source key."""
        return next((row for row in self.rows() if self.key(row.number) == key), None)

    def by_parts(self, parts: Sequence[str]) -> Row | None:
        """As ``by_key``, by the parts of a composite key."""
        return self.by_key("/".join(parts))

    def key(self, number: int) -> str | None:
        """The source key of a record."""
        return source_key(self._rows[number].record, self.stream.key)

    def fill(self, many: int, *, apart: timedelta = timedelta(seconds=7)) -> list[int]:
        """Add records, the last one changed a while before now, each ``apart`` from the one before."""
        last = self._clock.wall - timedelta(hours=3)
        return [self.add(last - apart * (many - 1 - here)) for here in range(many)]

    def add(self, stamp: datetime | None = None, *, hidden: bool = False, day: date | None = None) -> int:
        """Add a record that was changed at ``stamp`` (now); its number. ``hidden``: not to be seen yet."""
        number, now = next(self._numbers), self._clock.wall
        record = _with_key(self._samples[number % len(self._samples)], self.stream.key, number)
        self._rows[number] = Row(number, record, now, day or now.date(), hidden)
        self._stamp(number, stamp or now)
        return number

    def edit(self, number: int, stamp: datetime | None = None) -> None:
        """Change a record at ``stamp`` (now): it says something else, under the same key."""
        row = self._rows[number]
        self._rows[number] = replace(row, record=_edited(row.record, self._fixed()))
        self._stamp(number, stamp or self._clock.wall)

    def overwrite(self, number: int, record: Record) -> None:
        """Let a record be this one."""
        self._rows[number] = replace(self._rows[number], record=record)

    def reveal(self, number: int) -> None:
        """Let a hidden record be seen, with the stamp that it has: a transaction that ended late."""
        self._rows[number] = replace(self._rows[number], hidden=False)

    def delete(self, number: int) -> None:
        """Remove a record."""
        del self._rows[number]

    def _stamp(self, number: int, stamp: datetime) -> None:
        row, notation = self._rows[number], self.stamps
        if notation is None:
            self._rows[number] = replace(row, stamp=stamp)
            return
        increment = self.stream.increment
        record = row.record
        if increment is not None and increment.field:
            record = put(record, dotted(increment.field), notation.write(stamp))
        self._rows[number] = replace(row, stamp=notation.floor(stamp), record=record)

    def _fixed(self) -> set[Path]:
        stamp = self.stream.increment.field if self.stream.increment else ""
        whens = [extra.when for extra in self.stream.rest.per_record if extra.when]
        shared = [extra.into for extra in self.stream.rest.per_record if extra.into]
        return {dotted(path) for path in (*self.stream.key, stamp, *whens, *shared) if path}


def by_key(child: PerRecord) -> bool:
    """Whether what is asked for each record says which record; else all have the same."""
    return bool(names_within([child.path, child.params, child.body]) & {"key", "key1"})


def _notation(increment: Increment | None, samples: Sequence[Record], zone: ZoneInfo) -> Notation | None:
    if increment is None:
        return None
    written = increment.record_format or (increment.format if "%" in increment.format else None)
    shown = (value_at(record, increment.field) for record in samples) if increment.field else ()
    found = (learnt(value, written, zone) for value in shown if value not in (None, ""))
    return next((notation for notation in found if notation), None) or declared(increment.format, zone)


def _with_key(sample: Record, key: Sequence[str], number: int) -> Record:
    record: Record = sample
    for path in reversed(key[1:]):
        number, part = divmod(number, _PER_GROUP)
        record = put(record, dotted(path), fresh_key(value_at(sample, path), part))
    made: Record = put(record, dotted(key[0]), fresh_key(value_at(sample, key[0]), number))
    return made


def _sharing(stream: StreamSpec, samples: Sequence[Record]) -> Sequence[Record]:
    """The samples with the same children where the API is not told whose are asked for."""
    for child in stream.rest.per_record:
        if child.into and not by_key(child):
            children = value_at(samples[0], child.into)
            samples = [put(sample, dotted(child.into), children) for sample in samples]
    return samples


def _edited(record: Record, fixed: set[Path]) -> Record:
    """The record with one more word in its first text, or a field of its own where it has no text."""
    for path, value in leaves(record):
        free = not any(path[: len(one)] == one for one in fixed)
        if free and isinstance(value, str) and " " in value and _WORDS.search(value):
            said: Record = put(record, path, f"{value} II")
            return said
    revision = record.get("revision")
    return {**record, "revision": revision + 1 if isinstance(revision, int) else 1}
