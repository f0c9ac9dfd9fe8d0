"""Hours, the approval of weeks, and what wages are paid for.

Approval is told by week; hours do not show it, nor a wage code. What is paid for by count is in two lists, one of them
for projects; its keys have ``project/`` before the id, as both lists count for themselves.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from connectors.rules import Worked, hours, key, local_time, present, quantity, ref, text
from connectors.rules import date as day
from connectors.rules.streams import of
from connectors.systems.tripletex.mapping.common import CHANGED_AT, ZONE, employee, number_or_id, numbered, per_hour
from schemas.mapping import ABSENT, Constant, EntityMapping, MappingContext, Rule
from schemas.pages import Record


def _clock(name: str, pick: Any) -> Worked:
    """The first start or last stop of the day's clocks."""

    def find(record: Record, context: MappingContext) -> Any:
        clocks = record.get("timeClocks", ABSENT)
        if clocks is ABSENT:
            return ABSENT
        return pick([time for clock in clocks or () if (time := clock.get(name))], default=None)

    return Worked("clock", (f"timeClocks.{name}",), find)


def _task(record: Record, context: MappingContext) -> Any:
    """The activity within the project, where it was made for that project; others need not be planned there."""
    project, activity = record.get("project") or {}, record.get("activity") or {}
    specific = activity.get("activityType") == "PROJECT_SPECIFIC_ACTIVITY" and project.get("id")
    return f"{project['id']}/{activity['id']}" if specific else None


_TASK = Worked("task", ("project.id", "activity.id", "activity.activityType"), _task)

_TIME_ENTRY = EntityMapping(
    entity="time_entry",
    fields={
        "employee": employee(),
        "work_date": "date",
        "hours": hours("hours"),
        "start": local_time(_clock("timeStart", min), ZONE),
        "end": local_time(_clock("timeStop", max), ZONE),
        "project": numbered("project", "project"),
        "project_task": ref(
            "project_task", Worked("task", ("project.id", "activity.id", "activity.activityType"), _task)
        ),
        "activity": numbered("activity", "activity"),
        "billable": "chargeable",
        "billable_hours": hours("chargeableHours"),
        "bill_rate": per_hour("hourlyRate"),
        "cost_rate": per_hour("hourlyCost"),
        "locked": "locked",
        "invoiced": present("invoice"),
        "invoice": ref("sales_invoice", "invoice.id", "invoice.invoiceNumber"),
        "comment": text("comment"),
        "changed_at": CHANGED_AT,
    },
)


def _of_week(weekday: int) -> Worked:
    return Worked(
        "day_of_week",
        ("year", "week"),
        lambda record, context: date.fromisocalendar(record["year"], record["week"], weekday).isoformat(),
    )


def _state(record: Record, context: MappingContext) -> str:
    if record.get("approved"):
        return "approved"
    return "submitted" if record.get("completed") else "draft"


_APPROVAL = EntityMapping(
    entity="time_approval",
    each="weeks",
    key=key(["_parent.id", "year", "week"]),
    fields={
        "employee": ref("employee", "_parent.id", "_parent.employeeNumber"),
        "period": Constant("week"),
        "from": _of_week(1),
        "to": _of_week(7),
        "state": Worked("week_state", ("approved", "completed"), _state),
        "completed_by_employee": "completed",
        "approved_by": employee("approvedBy"),
        "approved_at": day("approvedDate"),
        "changed_at": CHANGED_AT,
    },
)

_LINE: dict[str, Rule] = {
    "employee": employee(),
    "date": "date",
    "wage_code": numbered("wage_code", "salaryType"),
    "quantity": quantity("count"),
    "text": text("description"),
    "changed_at": CHANGED_AT,
}

_WAGE_LINE = EntityMapping(entity="wage_line", fields=_LINE)

_PROJECT_WAGE_LINE = EntityMapping(
    entity="wage_line",
    key=key([Constant("project"), "id"]),
    fields={
        **_LINE,
        "project": numbered("project", "project"),
        "activity": numbered("activity", "activity"),
        "locked": present("wagePayment"),
    },
)

_WAGE_CODE = EntityMapping(
    entity="wage_code",
    fields={
        "code": number_or_id(),
        "number": text("number"),
        "name": text("name"),
        "holiday_pay_basis": "isVacationPayable",
        "reporting_code": text("ameldingWageCode"),
        "use_in_timesheet": "showInTimesheet",
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {
    "time-entries": of(_TIME_ENTRY),
    "weeks": of(_APPROVAL),
    "wage-lines": of(_WAGE_LINE),
    "project-wage-lines": of(_PROJECT_WAGE_LINE),
    "wage-codes": of(_WAGE_CODE),
}
