"""What Acme's records mean in the common model."""

from typing import Any

from schemas.entities.common import exact
from schemas.mapping import Choice, Convert, EntityMapping, MappingContext, Ref, StreamMapping
from schemas.pages import Record

_STATUS = {"open": "active", "hold": "on_hold", "done": "completed"}


def _addresses(record: Record, context: MappingContext) -> list[dict[str, Any]]:
    return [
        {
            "kind": "visit",
            "lines": [record["street"]],
            "postal_code": record.get("zip"),
            "city": record.get("city"),
            "country": record.get("country"),
        }
    ]


def _org_number(record: Record, context: MappingContext) -> dict[str, Any] | None:
    number = record.get("org_no")
    return {"value": number, "country": record.get("country")} if number else None


def _cost(record: Record, context: MappingContext) -> dict[str, Any]:
    return {"amount": exact(record["budget"], 2), "currency": record["currency"]}


CUSTOMER = EntityMapping(
    entity="customer",
    fields={
        "number": "no",
        "name": "name",
        "org_number": _org_number,
        "email": "email",
        "addresses": _addresses,
        "active": "active",
        "changed_at": "updated_at",
    },
    unknown=("vat_number", "payment_terms_days", "credit_blocked"),
)

PROJECT = EntityMapping(
    entity="project",
    fields={
        "number": "no",
        "name": "title",
        "customer": Ref("customer", "customer_id"),
        "status": Choice("status", _STATUS),
        "status_source": "status",
        "open_for_time": lambda record, context: record.get("status") == "open",
        "budget_cost": _cost,
        "changed_at": "updated_at",
    },
    unknown=("manager", "billing"),
)

TIME_ENTRY = EntityMapping(
    entity="time_entry",
    fields={
        "employee": Ref("employee", "worker.id", number="worker.no"),
        "project": Ref("project", "job_id"),
        "work_date": "day",
        "hours": Convert("hours", exact),
        "comment": "note",
        "changed_at": "updated_at",
    },
    unknown=("approval", "locked", "invoiced"),
)

MAPPINGS = {
    "customers": StreamMapping((CUSTOMER,)),
    "jobs": StreamMapping((PROJECT,)),
    "hours": StreamMapping((TIME_ENTRY,)),
}
