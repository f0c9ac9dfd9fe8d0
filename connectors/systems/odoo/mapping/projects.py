"""Projects and their tasks. Odoo has no numbers for them: the id stands for it."""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, choice, date, hours, several, text
from connectors.systems.odoo.mapping.common import CHANGED_AT, analytic_dim, day, of, to
from schemas.mapping import ABSENT, Constant, EntityMapping, MappingContext
from schemas.pages import Record

_UPDATES = {
    "on_track": "active",
    "at_risk": "active",
    "off_track": "active",
    "to_define": "active",
    "on_hold": "on_hold",
    "done": "completed",
}
_TOLD = choice("last_update_status", _UPDATES)


def _status(record: Record, context: MappingContext) -> Any:
    return "archived" if record.get("active") is False else _TOLD(record, context)


def _open(record: Record, context: MappingContext) -> Any:
    if "allow_timesheets" not in record:
        return ABSENT
    return bool(record["allow_timesheets"]) and record.get("active") is not False


_PROJECT = EntityMapping(
    entity="project",
    fields={
        "number": text("id"),
        "name": text("name"),
        "level": Constant(0),
        "kind": choice("is_internal_project", {"true": "internal", "false": "project"}),
        "customer": to("customer", "partner_id"),
        "dims": several([analytic_dim("account_id")]),
        "status": Worked("project_status", ("last_update_status", "active"), _status),
        "status_source": text("last_update_status"),
        "open_for_time": Worked("open_for_time", ("allow_timesheets", "active"), _open),
        "start_date": date("date_start"),
        "end_date": date("date"),
        "budget_hours": hours("allocated_hours"),
        "active": "active",
        "changed_at": CHANGED_AT,
    },
)

_STATES = {
    "01_in_progress": "active",
    "02_changes_requested": "active",
    "03_approved": "active",
    "04_waiting_normal": "on_hold",
    "1_done": "completed",
    "1_canceled": "cancelled",
}

_TASK = EntityMapping(
    entity="project_task",
    fields={
        "project": to("project", "project_id"),
        "parent": to("project_task", "parent_id"),
        "code": text("id"),
        "name": text("name"),
        "status": choice("state", _STATES),
        "status_source": text("state"),
        "end": day("date_deadline"),
        "budget_hours": hours("allocated_hours"),
        "active": "active",
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {"projects": of(_PROJECT), "tasks": of(_TASK)}
