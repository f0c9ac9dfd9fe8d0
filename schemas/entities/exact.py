"""Exact numbers: Decimal in Python, text in JSON, never a float on the way.

The text is canonical (no exponent, no plus sign, no trailing zeros, no negative zero), so that ``12.50`` and
``12.5`` are one content with one digest.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

_DIGITS = 18  # before the point
_TEXT = re.compile(rf"-?[0-9]{{1,{_DIGITS}}}(\.[0-9]{{1,28}})?")
_MOST = Decimal(10) ** _DIGITS
_UNIT = Decimal(1)
_EXACTLY = Context(prec=64, traps=[Inexact])


def _number(value: Any) -> Decimal:
    if isinstance(value, float):
        raise PydanticCustomError("float", "is a float; give decimal text, so that no digit is lost")
    if isinstance(value, str) and _TEXT.fullmatch(value):
        return Decimal(value)
    if isinstance(value, Decimal) and value.is_finite() and abs(value) < _MOST:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MOST:
        return Decimal(value)
    raise PydanticCustomError("exact", "is not a decimal number such as -1234.5")


def _canonical(value: Decimal) -> Decimal:
    number = _EXACTLY.normalize(value)
    if not number:
        return Decimal(0)
    return number if _decimals(number) >= 0 else number.quantize(_UNIT)


def _decimals(number: Decimal) -> int:
    return -int(number.as_tuple().exponent)


def _at_most(places: int) -> Callable[[Any], Decimal]:
    def check(value: Any) -> Decimal:
        given = _number(value)
        try:
            number = _canonical(given)
        except Inexact:
            number = given
        if _decimals(number) > places:
            raise PydanticCustomError("decimals", "has more than {places} decimals", {"places": places})
        return number

    return check


def _plain(value: Decimal) -> str:
    return format(value, "f")


def _schema(places: int) -> WithJsonSchema:
    pattern = rf"^-?[0-9]{{1,{_DIGITS}}}(\.[0-9]{{1,{places}}})?$"
    return WithJsonSchema({"type": "string", "format": "decimal", "pattern": pattern})


_TO_TEXT = PlainSerializer(_plain, return_type=str, when_used="json")

Amount = Annotated[Decimal, BeforeValidator(_at_most(4)), _TO_TEXT, _schema(4)]
"""An amount of money, up to 4 decimals."""
Hours = Annotated[Decimal, BeforeValidator(_at_most(4)), _TO_TEXT, _schema(4)]
"""Decimal hours, up to 4 decimals (a third of a second)."""
Percent = Annotated[Decimal, BeforeValidator(_at_most(6)), _TO_TEXT, _schema(6)]
"""Per cent: 25 is a quarter."""
Precise = Annotated[Decimal, BeforeValidator(_at_most(10)), _TO_TEXT, _schema(10)]
"""Prices, quantities and exchange rates, up to 10 decimals."""


def exact(value: str | int | float | Decimal, places: int = 4) -> Decimal:
    """The number rounded half-even to ``places`` decimals; a JSON float is taken by its shortest text.

    Called by mappings, where an ERP sends floats or more decimals than the field takes. Raises ValueError on
    text that is no decimal number, and on what is not finite.
    """
    try:
        number = _number(Decimal(repr(value)) if isinstance(value, float) else value)
    except PydanticCustomError as error:
        raise ValueError(f"{value!r} {error.message()}") from None
    return _canonical(number.quantize(_UNIT.scaleb(-places), ROUND_HALF_EVEN, Context(prec=64)))


def hours(*, seconds: float | Decimal = 0, minutes: float | Decimal = 0) -> Decimal:
    """Decimal hours of a duration in seconds and minutes, rounded half-even to 4 decimals.

    Called by mappings; raises ValueError on what is not finite.
    """
    return exact(exact(seconds, 10) / 3600 + exact(minutes, 10) / 60)
