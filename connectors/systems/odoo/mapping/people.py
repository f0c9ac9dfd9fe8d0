"""Employees and their leaves."""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, choice, first, hours, nested, several, text
from connectors.systems.odoo.mapping.common import CHANGED_AT, department_dim, of, to
from schemas.mapping import ABSENT, EntityMapping, MappingContext
from schemas.pages import Record

_TYPES = {
    "employee": "employee",
    "student": "employee",
    "trainee": "employee",
    "worker": "employee",
    "contractor": "contractor",
    "freelance": "contractor",
}


def _number(record: Record, context: MappingContext) -> Any:
    """The field that the connection names, where it names one."""
    return record.get(context.options.get("employee_number", ""), ABSENT)


_NUMBER = Worked("employee_number", (), _number)

_EMPLOYEE = EntityMapping(
    entity="employee",
    fields={
        "number": first([text(_NUMBER), text("id")]),
        "display_name": text("name"),
        "name": text("name"),
        "email": text("work_email"),
        "mobile": first([text("mobile_phone"), text("work_phone")]),
        "department": to("department", "department_id"),
        "dims": several([department_dim("department_id")]),
        "manager": to("employee", "parent_id"),
        "kind": choice("employee_type", _TYPES),
        "active": "active",
        "changed_at": CHANGED_AT,
    },
)

_STATES = {
    "confirm": "submitted",
    "validate1": "submitted",
    "validate": "approved",
    "refuse": "rejected",
    "cancel": "rejected",
}

_LEAVE = EntityMapping(
    entity="absence",
    fields={
        "employee": to("employee", "employee_id"),
        "from": "request_date_from",
        "to": "request_date_to",
        "hours": hours("number_of_hours"),
        "code": text("holiday_status_id.id"),
        "name": text("holiday_status_id.name"),
        "approval": nested({"state": choice("state", _STATES), "status_source": text("state")}, needs=("state",)),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {"employees": of(_EMPLOYEE), "leaves": of(_LEAVE)}
