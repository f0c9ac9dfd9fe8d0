"""A party's identifiers. Their types are the modules of python-stdnum (module party, configuration)."""

from __future__ import annotations

from typing import Any

from connectors.systems.tryton.mapping.common import active
from schemas.keys import value_at
from schemas.mapping import Function, MappingContext
from schemas.pages import Record

ORGANISATION = {"no_orgnr": "NO", "se_orgnr": "SE", "dk_cvr": "DK", "fi_ytunnus": "FI"}
VAT = {"no_mva", "se_vat", "fi_alv", "eu_vat"}


def org_number(path: str) -> Function:
    """The first registration number among the identifiers at ``path``, null where there is none."""

    def find(record: Record, context: MappingContext) -> Any:
        for item in active(value_at(record, path)):
            country = ORGANISATION.get(item.get("type") or "")
            if country and item.get("code"):
                return {"value": item["code"], "country": country}
        return None

    return find


def vat_number(path: str) -> Function:
    """The first VAT number among the identifiers at ``path``, null where there is none."""

    def find(record: Record, context: MappingContext) -> Any:
        items = active(value_at(record, path))
        return next((item["code"] for item in items if item.get("type") in VAT and item.get("code")), None)

    return find
