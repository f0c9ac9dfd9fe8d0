"""Instants and days: an instant stays the same one, a day the same day, whatever zone this machine is in."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.testing.notation import Notation, learnt
from connectors.testing.places import Path, leaves, put, shown
from pipeline.certificate.bench import Case
from pipeline.certificate.formats import format_of
from pipeline.certificate.mapper import Mapper
from pipeline.certificate.verdicts import Failure, NotApplicable, check
from schemas.pages import Record, Result

_MACHINES = ("Pacific/Auckland", "America/St_Johns")
"""Zones of the machine, which must not matter: half a day ahead, and one of the half hours."""

_INSTANTS = tuple(datetime(2026, month, 15, 11, 22, 33, tzinfo=UTC) for month in (1, 7, 12))
_DAYS = (date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31))
_DAY = timedelta(days=1)

_MINUTE = timedelta(minutes=1)

Field = tuple[str, Path]
"""Kind of entity with its place among the record's entities, and the path within its body."""


@check("mapping-zones")
async def zones(case: Case) -> None:
    """Instants are those that the ERP means, in winter and in summer, and days stay days, wherever this machine is."""
    mapper, tried = case.mapper(), set[Path]()
    zone = case.bench().book.zone
    for machine in _MACHINES:
        with _machine_in(machine):
            for sample in case.kit.samples[case.name]:
                tried |= {path for path, value in leaves(sample) if _try(case, mapper, sample, (path, value), zone)}
    if not tried:
        raise NotApplicable("no instant and no day of an entity comes from a sample")


def _try(case: Case, mapper: Mapper, sample: Record, leaf: tuple[Path, Any], zone: ZoneInfo) -> bool:
    path, value = leaf
    notation = learnt(value, None, zone) if isinstance(value, str) else None
    if notation is None or notation.form != "iso":
        return False
    if notation.unit >= _DAY:
        return _days(mapper, sample, path)
    if notation.naive and case.api.increment is None:
        return False  # nobody says which zone is meant
    return _instants(mapper, sample, path, notation)


def _instants(mapper: Mapper, sample: Record, path: Path, notation: Notation) -> bool:
    """Write an instant as the sample does; the fields that follow it must say the same one."""
    tried = False
    for instant in _INSTANTS:
        written, next_one = notation.write(instant), notation.write(instant + max(notation.unit, _MINUTE))
        for field, value in _following(mapper, sample, path, (written, next_one), "date-time").items():
            tried, meant = True, notation.floor(instant)
            if datetime.fromisoformat(value) != meant:
                raise Failure(
                    f"Where {shown(path)} is {written}, which is {meant.isoformat()}, {_named(field)} is {value}."
                )
    return tried


def _days(mapper: Mapper, sample: Record, path: Path) -> bool:
    """Write some days as the sample does; the days that follow must always be as far from it."""
    apart: dict[Field, set[timedelta]] = {}
    for day in _DAYS:
        written = day.isoformat(), (day + _DAY).isoformat()
        for field, value in _following(mapper, sample, path, written, "date").items():
            apart.setdefault(field, set()).add(date.fromisoformat(value) - day)
    for field, distances in apart.items():
        if len(distances) > 1:
            raise Failure(f"{_named(field)} is not always as far from {shown(path)}: a day is lost or won.")
    return bool(apart)


def _following(mapper: Mapper, sample: Record, path: Path, written: tuple[Any, Any], wanted: str) -> dict[Field, str]:
    """The fields that are others when the next instant or day is written, with what they are at the first."""
    one, other = (_fields(result, wanted) for result in mapper.map([put(sample, path, text) for text in written]))
    return {field: value for field, value in one.items() if other.get(field, value) != value}


def _named(field: Field) -> str:
    return f"{shown(field[1])} of the {field[0].partition(' ')[0]}"


def _fields(result: Result, wanted: str) -> dict[Field, str]:
    found: dict[Field, str] = {}
    for place, entity in enumerate(result.entities):
        for path, value in leaves(entity.body):
            day = isinstance(value, str) and len(value) == len("2026-01-01")
            formats = format_of(entity.entity, path) if isinstance(value, str) else ()
            if wanted in formats and day == (wanted == "date"):
                found[f"{entity.entity} {place}", path] = value
    return found


@contextmanager
def _machine_in(zone: str) -> Iterator[None]:
    """The clock on this machine's wall in another zone, for a moment: no task may run meanwhile."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


CHECKS = (zones,)
