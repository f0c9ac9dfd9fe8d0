"""Time cards, one for a week of an employee, and the earning types that their lines are paid as.

A line has minutes for each day of the week: every cell that is not empty is a time entry of its own, known by the card,
the line and the day. Entries of a card that was corrected are not given: its correction holds the whole week again.
"""

from __future__ import annotations

import re
from copy import copy
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.rules import Worked, decimal, first, hours, key, nested, text, truth
from connectors.rules.amounts import number
from connectors.rules.streams import of
from connectors.rules.values import converted
from connectors.systems.visma_net.mapping.common import CHANGED_AT, among, internal, numbered
from schemas.entities.common import exact
from schemas.errors import Rejected
from schemas.mapping import Constant, EntityMapping, MappingContext, StreamMapping
from schemas.pages import Record

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK = re.compile(r"(\d{4})\D?(\d{1,2})")


def _cells(card: Record) -> Record:
    """The card with a summary of cells: one line for each day that has time."""
    told, lines = copy(card), card.get("summary")
    if isinstance(lines, list):
        told["summary"] = [
            {**line, "weekday": weekday, "minutes": line[weekday]}
            for line in lines
            if isinstance(line, dict)
            for weekday in _WEEKDAYS
            if line.get(weekday)
        ]
    return told


def _day(week: Any, weekday: int) -> str:
    """The day of a week such as 2026-09 or 202609; weeks are taken as those of ISO 8601."""
    found = _WEEK.fullmatch(str(week).strip())
    try:
        return date.fromisocalendar(int(found[1]), int(found[2]), weekday).isoformat()  # type: ignore[index]
    except (TypeError, ValueError):
        raise Rejected("The time card does not have a week such as 2026-09; correct it in the ERP.") from None


def _of_week(weekday: int) -> Worked:
    return Worked("day_of_week", ("week.number",), lambda record, context: _day(record["week"]["number"], weekday))


_WORK_DATE = Worked(
    "work_date",
    ("weekday", "_parent.week.number"),
    lambda cell, context: _day(cell["_parent"]["week"]["number"], _WEEKDAYS.index(cell["weekday"]) + 1),
)

APPROVAL = {
    "New": "draft",
    "SentToApproval": "submitted",
    "ReceivedByApproval": "submitted",
    "InProgressApproval": "submitted",
    "RejectedInApproval": "rejected",
    "ApprovedInApproval": "approved",
}
_CARD = {"Hold": "draft", "Open": "submitted", "Approved": "approved", "Rejected": "rejected", "Released": "approved"}
_DONE = ("Approved", "Released")


def _billable_hours(cell: Record, context: MappingContext) -> Any:
    return exact(number(cell["minutes"]) / 60) if cell.get("invoiceable") else Decimal(0)


def _holds(card: Record, context: MappingContext) -> bool:
    return card.get("type") != "NormalCorrected"


_TIME_ENTRY = EntityMapping(
    entity="time_entry",
    each="summary",
    when=_holds,
    key=key(["_parent.refNbr", "lineId", "weekday"]),
    fields={
        "employee": numbered("employee", "_parent.employee.number"),
        "work_date": _WORK_DATE,
        "hours": hours("minutes", "minutes"),
        "project": internal("project", "project"),
        "project_task": internal("project_task", "projectTask"),
        "wage_code": numbered("wage_code", "earningType.code"),
        "kind": Worked(
            "kind",
            ("earningType.isOvertime",),
            lambda cell, context: "overtime" if (cell.get("earningType") or {}).get("isOvertime") else "normal",
        ),
        "billable": "invoiceable",
        "billable_hours": Worked("billable_hours", ("minutes", "invoiceable"), _billable_hours),
        "approval": nested(
            {
                "state": among("approvalStatus", APPROVAL),
                "status_source": text("approvalStatus"),
                "by_name": text("approver"),
            },
            needs=("state",),
        ),
        "locked": truth("_parent.status", among=_DONE),
        "posted": truth("_parent.status", among=["Released"]),
        "comment": text("description"),
        "changed_at": CHANGED_AT,
    },
)

_TIMEAPPROVAL = EntityMapping(
    entity="time_approval",
    when=_holds,
    fields={
        "employee": numbered("employee", "employee.number"),
        "number": text("refNbr"),
        "period": Constant("week"),
        "from": _of_week(1),
        "to": _of_week(7),
        "state": among("status", _CARD),
        "status_source": text("status"),
        "completed_by_employee": truth("status", among=["Hold"], negated=True),
        "changed_at": CHANGED_AT,
    },
)

_PERCENT = converted("percent", decimal("overtimeMultiplier"), lambda found: exact(found * 100, 6))

_WAGE_CODE = EntityMapping(
    entity="wage_code",
    fields={
        "code": text("code"),
        "number": text("code"),
        "name": first([text("description"), text("code")]),
        "kind": Worked("kind", ("isOvertime",), lambda one, context: "overtime" if one.get("isOvertime") else None),
        "unit": Constant("HUR"),
        "percent": _PERCENT,
        "use_in_timesheet": "isActive",
        "active": "isActive",
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {
    "time-cards": StreamMapping((_TIME_ENTRY, _TIMEAPPROVAL), prepare=_cells),
    "earning-types": of(_WAGE_CODE),
}
