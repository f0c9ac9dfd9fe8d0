"""The company, and what its entries are coded by: departments, branches and subaccounts."""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, first, org_number, ref, text
from connectors.rules.streams import of
from connectors.systems.visma_net.mapping.common import (
    BOOK,
    BRANCH,
    CHANGED_AT,
    DEPARTMENT,
    SUBACCOUNT,
    ZONE,
    value_key,
)
from schemas.mapping import ABSENT, Constant, EntityMapping, MappingContext, Rule
from schemas.pages import Record

_LAND = first(["defaultCountry.id", "mainAddress.country.id"])


def _locked_until(record: Record, context: MappingContext) -> Any:
    """The last day of the last period before which all are closed in the general ledger."""
    periods = record.get("periods", ABSENT)
    if not isinstance(periods, list):
        return periods
    closed = None
    for period in sorted(periods, key=lambda one: str(one.get("startDate"))):
        if not period.get("closedInGeneralLedger"):
            return closed
        closed = str(period.get("endDate"))[:10]
    return closed


_LOCKED = Worked(
    "locked_until", ("periods.startDate", "periods.endDate", "periods.closedInGeneralLedger"), _locked_until
)

_COMPANY = EntityMapping(
    entity="company",
    fields={
        "number": text("organizationCd"),
        "name": text("name"),
        "org_number": org_number("corporateId", _LAND),
        "vat_number": text("vatRegistrationId"),
        "base_currency": first([text("baseCurrency"), BOOK]),
        "country": _LAND,
        "time_zone": ZONE,
        "locked_until": _LOCKED,
        "changed_at": CHANGED_AT,
    },
)


def _dimension(code: str, name: str, kind: str) -> EntityMapping:
    """A dimension that every company has; it comes with its organization."""
    return EntityMapping(
        entity="dimension",
        key=lambda record, context: code,
        fields={"code": Constant(code), "name": Constant(name), "kind": Constant(kind)},
    )


def _value(dimension: str, number: str, name: str, more: dict[str, Rule]) -> EntityMapping:
    return EntityMapping(
        entity="dimension_value",
        key=value_key(dimension, number),
        fields={
            "dimension": ref("dimension", Constant(dimension)),
            "code": text(number),
            "number": text(number),
            "name": first([text(name), text(number)]),
            "changed_at": CHANGED_AT,
            **more,
        },
    )


_DEPARTMENT = EntityMapping(
    entity="department",
    fields={
        "code": text("departmentId"),
        "number": text("departmentId"),
        "name": first([text("description"), text("departmentId")]),
        "kind": Constant("department"),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {
    "company": of(
        _COMPANY,
        _dimension(DEPARTMENT, "Department", "department"),
        _dimension(BRANCH, "Branch", "branch"),
        _dimension(SUBACCOUNT, "Subaccount", "free"),
    ),
    "departments": of(_DEPARTMENT, _value(DEPARTMENT, "departmentId", "description", {})),
    "branches": of(_value(BRANCH, "number", "name", {"active": "isActive"})),
    "subaccounts": of(_value(SUBACCOUNT, "subaccountNumber", "description", {"active": "active"})),
}
