"""Projects, tasks and kinds of work; timesheets, whose rows are the hours."""

from __future__ import annotations

from typing import Any

from connectors.rules import (
    Worked,
    choice,
    date,
    first,
    hours,
    instant,
    local_time,
    money,
    nested,
    present,
    price,
    ref,
    text,
    truth,
)
from connectors.rules.streams import of
from connectors.systems.erpnext.mapping.common import ACTIVE, BOOK, CHANGED_AT, ZONE, cost_center, to, value_of
from schemas.mapping import Constant, EntityMapping, MappingContext
from schemas.pages import Record

_PROJECT = EntityMapping(
    entity="project",
    fields={
        "number": text("name"),
        "name": first([text("project_name"), text("name")]),
        "level": Constant(0),
        "kind": choice("project_type", {"Internal": "internal"}, other="project"),
        "customer": to("customer", "customer"),
        "department": ref("department", value_of("department", "department"), "department"),
        "dims": cost_center(),
        "status": choice("status", {"Open": "active", "Completed": "completed", "Cancelled": "cancelled"}),
        "status_source": text("status"),
        "open_for_time": truth("status", among=["Open"]),
        "start_date": date("expected_start_date"),
        "end_date": date("expected_end_date"),
        "budget_cost": money("estimated_costing", BOOK),
        "active": truth("is_active"),
        "changed_at": CHANGED_AT,
    },
)

_STATES = {
    "Open": "active",
    "Working": "active",
    "Pending Review": "active",
    "Overdue": "active",
    "Template": "planned",
    "Completed": "completed",
    "Cancelled": "cancelled",
}

_TASK = EntityMapping(
    entity="project_task",
    when=lambda record, context: bool(record.get("project")),  # others are on somebody's list only
    fields={
        "project": to("project", "project"),
        "parent": to("project_task", "parent_task"),
        "code": text("name"),
        "name": first([text("subject"), text("name")]),
        "status": choice("status", _STATES),
        "status_source": text("status"),
        "start": date("exp_start_date"),
        "end": date("exp_end_date"),
        "budget_hours": hours("expected_time"),
        "changed_at": CHANGED_AT,
    },
)

_ACTIVITY = EntityMapping(
    entity="activity",
    fields={
        "code": text("name"),
        "name": first([text("activity_type"), text("name")]),
        "default_rate": price("billing_rate", BOOK, Constant("HUR")),
        "active": ACTIVE,
        "changed_at": CHANGED_AT,
    },
)


def _is_kept(record: Record, context: MappingContext) -> bool:
    """A cancelled timesheet has no hours, and is of somebody: others are for machines and the like."""
    return record.get("docstatus") != 2 and bool(record.get("employee"))


_APPROVALS = {"0": "draft", "1": "approved", "2": "rejected"}
_CURRENCY = first([text("_parent.currency"), BOOK])


def _hours_if_billable(row: Record, context: MappingContext) -> Any:
    return row.get("billing_hours") if row.get("is_billable") else 0


_TIME_ENTRY = EntityMapping(
    entity="time_entry",
    each="time_logs",
    key=text("name"),
    when=_is_kept,
    fields={
        "employee": to("employee", "_parent.employee"),
        "work_date": date("from_time"),
        "hours": hours("hours"),
        "start": local_time("from_time", ZONE),
        "end": local_time("to_time", ZONE),
        "project": to("project", "project"),
        "project_task": to("project_task", "task"),
        "activity": to("activity", "activity_type"),
        "customer": to("customer", "_parent.customer"),
        "billable": truth("is_billable"),
        "billable_hours": hours(Worked("billing_hours", ("billing_hours", "is_billable"), _hours_if_billable)),
        "bill_rate": price("billing_rate", _CURRENCY, Constant("HUR")),
        "cost_rate": price("costing_rate", _CURRENCY, Constant("HUR")),
        "cost": money("costing_amount", _CURRENCY),
        "approval": nested({"state": choice("_parent.docstatus", _APPROVALS), "status_source": text("_parent.status")}),
        "invoiced": present("sales_invoice"),
        "invoice": to("sales_invoice", "sales_invoice"),
        "comment": text("description"),
        "changed_at": instant("_parent.modified", zone=ZONE),
    },
)

_APPROVAL = EntityMapping(
    entity="time_approval",
    when=_is_kept,
    fields={
        "employee": to("employee", "employee"),
        "period": Constant("other"),
        "from": date("start_date"),
        "to": date("end_date"),
        "state": choice("docstatus", _APPROVALS),
        "status_source": text("status"),
        "number": text("name"),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {
    "projects": of(_PROJECT),
    "tasks": of(_TASK),
    "activities": of(_ACTIVITY),
    "timesheets": of(_TIME_ENTRY, _APPROVAL),
}
