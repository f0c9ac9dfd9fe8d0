"""Projects. They are one level deep, and name neither customer nor site; their leader is a text."""

from __future__ import annotations

from connectors.rules import choice, first, text, truth
from connectors.rules.streams import of
from schemas.mapping import EntityMapping

_STATUS = {"NOTSTARTED": "planned", "ONGOING": "active", "COMPLETED": "completed"}

_PROJECT = EntityMapping(
    entity="project",
    fields={
        "number": text("ProjectNumber"),
        "name": first([text("Description"), text("ProjectNumber")]),
        "status": choice("Status", _STATUS),
        "status_source": text("Status"),
        "open_for_time": truth("Status", among=["COMPLETED"], negated=True),
        "active": truth("Status", among=["COMPLETED"], negated=True),
        "start_date": text("StartDate"),
        "end_date": text("EndDate"),
    },
)

MAPPINGS = {"projects": of(_PROJECT)}
