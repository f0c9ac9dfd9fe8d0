"""Projects, and the tasks that hours are booked on."""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, choice, first, ref, several, text, truth
from connectors.rules.derived import references
from connectors.rules.streams import of
from connectors.systems.visma_net.mapping.common import CHANGED_AT, coded, day, numbered
from schemas.mapping import EntityMapping, MappingContext, Ref
from schemas.pages import Record

_STATUS = {
    "Planned": "planned",
    "Active": "active",
    "Completed": "completed",
    "Cancelled": "cancelled",
    "Canceled": "cancelled",
    "OnHold": "on_hold",
}


def _open(record: Record, context: MappingContext) -> bool:
    """An active project that is not held, and that time cards show."""
    shown = (record.get("visibility") or {}).get("visibleInTa")
    return record.get("status") == "Active" and not record.get("hold") and shown is not False


_EMPLOYEES = references("employees", Ref("employee", text("employeeNumber"), text("employeeNumber")))


def _restricted_to(record: Record, context: MappingContext) -> Any:
    return _EMPLOYEES(record, context) if record.get("restrictEmployees") else None


_PROJECT = EntityMapping(
    entity="project",
    fields={
        "number": text("projectId"),
        "name": first([text("description"), text("projectId")]),
        "kind": choice("systemTemplate", {"true": "template", "false": "project"}),
        "customer": numbered("customer", "customer.number"),
        "manager": numbered("employee", "projectManager.employeeNumber"),
        "dims": several([coded("branch", "branch.number"), coded("subaccount", "defSub.id")]),
        "status": choice("status", _STATUS),
        "status_source": text("status"),
        "open_for_time": Worked("open_for_time", ("status", "hold", "visibility.visibleInTa"), _open),
        "restricted_to": Worked("restricted_to", ("restrictEmployees", "employees.employeeNumber"), _restricted_to),
        "start_date": day("startDate"),
        "end_date": day("endDate"),
        "active": truth("status", among=["Completed", "Cancelled"], negated=True),
        "changed_at": CHANGED_AT,
    },
)

_TASK = EntityMapping(
    entity="project_task",
    fields={
        "project": ref("project", "projectInternalId"),
        "code": text("taskId"),
        "number": text("taskId"),
        "name": first([text("description"), text("taskId")]),
        "status": choice("status", _STATUS),
        "status_source": text("status"),
        "start": first([day("startDate"), day("plannedStart")]),
        "end": first([day("endDate"), day("plannedEnd")]),
        "active": truth("status", among=["Active"]),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {"projects": of(_PROJECT), "project-tasks": of(_TASK)}
