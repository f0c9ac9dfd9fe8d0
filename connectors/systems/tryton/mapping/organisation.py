"""The company and its employees."""

from __future__ import annotations

from typing import Any

from connectors.systems.tryton.mapping.common import CHANGED_AT, not_blank, number_or_id, watch
from connectors.systems.tryton.mapping.identifiers import org_number, vat_number
from connectors.systems.tryton.values import decode
from schemas.keys import value_at
from schemas.mapping import EntityMapping, MappingContext, Ref, StreamMapping
from schemas.pages import Record


def _country(record: Record, context: MappingContext) -> Any:
    codes = (value_at(item, "country.code") for item in value_at(record, "party.addresses") or ())
    return next((code for code in codes if code), None)


_COMPANY = EntityMapping(
    entity="company",
    fields={
        "number": "party.code",
        "name": "party.name",
        "org_number": org_number("party.identifiers"),
        "vat_number": vat_number("party.identifiers"),
        "base_currency": "currency.code",
        "country": _country,
        "time_zone": "timezone",
        "changed_at": CHANGED_AT,
    },
)

_EMPLOYEE = EntityMapping(
    entity="employee",
    fields={
        "number": number_or_id("party.code"),
        "display_name": "party.name",
        "name": "party.name",
        "email": not_blank("party.email"),
        "mobile": not_blank("party.mobile"),
        "manager": Ref("employee", "supervisor.id", number="supervisor.party.code"),
        "start_date": "start_date",
        "end_date": "end_date",
        "active": "active",
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {
    "companies": StreamMapping((_COMPANY,), prepare=decode),
    "employees": StreamMapping((_EMPLOYEE,), prepare=decode),
    "employee-parties": watch("employees", "id"),
}
