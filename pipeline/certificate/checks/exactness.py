"""Money and other exact numbers: what the ERP writes arrives digit by digit, and sums are exact.

The certificate changes one number of a sample at a time. Where three round numbers show that a field of an entity
depends on it in a straight line, hard numbers must land on that line; a float would miss it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, DecimalException, InvalidOperation
from fractions import Fraction
from typing import Any

from connectors.testing.places import Path, leaves, put, shown
from pipeline.certificate.bench import Case
from pipeline.certificate.formats import format_of
from pipeline.certificate.mapper import Mapper, differing, refusal
from pipeline.certificate.verdicts import Failure, NotApplicable, check
from schemas.pages import Record, Result

_NUMBER = re.compile(r"-?\d{1,15}([.,]\d{1,10})?")
_ROUND = (("14400", "28800", "43200"), ("1", "2", "3"))
"""Three numbers each that no unit of time or hundredths make uneven: big ones, and small ones for hours."""

_HARD = ("0.29", "1.15", "2.675", "0.3", "0.0123456789")
_HARD_AND_BIG = ("8.41", "1000.1", "123456789012.34")
_HARD_TEXTS = ("12345678901234.56", "9007199254740993.25")
_PLACES = range(2, 11)

Slope = tuple[Fraction, Fraction]
Field = tuple[str, tuple[str | int, ...]]
"""Kind of entity with its place among the record's entities, and the path within its body."""


@check("mapping-exact")
async def exact(case: Case) -> None:
    """Amounts arrive digit by digit, however they are written, and sums and conversions are exact."""
    mapper, tried = case.mapper(), set[Path]()
    for sample in case.kit.samples[case.name]:
        for path, value in leaves(sample):
            general = tuple("*" if isinstance(part, int) else part for part in path)
            if general not in tried and _is_number(value) and _try(mapper, sample, path):
                tried.add(general)
    if not tried:
        raise NotApplicable("no exact number of an entity comes from a number of a sample")


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return _NUMBER.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _try(mapper: Mapper, sample: Record, path: Path) -> bool:
    """Hold a number of the sample against every exact field that follows it; false where there is none."""
    for chosen, hard in zip(_ROUND, ((*_HARD, *_HARD_AND_BIG), _HARD[:4]), strict=True):
        lines = _lines(mapper, sample, path, chosen)
        if lines:
            more = _HARD_TEXTS if _is_text(sample, path) and chosen is _ROUND[0] else ()
            for number in (*hard, *more):
                _hold(mapper, sample, path, number, lines)
            return True
    return False


def _lines(mapper: Mapper, sample: Record, path: Path, numbers: tuple[str, ...]) -> dict[Field, Slope]:
    """The fields that depend on the number in a straight line, with slope and offset."""
    results = mapper.map([_with(sample, path, number) for number in numbers])
    (x1, first), (x2, second), (x3, third) = (
        (Fraction(number), _exact_fields(result)) for number, result in zip(numbers, results, strict=True)
    )
    found = {}
    for field in first.keys() & second.keys() & third.keys():
        slope = (second[field] - first[field]) / (x2 - x1)
        offset = first[field] - slope * x1
        if slope and third[field] == slope * x3 + offset:
            found[field] = slope, offset
    return found


def _hold(mapper: Mapper, sample: Record, path: Path, number: str, lines: dict[Field, Slope]) -> None:
    result = mapper.one(_with(sample, path, number))
    if result.status != "mapped":
        _complain(result, path, number, lines)
        return
    got = _exact_fields(result)
    for field, (slope, offset) in lines.items():
        wanted = slope * Fraction(number) + offset
        if field in got and not _is_rounded(wanted, got[field]):
            raise Failure(
                f"Where {shown(path)} is {number}, {_named(field)} is {_text(got[field])} instead of {_text(wanted)}."
            )


def _complain(result: Result, path: Path, number: str, lines: dict[Field, Slope]) -> None:
    """A hard number may be refused by a field that takes whole numbers, but not by an exact one."""
    field = (result.reject.field or "") if result.reject else ""
    if any(str(where[0]) == field.split(".")[0] for _, where in lines):
        raise Failure(f"Where {shown(path)} is {number}, the record is rejected: {refusal(result)}")


def _exact_fields(result: Result) -> dict[Field, Fraction]:
    found: dict[Field, Fraction] = {}
    for place, entity in enumerate(result.entities):
        for where, value, _ in differing(entity.body, {}):
            for inner, leaf in _all_leaves(value, where):
                if isinstance(leaf, str) and "decimal" in format_of(entity.entity, inner):
                    found[f"{entity.entity} {place}", inner] = Fraction(leaf)
    return found


def _all_leaves(value: Any, where: tuple[str | int, ...]) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict | list):
        yield from leaves(value, where)
    else:
        yield where, value


def _with(sample: Record, path: Path, number: str) -> Record:
    """The sample with another number, written as the one before: as text, with a comma, or as JSON's number."""
    if _is_text(sample, path):
        written: Any = number.replace(".", ",") if "," in _value(sample, path) else number
    else:
        written = int(number) if number.isdecimal() else float(number)
    changed: Record = put(sample, path, written)
    return changed


def _is_text(sample: Record, path: Path) -> bool:
    return isinstance(_value(sample, path), str)


def _value(sample: Any, path: Path) -> Any:
    for part in path:
        sample = sample[part]
    return sample


def _is_rounded(wanted: Fraction, got: Fraction) -> bool:
    """Whether one is the other, or is it rounded to as many decimals as a currency or quantity has."""
    return any(abs(wanted - got) <= Fraction(1, 2 * 10**places) and _has(got, places) for places in _PLACES)


def _has(number: Fraction, places: int) -> bool:
    return bool((number * 10**places).denominator == 1)


def _text(number: Fraction) -> str:
    try:
        return format((Decimal(number.numerator) / Decimal(number.denominator)).normalize(), "f")
    except (DecimalException, InvalidOperation):
        return str(number)


def _named(field: Field) -> str:
    return f"{shown(field[1])} of the {field[0].partition(' ')[0]}"


CHECKS = (exact,)
