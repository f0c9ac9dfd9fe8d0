"""Rules for exact numbers: decimals, money, prices, quantities and hours. Nothing is ever rounded by a float."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Literal

from connectors.rules.units import unit_code
from connectors.rules.values import Value, Worked, converted, getter, known, refuse
from schemas.entities.common import exact
from schemas.mapping import ABSENT, Constant, MappingContext
from schemas.pages import Record

Counted = Literal["hours", "minutes", "seconds", "clock"]
"""What a duration is counted in; ``clock`` is text such as 7:30."""

_IN_AN_HOUR = {"hours": 1, "minutes": 60, "seconds": 3_600}


def number(found: Any, places: int = 10) -> Decimal:
    """A JSON number or decimal text, rounded half-even to ``places``; raises Rejected for anything else."""
    if isinstance(found, bool) or not isinstance(found, (int, float, str, Decimal)):
        refuse("a number")
    try:
        return exact(found.strip() if isinstance(found, str) else found, places)
    except ValueError:
        return refuse("a decimal number")


def decimal(value: Value, places: int = 10, minor: int = 0, negated: bool = False) -> Worked:
    """An exact number; ``minor`` is how many of its digits stand behind a point that is not written."""
    shift = Decimal(-1 if negated else 1).scaleb(-minor)
    return converted("decimal", value, lambda found: exact(number(found, 10) * shift, places))


def money(value: Value, currency: Value, minor: int = 0, negated: Value | None = None) -> Worked:
    """An amount with its currency, up to 4 decimals; absent where the currency is not known.

    ``minor`` 2 says that the API counts in hundredths. ``negated`` is a condition that turns the sign: the common
    model has credit notes negative.
    """
    work = _amount(decimal(value, 10, minor), getter(currency), negated, 4)
    return Worked("money", tuple(filter(None, (value, currency, negated))), work)


def price(value: Value, currency: Value, per: Value | None = None, units: Mapping[str, str] | None = None) -> Worked:
    """A price with up to 10 decimals for one ``per``: a unit's UN/ECE code, or the ERP's word for it."""
    amount, unit = _amount(decimal(value), getter(currency), None, 10), None if per is None else getter(per)

    def work(record: Record, context: MappingContext) -> Any:
        found = amount(record, context)
        if not found or unit is None:
            return found
        return {**found, "per": unit_code(unit(record, context), units)}

    return Worked("price", tuple(filter(None, (value, currency, per))), work)


def quantity(value: Value, unit: Value | None = None, units: Mapping[str, str] | None = None) -> Worked:
    """So much of a unit. ``units`` are the ERP's own words for UN/ECE codes, beside those that all know."""
    get, named = decimal(value), Constant(None) if unit is None else unit
    unit_of = getter(named)

    def work(record: Record, context: MappingContext) -> Any:
        found, word = get(record, context), unit_of(record, context)
        if not known(found):
            return found
        shown = word if isinstance(word, str) and word and not isinstance(named, Constant) else None
        return {"value": found, "unit": unit_code(word, units), "unit_source": shown}

    return Worked("quantity", (value, named), work)


def hours(value: Value, counted: Counted = "hours", negated: bool = False) -> Worked:
    """Decimal hours with 4 decimals, of a duration counted in hours, minutes or seconds, or written as 7:30."""
    sign = -1 if negated else 1

    def turn(found: Any) -> Decimal:
        if counted == "clock":
            return exact(sign * _clock(found))
        return exact(sign * number(found) / _IN_AN_HOUR[counted])

    return converted("hours", value, turn)


def _amount(
    get: Worked, currency: Callable[..., Any], negated: Value | None, places: int
) -> Callable[[Record, MappingContext], Any]:
    turned = None if negated is None else getter(negated)

    def work(record: Record, context: MappingContext) -> Any:
        found = get(record, context)
        if not known(found):
            return found
        code = currency(record, context)
        if not known(code):
            return ABSENT
        sign = -1 if turned is not None and turned(record, context) else 1
        return {"amount": exact(sign * found, places), "currency": code}

    return work


def _clock(found: Any) -> Decimal:
    whole, colon, minutes = found.strip().partition(":") if isinstance(found, str) else ("", "", "")
    if not colon:
        refuse("a duration such as 7:30")
    size = number(whole.lstrip("-")) + number(minutes) / 60
    return -size if whole.startswith("-") else size
