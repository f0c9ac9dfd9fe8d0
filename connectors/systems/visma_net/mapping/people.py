"""Employees."""

from __future__ import annotations

from connectors.rules import first, join, several, text, truth
from connectors.rules.streams import of
from connectors.systems.visma_net.mapping.common import CHANGED_AT, coded, numbered
from schemas.mapping import EntityMapping

_NAME = first([text("employeeName"), join(["contact.firstName", "contact.lastName"]), text("employeeNumber")])

_EMPLOYEE = EntityMapping(
    entity="employee",
    fields={
        "number": text("employeeNumber"),
        "first_name": join(["contact.firstName", "contact.midName"]),
        "last_name": text("contact.lastName"),
        "display_name": _NAME,
        "name": _NAME,
        "email": text("contact.email"),
        "mobile": first([text("contact.phone1"), text("contact.phone2"), text("contact.phone3")]),
        "department": numbered("department", "department"),
        "dims": several([coded("department", "department"), coded("branch", "branch.number")]),
        "category": first([text("employeeClass.description"), text("employeeClass.id")]),
        "active": truth("status", among=["Active"]),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {"employees": of(_EMPLOYEE)}
