"""The company, its dimensions, and its employees.

Departments are the values of the dimension that the connection names.
"""

from __future__ import annotations

from datetime import date as day
from datetime import timedelta
from typing import Any

from connectors.rules import Worked, country, date, first, join, org_number, ref, text
from connectors.rules.streams import of
from connectors.systems.business_central.mapping.common import (
    BOOK,
    CHANGED_AT,
    default_coding,
    default_department,
    one_of,
)
from schemas.mapping import ABSENT, Constant, EntityMapping, MappingContext
from schemas.pages import Record


def _setup(record: Record, name: str, context: MappingContext) -> Any:
    """A value of the ledger's set-up, which is a list of one."""
    found = record.get("setup", ABSENT)
    if not isinstance(found, list):
        return ABSENT if found is ABSENT else None
    return found[0].get(name, ABSENT) if found else None


def _currency(record: Record, context: MappingContext) -> Any:
    return _setup(record, "localCurrencyCode", context)


def _locked(record: Record, context: MappingContext) -> Any:
    """The day before the first one on which may be posted."""
    found = date(lambda one, inner: _setup(one, "allowPostingFrom", inner))(record, context)
    return (day.fromisoformat(found) - timedelta(days=1)).isoformat() if isinstance(found, str) else found


_COMPANY = EntityMapping(
    entity="company",
    key=lambda record, context: context.company,
    fields={
        "name": text("displayName"),
        "org_number": org_number("taxRegistrationNumber", country("country")),
        "base_currency": first([text("currencyCode"), Worked("currency", (), _currency), BOOK]),
        "country": country("country"),
        "locked_until": Worked("locked", ("setup",), _locked),
        "changed_at": CHANGED_AT,
    },
)


def _is_department(code: Any, context: MappingContext) -> bool:
    return bool(code) and code == context.options.get("department_dimension")


_DIMENSION = EntityMapping(
    entity="dimension",
    fields={
        "code": text("code"),
        "number": text("code"),
        "name": first([text("displayName"), text("code")]),
        "kind": lambda record, context: "department" if _is_department(record.get("code"), context) else "free",
        "changed_at": CHANGED_AT,
    },
)

_VALUE = EntityMapping(
    entity="dimension_value",
    fields={
        "dimension": ref("dimension", "dimensionId", "dimension.code"),
        "code": text("code"),
        "number": text("code"),
        "name": first([text("displayName"), text("code")]),
        "changed_at": CHANGED_AT,
    },
)

_DEPARTMENT = EntityMapping(
    entity="department",
    when=lambda record, context: _is_department((record.get("dimension") or {}).get("code"), context),
    fields={
        "code": text("code"),
        "number": text("code"),
        "name": first([text("displayName"), text("code")]),
        "kind": Constant("department"),
        "changed_at": CHANGED_AT,
    },
)

_EMPLOYEE = EntityMapping(
    entity="employee",
    fields={
        "number": text("number"),
        "first_name": join(["givenName", "middleName"]),
        "last_name": text("surname"),
        "display_name": first([text("displayName"), text("number")]),
        "name": text("displayName"),
        "email": text("email"),
        "mobile": first([text("mobilePhone"), text("phoneNumber")]),
        "department": default_department(),
        "dims": default_coding(),
        "start_date": date("employmentDate"),
        "end_date": date("terminationDate"),
        "category": text("statisticsGroupCode"),
        "active": one_of("status", {"Active": True}, other=False),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {
    "company": of(_COMPANY),
    "dimensions": of(_DIMENSION),
    "dimension-values": of(_VALUE, _DEPARTMENT),
    "employees": of(_EMPLOYEE),
}
