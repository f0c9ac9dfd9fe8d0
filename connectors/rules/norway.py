"""What is common to Norwegian ERPs: the standard VAT codes, and references that are a KID or just a text.

The codes are those of the tax administration for SAF-T (github.com/Skatteetaten/saf-t, Standard Tax Codes); the
meaning of each was not read there while this was written, but is general knowledge.
"""

from __future__ import annotations

from typing import Any

from connectors.rules.texts import text
from connectors.rules.values import Value, Worked, converted
from schemas.entities import common
from schemas.mapping import MappingContext
from schemas.pages import Record

_DIRECTIONS = {
    "output": ("3", "31", "32", "33", "5", "51", "52"),
    "input": ("1", "11", "12", "13", "91", "92"),
    "import": ("14", "15", "20", "21", "22", "81", "82", "83", "84", "85", "86", "87", "88", "89"),
    "none": ("0", "6", "7"),
}
_BY_CODE = {code: direction for direction, codes in _DIRECTIONS.items() for code in codes}
_REVERSE = frozenset({"51", "86", "87", "88", "89", "91", "92"})
"""Sales and purchases on which the buyer owes the VAT: services from abroad, emission rights, gold."""


def vat_direction(value: Value) -> Worked:
    """What a standard VAT code is for; other for one that is not standard."""
    return converted("vat_direction", value, lambda found: _BY_CODE.get(str(found).strip(), "other"))


def vat_reversed(value: Value) -> Worked:
    """Whether the buyer owes the VAT of a standard code; null for one that is not standard."""

    def turn(found: Any) -> bool | None:
        code = str(found).strip()
        return code in _REVERSE if code in _BY_CODE else None

    return converted("vat_reversed", value, turn)


def standard_code(value: Value) -> Worked:
    """The code where it is a standard one, else null."""

    def turn(found: Any) -> str | None:
        code = str(found).strip()
        return code if code in _BY_CODE else None

    return converted("standard_code", value, turn)


def kid_or_text(value: Value) -> Worked:
    """What the payer quotes, where the ERP keeps a KID (2 to 25 digits) and a message in one field."""
    get = text(value)

    def work(record: Record, context: MappingContext) -> Any:
        found = get(record, context)
        if not isinstance(found, str):
            return found
        digits = found.isascii() and found.isdigit() and 2 <= len(found) <= 25
        return common.payment_ref(found, "no_kid" if digits else "free")

    return Worked("kid_or_text", (value,), work)
