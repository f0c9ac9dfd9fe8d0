"""The company, its departments and its analytic accounts.

Departments and analytic accounts are each a dimension, which the company gives. Plans of analytic accounts are not told
apart: a line names its accounts without them.
"""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, country, first, option, org_number, ref, text
from connectors.systems.odoo.mapping.common import CHANGED_AT, analytic_value, department_value, of, to
from schemas.mapping import ABSENT, Constant, EntityMapping, MappingContext
from schemas.pages import Record

_LOCKS = ("fiscalyear_lock_date", "hard_lock_date")


def _locked(record: Record, context: MappingContext) -> Any:
    """The later of the two days up to which entries are locked."""
    found = [record.get(name, ABSENT) for name in _LOCKS]
    return ABSENT if all(day is ABSENT for day in found) else max(filter(None, found), default=None)


_COMPANY = EntityMapping(
    entity="company",
    fields={
        "name": text("name"),
        "org_number": org_number("company_registry", country("country_id.name")),
        "vat_number": text("vat"),
        "base_currency": "currency_id.name",
        "country": country("country_id.name"),
        "time_zone": first([option("time_zone"), Constant("Europe/Oslo")]),
        "locked_until": Worked("locked", _LOCKS, _locked),
        "changed_at": CHANGED_AT,
    },
)


def _dimension(code: str, name: str, kind: str) -> EntityMapping:
    return EntityMapping(
        entity="dimension",
        key=lambda record, context: code,
        fields={"code": Constant(code), "name": Constant(name), "kind": Constant(kind)},
    )


_DEPARTMENT = EntityMapping(
    entity="department",
    fields={
        "code": text("id"),
        "name": text("name"),
        "manager": to("employee", "manager_id"),
        "kind": Constant("department"),
        "active": "active",
        "changed_at": CHANGED_AT,
    },
)

_DEPARTMENT_VALUE = EntityMapping(
    entity="dimension_value",
    key=department_value("id"),
    fields={
        "dimension": ref("dimension", Constant("department")),
        "code": text("id"),
        "name": text("name"),
        "parent": ref("dimension_value", department_value("parent_id.id")),
        "active": "active",
        "changed_at": CHANGED_AT,
    },
)

_ANALYTIC = EntityMapping(
    entity="dimension_value",
    key=analytic_value("id"),
    fields={
        "dimension": ref("dimension", Constant("analytic")),
        "code": first([text("code"), text("id")]),
        "number": text("code"),
        "name": text("name"),
        "active": "active",
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {
    "companies": of(
        _COMPANY,
        _dimension("department", "Department", "department"),
        _dimension("analytic", "Analytic account", "free"),
    ),
    "departments": of(_DEPARTMENT, _DEPARTMENT_VALUE),
    "analytic-accounts": of(_ANALYTIC),
}
