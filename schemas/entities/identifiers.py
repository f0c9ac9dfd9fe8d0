"""Numbers that carry their own check: organisation numbers and payment references.

A wrong one is flagged, never rejected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

from pydantic import model_validator

from schemas.entities import check_digits
from schemas.entities.value import Country, Value

Check = Callable[[str], bool]

# ISO 6523 codes as in the Peppol code list EAS; the check rules are general knowledge, not read in a contract
_SCHEMES: dict[str, tuple[str, Check]] = {
    "NO": ("0192", check_digits.norwegian_organisation),
    "SE": ("0007", check_digits.swedish_organisation),
    "DK": ("0184", check_digits.danish_organisation),
    "FI": ("0212", check_digits.finnish_organisation),
}
_TWO_LETTERS = re.compile(r"[A-Za-z]{2}")
_NOISE = re.compile(r"[\s.\-]")


def _has_text(given: Any) -> bool:
    return isinstance(given, dict) and isinstance(given.get("value"), (str, int))


class OrgNumber(Value):
    """A company's registration number.

    Give ``value`` as the ERP has it, with ``country`` where it is known: blanks, hyphens, the country's
    letters and ``MVA`` go; scheme and ``valid`` are worked out, and null where the rule is not known.
    """

    value: str
    scheme: str | None = None
    country: Country | None = None
    valid: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _work_out(cls, given: Any) -> Any:
        if isinstance(given, str):
            return _organisation(given, None)
        if _has_text(given) and given.keys() <= _ORG_FIELDS:
            return _organisation(str(given["value"]), given.get("country"))
        return given


_ORG_FIELDS = frozenset(OrgNumber.model_fields)


def org_number(text: str, country: str | None = None) -> dict[str, Any] | None:
    """The JSON of an OrgNumber, None for a blank text.

    Called by mappings, with the company's country (ISO 3166-1 alpha-2) where the record has none.
    """
    return _organisation(text, country) if text.strip() else None


def _organisation(text: str, country: Any) -> dict[str, Any]:
    raw = _NOISE.sub("", text)
    land = country.upper() if isinstance(country, str) and _TWO_LETTERS.fullmatch(country) else _country_of(raw)
    if land is None or land not in _SCHEMES:
        return {"value": raw, "scheme": None, "country": land, "valid": None}
    scheme, check = _SCHEMES[land]
    value = "".join(filter(str.isdigit, raw)) or raw
    if land == "SE":
        value = _swedish(value, vat=raw[:2].upper() == "SE")
    return {"value": value, "scheme": scheme, "country": land, "valid": check(value)}


def _country_of(raw: str) -> str | None:
    start = raw[:2].upper()
    return start if start in _SCHEMES else "NO" if raw[-3:].upper() == "MVA" else None


def _swedish(value: str, *, vat: bool) -> str:
    if len(value) != 12:
        return value
    if vat and value.endswith("01"):  # a VAT number is the organisation number and 01
        return value[:10]
    return value[2:] if value[:2] in {"16", "18", "19", "20"} else value  # 16, or the century of a sole trader


PaymentScheme = Literal["no_kid", "se_ocr", "fi_viite", "dk_fik", "free", "other"]


def _kid(value: str) -> bool:
    return 2 <= len(value) <= 25 and (check_digits.luhn(value) or check_digits.mod11(value))


# Only the length of a KID was read in a contract (Fiken); the rest is general knowledge. A FIK is meant without
# the card code of its form (71, 75).
_PAYMENT_CHECKS: dict[str, Check] = {
    "no_kid": _kid,
    "se_ocr": lambda value: 2 <= len(value) <= 25 and check_digits.luhn(value),
    "fi_viite": lambda value: 4 <= len(value) <= 20 and check_digits.weighted_731(value),
    "dk_fik": lambda value: len(value) in {15, 16} and check_digits.luhn(value),
}


class PaymentRef(Value):
    """What the payer quotes: text, because leading zeros count; ``valid`` is null for free text."""

    scheme: PaymentScheme
    value: str
    valid: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _work_out(cls, given: Any) -> Any:
        if _has_text(given) and given.keys() <= _PAYMENT_FIELDS:
            return _payment(str(given["value"]), given.get("scheme"))
        return given


_PAYMENT_FIELDS = frozenset(PaymentRef.model_fields)


def payment_ref(text: str, scheme: PaymentScheme) -> dict[str, Any] | None:
    """The JSON of a PaymentRef, None for a blank text. Called by mappings; blanks go except in free text."""
    return _payment(text, scheme) if text.strip() else None


def _payment(text: str, scheme: Any) -> dict[str, Any]:
    check = _PAYMENT_CHECKS.get(scheme) if isinstance(scheme, str) else None
    if check is None:
        return {"scheme": scheme, "value": text.strip(), "valid": None}
    value = re.sub(r"\s", "", text)
    return {"scheme": scheme, "value": value, "valid": check(value)}
