"""Employees, and the one employment that each shows."""

from __future__ import annotations

from connectors.rules import choice, first, hours, join, ref, text, truth, when
from connectors.rules.streams import of
from connectors.systems.fortnox.mapping.common import department, dims
from schemas.mapping import Constant, EntityMapping

_NAME = first([text("FullName"), join(["FirstName", "LastName"]), text("EmployeeId")])

_EMPLOYEE = EntityMapping(
    entity="employee",
    fields={
        "number": text("EmployeeId"),
        "first_name": text("FirstName"),
        "last_name": text("LastName"),
        "display_name": _NAME,
        "name": _NAME,
        "email": text("Email"),
        "mobile": text("Phone1"),
        "department": department(),
        "dims": dims(),
        "kind": Constant("employee"),
        "start_date": text("EmploymentDate"),
        "end_date": text("EmployedTo"),
        "category": text("PersonelType"),
        "active": truth("Inactive", negated=True),
    },
)


_EMPLOYMENT = EntityMapping(
    entity="employment",
    when=when("EmploymentDate"),
    fields={
        "employee": ref("employee", "EmployeeId", "EmployeeId"),
        "start": "EmploymentDate",
        "end": text("EmployedTo"),
        "remuneration": choice("SalaryForm", {"MAN": "monthly", "TIM": "hourly"}),
        "hours_per_week": hours("AverageWeeklyHours"),
        "active": truth("Inactive", negated=True),
    },
)

MAPPINGS = {"employees": of(_EMPLOYEE, _EMPLOYMENT)}
