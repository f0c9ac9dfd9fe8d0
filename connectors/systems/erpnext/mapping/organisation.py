"""The company, departments and cost centres, employees, customers and suppliers.

Departments and cost centres are each a dimension, which the company gives.
"""

from __future__ import annotations

from typing import Literal

from connectors.rules import choice, country, date, first, org_number, ref, several, text, truth
from connectors.rules.streams import of
from connectors.systems.erpnext.mapping.common import ACTIVE, BOOK, CHANGED_AT, ZONE, coding, to, value_of
from schemas.mapping import Constant, EntityMapping, Rule

_COMPANY = EntityMapping(
    entity="company",
    fields={
        "name": first([text("company_name"), text("name")]),
        "org_number": org_number("tax_id", country("country")),
        "base_currency": "default_currency",
        "country": country("country"),
        "time_zone": ZONE,
        "locked_until": date("accounts_frozen_till_date"),
        "changed_at": CHANGED_AT,
    },
)


def _dimension(code: str, name: str, kind: str) -> EntityMapping:
    return EntityMapping(
        entity="dimension",
        key=lambda record, context: code,
        fields={"code": Constant(code), "name": Constant(name), "kind": Constant(kind)},
    )


def _department(kind: Literal["department", "cost_centre"], code: str) -> list[EntityMapping]:
    dimension = code.removesuffix("_name")
    fields: dict[str, Rule] = {
        "code": first([text(f"{dimension}_number"), text("name")]),
        "name": first([text(code), text("name")]),
        "active": ACTIVE,
        "changed_at": CHANGED_AT,
    }
    parent = ref("dimension_value", value_of(dimension, f"parent_{dimension}"), f"parent_{dimension}")
    return [
        EntityMapping(entity="department", key=value_of(dimension, "name"), fields={**fields, "kind": Constant(kind)}),
        EntityMapping(
            entity="dimension_value",
            key=value_of(dimension, "name"),
            fields={**fields, "dimension": ref("dimension", Constant(dimension)), "parent": parent},
        ),
    ]


_EMPLOYEE = EntityMapping(
    entity="employee",
    fields={
        "number": first([text("employee_number"), text("name")]),
        "first_name": text("first_name"),
        "last_name": text("last_name"),
        "display_name": first([text("employee_name"), text("name")]),
        "name": text("employee_name"),
        "email": text("company_email"),
        "mobile": text("cell_number"),
        "department": ref("department", value_of("department", "department"), "department"),
        "dims": several([coding("department", "department")]),
        "manager": to("employee", "reports_to"),
        "category": text("employment_type"),
        "start_date": date("date_of_joining"),
        "end_date": date("relieving_date"),
        "active": truth("status", among=["Active"]),
        "changed_at": CHANGED_AT,
    },
)


def _party(kind: Literal["customer", "supplier"], blocked: str) -> EntityMapping:
    return EntityMapping(
        entity=kind,
        fields={
            "number": text("name"),
            "name": first([text(f"{kind}_name"), text("name")]),
            "is_person": choice(f"{kind}_type", {"Individual": True}, other=False),
            "org_number": org_number("tax_id"),
            "email": text("email_id"),
            "phone": text("mobile_no"),
            "currency": first([text("default_currency"), BOOK]),
            "credit_blocked": truth(blocked),
            "active": ACTIVE,
            "changed_at": CHANGED_AT,
        },
    )


MAPPINGS = {
    "company": of(
        _COMPANY,
        _dimension("department", "Department", "department"),
        _dimension("cost_center", "Cost centre", "cost_centre"),
    ),
    "departments": of(*_department("department", "department_name")),
    "cost-centers": of(*_department("cost_centre", "cost_center_name")),
    "employees": of(_EMPLOYEE),
    "customers": of(_party("customer", "is_frozen")),
    "suppliers": of(_party("supplier", "on_hold")),
}
