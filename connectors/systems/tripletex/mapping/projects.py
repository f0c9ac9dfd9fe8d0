"""Projects, the activities planned within them, and the kinds of work.

An activity of a project is its task; it is known by project and activity, which is what hours show.
"""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, choice, first, hours, key, money, ref, text, truth
from connectors.rules.derived import references, total
from connectors.rules.streams import of
from connectors.systems.tripletex.mapping.common import (
    CHANGED_AT,
    CURRENCY,
    department,
    dims,
    employee,
    number_or_id,
    numbered,
    per_hour,
    place,
)
from schemas.mapping import EntityMapping, MappingContext
from schemas.pages import Record


def _kind(record: Record, context: MappingContext) -> str:
    if record.get("isOffer"):
        return "offer"
    if record.get("isInternal"):
        return "internal"
    return "sub_project" if record.get("mainProject") else "project"


def _status(record: Record, context: MappingContext) -> str:
    if record.get("isClosed"):
        return "completed"
    return "planned" if record.get("isOffer") else "active"


def _level(record: Record, context: MappingContext) -> Any:
    return record.get("hierarchyLevel") if record.get("mainProject") else 0


def _only(flag: str, path: str) -> Worked:
    """The value at a path where a flag is set; null otherwise."""
    return Worked("only", (flag, path), lambda record, context: record.get(path) if record.get(flag) else None)


_PROJECT = EntityMapping(
    entity="project",
    fields={
        "number": number_or_id(),
        "name": text("name"),
        "parent": numbered("project", "mainProject"),
        "level": Worked("level", ("hierarchyLevel", "mainProject"), _level),
        "kind": Worked("project_kind", ("isOffer", "isInternal", "mainProject"), _kind),
        "customer": ref("customer", "customer.id", "customer.customerNumber"),
        "contact": ref("contact", "contact.id"),
        "manager": employee("projectManager"),
        "department": department(),
        "dims": dims(),
        "status": Worked("project_status", ("isClosed", "isOffer"), _status),
        "open_for_time": truth("isClosed", negated=True),
        "restricted_to": references(_only("forParticipantsOnly", "participants"), employee()),
        "allowed_activities": references(
            _only("generalProjectActivitiesPerProjectOnly", "projectActivities"), numbered("activity", "activity")
        ),
        "start_date": "startDate",
        "end_date": "endDate",
        "site_address": place(None, "deliveryAddress"),
        "billing": choice("isFixedPrice", {"true": "fixed_price", "false": "time"}),
        "contract_amount": money(_only("isFixedPrice", "fixedprice"), CURRENCY),
        "price_ceiling": money(_only("isPriceCeiling", "priceCeilingAmount"), CURRENCY),
        "on_account_invoiced": money("totalInvoicedOnAccountAmountAbsoluteCurrency", CURRENCY),
        "budget_hours": total("projectActivities", "budgetHours"),
        "customer_po": text("reference"),
        "external_ref": text("externalAccountsNumber"),
        "changed_at": CHANGED_AT,
    },
)

_TASK = EntityMapping(
    entity="project_task",
    each="projectActivities",
    key=key(["_parent.id", "activity.id"]),
    fields={
        "project": ref("project", "_parent.id", "_parent.number"),
        "code": first([text("activity.number"), text("activity.id")]),
        "number": text("activity.number"),
        "name": text("activity.name"),
        "status": choice("isClosed", {"true": "completed", "false": "active"}),
        "start": "startDate",
        "end": "endDate",
        "budget_hours": hours("budgetHours"),
        "active": truth("isClosed", negated=True),
    },
)

_ACTIVITIES = {
    "GENERAL_ACTIVITY": "other",  # also holidays and the like
    "PROJECT_GENERAL_ACTIVITY": "work",
    "PROJECT_SPECIFIC_ACTIVITY": "work",
    "TASK": "work",
}

_ACTIVITY = EntityMapping(
    entity="activity",
    fields={
        "code": text("number"),
        "number": text("number"),
        "name": text("name"),
        "kind": choice("activityType", _ACTIVITIES),
        "billable": "isChargeable",
        "default_rate": per_hour("rate"),
        "active": truth("isDisabled", negated=True),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {
    "projects": of(_PROJECT, _TASK),
    "activities": of(_ACTIVITY),
}
