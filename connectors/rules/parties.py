"""Rules for what companies and people are known by: numbers with check digits, countries, addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from connectors.rules.texts import text, text_of
from connectors.rules.values import Value, Worked, converted, getter, known
from schemas.entities import common
from schemas.mapping import ABSENT, Constant, MappingContext
from schemas.pages import Record

AddressKind = Literal["postal", "visit", "delivery", "other"]
PaymentScheme = Literal["no_kid", "se_ocr", "fi_viite", "dk_fik", "free", "other"]

_COUNTRIES = {
    "NO": "NOR norge norway noreg",
    "SE": "SWE sverige sweden",
    "DK": "DNK danmark denmark",
    "FI": "FIN finland suomi",
    "DE": "DEU tyskland germany deutschland",
    "GB": "GBR storbritannia storbritannien",
    "NL": "NLD nederland netherlands",
    "PL": "POL polen poland",
}
COUNTRIES: Mapping[str, str] = {word.casefold(): code for code, words in _COUNTRIES.items() for word in words.split()}
_TWO_LETTERS = re.compile(r"[A-Za-z]{2}")


def country_code(found: Any, own: Mapping[str, str] | None = None) -> str | None:
    """The ISO 3166-1 code of what an ERP writes for a country; None for what is not known."""
    word = text_of(found).strip() if known(found) else ""
    listed = (own or {}).get(word) or COUNTRIES.get(word.casefold())
    return listed or (word.upper() if _TWO_LETTERS.fullmatch(word) else None)


def country(value: Value, table: Mapping[str, str] | None = None) -> Worked:
    """A country by its two letters, or by the ERP's word for it in ``table``; null for what is not known."""
    return converted("country", value, lambda found: country_code(found, table))


def org_number(value: Value, country: Value | None = None) -> Worked:
    """A registration number with its scheme and whether it is valid, by the company's country; blank is null."""
    get, land = text(value), getter(Constant(None) if country is None else country)

    def work(record: Record, context: MappingContext) -> Any:
        found = get(record, context)
        return common.org_number(found, country_code(land(record, context))) if known(found) else found

    return Worked("org_number", (value, *(() if country is None else (country,))), work)


def payment_ref(value: Value, scheme: PaymentScheme) -> Worked:
    """What the payer quotes, by its scheme; a blank one is null."""
    get = text(value)

    def work(record: Record, context: MappingContext) -> Any:
        found = get(record, context)
        return common.payment_ref(found, scheme) if known(found) else found

    return Worked("payment_ref", (value,), work)


def address(
    kind: AddressKind | None,
    lines: Sequence[Value],
    postal_code: Value | None = None,
    city: Value | None = None,
    country: Value | None = None,
) -> Worked:
    """An address; ``lines`` that are blank go, and one with line breaks becomes several. Null where all is blank."""
    nothing = Constant(None)
    parts = {"postal_code": text(postal_code or nothing), "city": text(city or nothing)}
    getters, land = [getter(line) for line in lines], getter(country or nothing)
    reads = (*lines, *(value for value in (postal_code, city, country) if value is not None))

    def work(record: Record, context: MappingContext) -> Any:
        found = [get(record, context) for get in getters]
        written = [line.strip() for text in found if known(text) for line in text_of(text).splitlines()]
        place = {name: get(record, context) or None for name, get in parts.items()}
        whole = {"lines": list(filter(None, written)), **place, "country": country_code(land(record, context))}
        if any(whole[name] for name in ("lines", *place)):
            return {"kind": kind, **whole}
        return ABSENT if found and all(line is ABSENT for line in found) else None

    return Worked("address", reads, work)
