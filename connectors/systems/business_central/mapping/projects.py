"""Projects, of which v2.0 tells the number and the name only, and the time registered on them."""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, first, instant, key, nested, option, ref, text
from connectors.rules.streams import of
from connectors.rules.working_time import worked_hours
from connectors.systems.business_central.mapping.common import CHANGED_AT, coding, one_of, word
from schemas.mapping import ABSENT, EntityMapping, MappingContext
from schemas.pages import Record

_PROJECT = EntityMapping(
    entity="project",
    fields={
        "number": text("number"),
        "name": first([text("displayName"), text("number")]),
        "changed_at": CHANGED_AT,
    },
)

_STATES = {
    "Open": "draft",
    "Submitted": "submitted",
    "Approved": "approved",
    "Rejected": "rejected",
}


def _kind(record: Record, context: MappingContext) -> Any:
    """Absence has a cause."""
    found = record.get("absence", ABSENT)
    return ABSENT if found is ABSENT else "absence" if found else "normal"


_TIME_ENTRY = EntityMapping(
    entity="time_entry",
    fields={
        "employee": ref("employee", "employeeId", "employeeNumber"),
        "work_date": "date",
        "hours": worked_hours("quantity", "unitOfMeasureCode", option("hours_per_day")),
        "project": ref("project", "jobId", "jobNumber"),
        "project_task": ref("project_task", key(["jobId", "jobTaskNumber"]), "jobTaskNumber"),
        "kind": Worked("kind", ("absence",), _kind),
        "approval": nested({"state": one_of("status", _STATES), "status_source": word("status")}, needs=("state",)),
        "number": text("lineNumber"),
        "dims": coding(),
        "changed_at": instant("lastModfiedDateTime"),
    },
)

MAPPINGS = {"projects": of(_PROJECT), "time-entries": of(_TIME_ENTRY)}
