"""Projects and tasks, which Tryton keeps in one tree of ``project.work``, and works that belong to no project."""

from __future__ import annotations

from typing import Any

from connectors.systems.tryton.mapping.common import CHANGED_AT, address, hours_of, number_or_id, watch
from connectors.systems.tryton.values import decode
from schemas.errors import Rejected
from schemas.mapping import Choice, EntityMapping, Function, MappingContext, Ref, StreamMapping
from schemas.pages import Record

_STATUS = {
    "open": "active",
    "done": "completed",
    "closed": "completed",
    "completed": "completed",
    "on hold": "on_hold",
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "planned": "planned",
}
"""Names of ``project.work.status``: Open and Done come with Tryton, others are the tenant's own."""


def project_of(work: Any) -> Any:
    """The id of the project that a work is, or is under: the nearest one; None where none is in sight."""
    while isinstance(work, dict):
        if work.get("type") == "project":
            return work["id"]
        work = work.get("parent")
    return None


def _is(kind: str) -> Function:
    return lambda record, context: record.get("type") == kind


def _parent(kind: str) -> Function:
    def find(record: Record, context: MappingContext) -> Any:
        parent = record.get("parent")
        return parent["id"] if isinstance(parent, dict) and parent.get("type") == kind else None

    return find


def _task_project(record: Record, context: MappingContext) -> Any:
    project = project_of(record.get("parent"))
    if project is None:
        raise Rejected("The task has no project among the three works above it.", field="project")
    return project


def _level(record: Record, context: MappingContext) -> int:
    return max(len([part for part in (record.get("path") or "").split("/") if part]) - 1, 0)


def _kind(record: Record, context: MappingContext) -> str:
    return "sub_project" if record.get("parent") else "project"


def _status_name(record: Record, context: MappingContext) -> Any:
    return ((record.get("status") or {}).get("name") or "").casefold() or None


def _site(record: Record, context: MappingContext) -> Any:
    place = record.get("party_address")
    return address(place, context) if isinstance(place, dict) else None


_PROJECT = EntityMapping(
    entity="project",
    when=_is("project"),
    fields={
        "number": number_or_id(),
        "name": "name",
        "parent": Ref("project", _parent("project")),
        "level": _level,
        "kind": _kind,
        "customer": Ref("customer", "party.id", number="party.code"),
        "status": Choice(_status_name, _STATUS),
        "status_source": "status.name",
        "open_for_time": "timesheet_available",
        "site_address": _site,
        "budget_hours": hours_of("effort_duration"),
        "changed_at": CHANGED_AT,
    },
)

_TASK = EntityMapping(
    entity="project_task",
    when=_is("task"),
    fields={
        "code": number_or_id(),
        "number": "number",
        "name": "name",
        "project": Ref("project", _task_project),
        "parent": Ref("project_task", _parent("task")),
        "status": Choice(_status_name, _STATUS),
        "status_source": "status.name",
        "budget_hours": hours_of("effort_duration"),
        "changed_at": CHANGED_AT,
    },
)

_ACTIVITY = EntityMapping(
    entity="activity",
    when=lambda record, context: not record.get("origin"),
    fields={"name": "name", "changed_at": CHANGED_AT},
)

MAPPINGS = {
    "project-sites": watch("project-works", "id"),
    "project-works": StreamMapping((_PROJECT, _TASK), prepare=decode),
    "activities": StreamMapping((_ACTIVITY,), prepare=decode),
}
