"""How an API writes things, learnt from its samples: change stamps and keys of new records look like theirs. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:([T ])\d{2}:\d{2}(:\d{2})?([.,]\d+)?(Z|[+-]\d{2}(:?)\d{2})?)?")
_MOST_SECONDS = 100_000_000_000  # as Unix seconds the year 5138, as milliseconds 1973
_FIRST_NUMBER = 700_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Notation:
    """One way to write an instant. ``form`` is iso, unix, unix-ms, http, or a pattern of strftime.

    ``unit`` is the smallest step that it can tell apart; ``naive`` that it names no zone, and means ``zone``.
    """

    form: str
    zone: ZoneInfo
    sample: str = ""

    @property
    def unit(self) -> timedelta:
        """The smallest step that the notation can tell apart."""
        if self.form == "iso":
            return _iso_unit(self.sample)
        if self.form == "unix-ms" or "%f" in self.form:
            return timedelta(milliseconds=1)
        if "%" in self.form:
            return timedelta(seconds=1) if "%S" in self.form else timedelta(minutes=1) if "%M" in self.form else _DAY
        return timedelta(seconds=1)

    @property
    def naive(self) -> bool:
        """Whether a text in it names no zone."""
        if self.form == "iso":
            found = _ISO.fullmatch(self.sample)
            return found is None or found[4] is None
        return "%" in self.form and "%z" not in self.form and "%Z" not in self.form

    def floor(self, stamp: datetime) -> datetime:
        """The instant as the notation keeps it."""
        local = stamp.astimezone(self.zone)
        if self.unit >= _DAY:
            return datetime(local.year, local.month, local.day, tzinfo=self.zone).astimezone(UTC)
        return stamp - (stamp - _EPOCH) % self.unit

    def write(self, stamp: datetime) -> Any:
        """The instant, rounded down, as the API writes it: a text, or a number."""
        stamp = self.floor(stamp)
        if self.form in ("unix", "unix-ms"):
            return (stamp - _EPOCH) // self.unit
        if self.form == "http":
            return format_datetime(stamp, usegmt=True)
        local = stamp.astimezone(self.zone)
        return _iso(local, self.sample) if self.form == "iso" else local.strftime(self.form)

    def read(self, text: str) -> datetime:
        """The inverse, naive where the notation is; raises ValueError for another one."""
        if self.form in ("unix", "unix-ms"):
            return _EPOCH + float(text) * self.unit
        if self.form == "http":
            return parsedate_to_datetime(text)
        return datetime.fromisoformat(text) if self.form == "iso" else datetime.strptime(text, self.form)  # noqa: DTZ007


class Writes(Protocol):
    """How an API writes its change stamps; a ``Notation``, or one of an API's own."""

    @property
    def unit(self) -> timedelta:
        """The smallest step that can be told apart."""

    @property
    def naive(self) -> bool:
        """Whether no zone is named."""

    def floor(self, stamp: datetime) -> datetime:
        """The instant as it is kept."""

    def write(self, stamp: datetime) -> Any:
        """The instant as it is written."""


_DAY = timedelta(days=1)
_NAMED = {"iso": "2026-01-01T00:00:00.000001Z", "iso-seconds": "2026-01-01T00:00:00Z", "date": "2026-01-01"}


def declared(form: str, zone: ZoneInfo) -> Notation:
    """The notation that a spec names."""
    return Notation("iso", zone, _NAMED[form]) if form in _NAMED else Notation(form, zone)


def learnt(sample: Any, form: str | None, zone: ZoneInfo) -> Notation | None:
    """The notation of a value in a sample, None where it is no instant; ``form`` is the pattern that the spec names."""
    if isinstance(sample, int | float) and not isinstance(sample, bool):
        return Notation("unix" if sample < _MOST_SECONDS else "unix-ms", zone)
    if not isinstance(sample, str):
        return None
    if _ISO.fullmatch(sample):
        return Notation("iso", zone, sample)
    if sample.isdecimal():
        return learnt(int(sample), form, zone)
    return Notation(form, zone) if form else None


def fresh_key(sample: Any, number: int) -> Any:
    """Another key of the same kind: a number, a UUID, digits, a date or a text; numbers give different keys."""
    if isinstance(sample, int):
        return _FIRST_NUMBER + number
    text = str(sample)
    if _is_uuid(text):
        return _like(text, str(UUID(int=(UUID(text).int & ~0xFFFFFFFF) | (_FIRST_NUMBER + number))))
    if text.isdecimal():
        return str(_FIRST_NUMBER + number).zfill(len(text))
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return (date.fromisoformat(text) + timedelta(days=number)).isoformat()
    return f"{text}-{number}"


def _iso_unit(sample: str) -> timedelta:
    found = _ISO.fullmatch(sample)
    if found is None or found[1] is None:
        return _DAY
    if found[3]:
        return timedelta(microseconds=int(10 ** max(7 - len(found[3]), 0)))
    return timedelta(seconds=1) if found[2] else timedelta(minutes=1)


def _iso(local: datetime, sample: str) -> str:
    found = _ISO.fullmatch(sample)
    if found is None or found[1] is None:
        return local.date().isoformat()
    zone = found[4]
    moment = local.astimezone(UTC) if zone == "Z" else local
    text = moment.strftime(f"%Y-%m-%d{found[1]}%H:%M" + (":%S" if found[2] else ""))
    if found[3]:
        digits = len(found[3]) - 1
        text += "." + f"{moment.microsecond:06}".ljust(digits, "0")[:digits]
    offset = "" if zone is None else "Z" if zone == "Z" else moment.strftime("%z")
    return text + (f"{offset[:3]}:{offset[3:]}" if found[5] and len(offset) > 1 else offset)


def _is_uuid(text: str) -> bool:
    try:
        return len(text) >= 32 and bool(UUID(text))
    except ValueError:
        return False


def _like(sample: str, text: str) -> str:
    shown = text if "-" in sample else text.replace("-", "")
    return shown.upper() if sample.isupper() else shown
