"""Employees, their employments with leaves and layoffs, and their hourly rates."""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, decimal, first, hours, join, key, nested, ref, several, text, truth
from connectors.rules.streams import of
from connectors.systems.poweroffice.mapping.common import (
    CHANGED_AT,
    coded,
    department_dim,
    employee,
    location_dim,
    per_hour,
)
from schemas.mapping import ABSENT, Constant, EntityMapping, MappingContext, Rule
from schemas.pages import Record

_EMPLOYEE = EntityMapping(
    entity="employee",
    fields={
        "number": first([text("Number"), text("Id")]),
        "first_name": text("FirstName"),
        "last_name": text("LastName"),
        "display_name": join(["FirstName", "LastName"]),
        "name": join(["FirstName", "LastName"]),
        "email": text("EmailAddress"),
        "mobile": text("PhoneNumber"),
        "department": coded("department", "Department"),
        "dims": several([department_dim(), location_dim()]),
        "manager": employee("ManagerEmployee"),
        "kind": Constant("employee"),
        "start_date": first(["HiredDate", "StartDate"]),
        "end_date": "EndDate",
        "active": truth("IsArchived", negated=True),
        "external_ref": first([text("ExternalImportReference"), text("ExternalNumber")]),
        "changed_at": CHANGED_AT,
    },
)


def _current(record: Record, context: MappingContext) -> Any:
    """The share of full time that holds on the day of reading, else the first one to come."""
    given = record.get("ftePercentages", ABSENT)
    if given is ABSENT:
        return ABSENT
    dated = sorted((item for item in given or () if item.get("FromDate")), key=lambda item: item["FromDate"])
    today = context.read_at.date().isoformat()
    held = [item for item in dated if item["FromDate"] <= today] or dated[:1]
    return held[-1].get("FtePercentage") if held else None


_CURRENT = Worked("current", ("ftePercentages.FromDate", "ftePercentages.FtePercentage"), _current)

_EMPLOYMENT = EntityMapping(
    entity="employment",
    fields={
        "employee": ref("employee", "EmployeeId"),
        "start": "StartDate",
        "end": "EndDate",
        "fte_percent": decimal(_CURRENT, 6),
        "hours_per_week": hours("FullTimeHoursPerWeek"),
        "occupation_code": text("ProfessionCode"),
        "sub_unit": nested({"source_id": text("EnterpriseId")}),
        "changed_at": CHANGED_AT,
    },
)


def _away(name: str, percent: str, code: Rule) -> EntityMapping:
    """Absence out of a list of the employment; one that has no end cannot be told as from and to."""
    return EntityMapping(
        entity="absence",
        each=f"{name}[?EndDate]",
        key=text("Id"),
        fields={
            "employee": ref("employee", "_parent.EmployeeId"),
            "from": "StartDate",
            "to": "EndDate",
            "percent": decimal(percent, 6),
            "code": code,
            "changed_at": CHANGED_AT,
        },
    )


_RATE = EntityMapping(
    entity="employee_rate",
    each="rates[?ValidFromDate]",
    key=key(["_parent.Id", "Id"]),
    fields={
        "employee": ref("employee", "_parent.Id", "_parent.Number"),
        "valid_from": "ValidFromDate",
        "valid_to": "ValidToDate",
        "cost_rate": per_hour("CostRate"),
        "bill_rate": per_hour("BillableRate"),
    },
)

MAPPINGS = {
    "employees": of(_EMPLOYEE),
    "employments": of(
        _EMPLOYMENT,
        _away("leaves", "LeavePercentage", text("TypeOfLeave")),
        _away("layoffs", "LayoffPercentage", Constant("Layoff")),
    ),
    "employee-rates": of(_RATE),
}
