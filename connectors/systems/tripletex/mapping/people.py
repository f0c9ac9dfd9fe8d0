"""Employees, their employments and hourly rates, and their leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from connectors.rules import Worked, choice, decimal, first, join, nested, org_number, ref, text
from connectors.rules.streams import of
from connectors.systems.tripletex.mapping.common import CHANGED_AT, department, dims, employee, number_or_id, per_hour
from connectors.systems.tripletex.mapping.organisation import NORWAY
from schemas.mapping import ABSENT, EntityMapping, MappingContext
from schemas.pages import Record

_REMUNERATION = {
    "MONTHLY_WAGE": "monthly",
    "HOURLY_WAGE": "hourly",
    "COMMISION_PERCENTAGE": "commission",
    "FEE": "fee",
    "PIECEWORK_WAGE": "piecework",
}


def _kind(record: Record, context: MappingContext) -> str:
    if record.get("isContact"):
        return "contact_only"
    return "other" if record.get("isProxy") else "employee"


def _start(record: Record, context: MappingContext) -> Any:
    """The first day of the first employment."""
    given = record.get("employments", ABSENT)
    return min(_days(given, "startDate"), default=None) if given is not ABSENT else ABSENT


def _end(record: Record, context: MappingContext) -> Any:
    """The last day of the last employment, null while one has no end."""
    given = record.get("employments", ABSENT)
    if given is ABSENT:
        return ABSENT
    ends = _days(given, "endDate")
    return max(ends) if ends and len(ends) == len(given) else None


def _days(employments: Any, name: str) -> list[str]:
    return [day for one in employments or () if (day := one.get(name))]


_EMPLOYEE = EntityMapping(
    entity="employee",
    fields={
        "number": number_or_id("employeeNumber"),
        "first_name": text("firstName"),
        "last_name": text("lastName"),
        "display_name": first([text("displayName"), join(["firstName", "lastName"])]),
        "name": first([text("displayName"), join(["firstName", "lastName"])]),
        "email": text("email"),
        "mobile": text("phoneNumberMobile"),
        "department": department(),
        "dims": dims(),
        "kind": Worked("employee_kind", ("isContact", "isProxy"), _kind),
        "can_register_time": "allowInformationRegistration",
        "start_date": Worked("first_day", ("employments.startDate",), _start),
        "end_date": Worked("last_day", ("employments.endDate",), _end),
        "category": text("employeeCategory.name"),
        "changed_at": CHANGED_AT,
    },
)


def _current(rule: Callable[[Record, MappingContext], Any], path: str) -> Worked:
    """The rule on the details that hold on the day of reading, else on the first ones to come."""

    def find(record: Record, context: MappingContext) -> Any:
        details = record.get("employmentDetails") or []
        dated = sorted((item for item in details if item.get("date")), key=lambda item: item["date"])
        today = context.read_at.date().isoformat()
        held = [item for item in dated if item["date"] <= today] or dated[:1]
        return rule(held[-1], context) if held else ABSENT

    return Worked("current", (f"employmentDetails.{path}", "employmentDetails.date"), find)


_EMPLOYMENT = EntityMapping(
    entity="employment",
    fields={
        "employee": employee(),
        "start": "startDate",
        "end": "endDate",
        "fte_percent": _current(decimal("percentageOfFullTimeEquivalent", 6), "percentageOfFullTimeEquivalent"),
        "remuneration": _current(choice("remunerationType", _REMUNERATION), "remunerationType"),
        "occupation_code": _current(text("occupationCode.code"), "occupationCode.code"),
        "sub_unit": nested(
            {
                "source_id": text("division.id"),
                "name": text("division.name"),
                "org_number": org_number("division.organizationNumber", NORWAY),
            },
            needs=("source_id",),
        ),
        "changed_at": CHANGED_AT,
    },
)


def _day_before_next(rate: Record, context: MappingContext) -> Any:
    """A rate holds until the day before the employee's next one."""
    later = [item["date"] for item in rate["_parent"]["rates"] if item.get("date") and item["date"] > rate["date"]]
    return (date.fromisoformat(min(later)) - timedelta(days=1)).isoformat() if later else None


_RATE = EntityMapping(
    entity="employee_rate",
    each="rates",
    key=text("id"),
    fields={
        "employee": ref("employee", "_parent.id", "_parent.employeeNumber"),
        "valid_from": "date",
        "valid_to": Worked("day_before_next", ("date",), _day_before_next),
        "cost_rate": per_hour("hourCostRate"),
        "bill_rate": per_hour("rate"),
        "changed_at": CHANGED_AT,
    },
)

_LEAVE = EntityMapping(
    entity="absence",
    when=lambda record, context: bool(record.get("endDate")),  # one without end cannot be told as from and to
    fields={
        "employee": employee("employment.employee"),
        "from": "startDate",
        "to": "endDate",
        "percent": decimal("percentage", 6),
        "code": text("type"),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {
    "employees": of(_EMPLOYEE),
    "employments": of(_EMPLOYMENT),
    "employee-rates": of(_RATE),
    "leaves": of(_LEAVE),
}
