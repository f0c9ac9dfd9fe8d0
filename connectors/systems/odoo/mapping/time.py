"""Timesheets: analytic lines that have a project."""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, choice, decimal, first, money, nested, option, present, several, text
from connectors.rules.working_time import worked_hours
from connectors.systems.odoo.mapping.common import CHANGED_AT, CURRENCY, analytic_dim, department_dim, of, to
from schemas.mapping import Constant, EntityMapping, MappingContext
from schemas.pages import Record

_UNIT = first(["product_uom_id.name", Constant("Hours")])


def _comment(record: Record, context: MappingContext) -> Any:
    """What was written; Odoo puts a slash where nothing was."""
    found = text("name")(record, context)
    return None if found == "/" else found


_TIME_ENTRY = EntityMapping(
    entity="time_entry",
    fields={
        "employee": to("employee", "employee_id"),
        "work_date": "date",
        "hours": worked_hours("unit_amount", _UNIT, option("hours_per_day")),
        "project": to("project", "project_id"),
        "project_task": to("project_task", "task_id"),
        "customer": to("customer", "partner_id"),
        "cost": money(decimal("amount", negated=True), CURRENCY),
        "approval": nested({"state": choice("validated", {"true": "approved", "false": "draft"})}, needs=("state",)),
        "invoiced": present("timesheet_invoice_id"),
        "invoice": to("sales_invoice", "timesheet_invoice_id"),
        "comment": Worked("comment", ("name",), _comment),
        "dims": several([department_dim("department_id"), analytic_dim("account_id")]),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {"time-entries": of(_TIME_ENTRY)}
