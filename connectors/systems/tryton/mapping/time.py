"""Hours worked: ``timesheet.line``, booked on a timesheet work that stands for a project, a task or neither."""

from __future__ import annotations

from typing import Any

from connectors.systems.tryton.mapping.common import CHANGED_AT, hours_of
from connectors.systems.tryton.mapping.projects import project_of
from connectors.systems.tryton.values import decode
from schemas.keys import value_at
from schemas.mapping import EntityMapping, MappingContext, Ref, StreamMapping
from schemas.pages import Record


def _project(record: Record, context: MappingContext) -> Any:
    return project_of(value_at(record, "work.origin"))


def _task(record: Record, context: MappingContext) -> Any:
    origin = value_at(record, "work.origin")
    return origin["id"] if isinstance(origin, dict) and origin.get("type") == "task" else None


def _activity(record: Record, context: MappingContext) -> Any:
    return None if value_at(record, "work.origin") else value_at(record, "work.id")


_TIME_ENTRY = EntityMapping(
    entity="time_entry",
    fields={
        "employee": Ref("employee", "employee.id", number="employee.party.code"),
        "work_date": "date",
        "hours": hours_of("duration"),
        "project": Ref("project", _project),
        "project_task": Ref("project_task", _task),
        "activity": Ref("activity", _activity),
        "comment": "description",
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {"time-entries": StreamMapping((_TIME_ENTRY,), prepare=decode)}
