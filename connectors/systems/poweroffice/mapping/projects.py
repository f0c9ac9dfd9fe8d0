"""Projects and sub-projects. The kinds of work, and who may work on a project, are in the time API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.rules import Worked, choice, hours, money, ref, several, text
from connectors.rules.amounts import number
from connectors.rules.streams import of
from connectors.systems.poweroffice.mapping.common import (
    BOOK,
    CHANGED_AT,
    coded,
    department_dim,
    employee,
    location_dim,
    numbered,
)
from schemas.mapping import EntityMapping, MappingContext
from schemas.pages import Record

_STATUS = {
    "NotStarted": "planned",
    "Active": "active",
    "Tentative": "on_hold",
    "Complete": "completed",
    "Archived": "archived",
}
_BILLING = {"FixedPrice": "fixed_price", "Time": "time", "TimeAndExpenses": "time_and_expenses"}
_COSTS = ("BudgetedCostOfGoods", "BudgetedOtherOperatingExpenses", "BudgetedPayrollExpenses")


def _kind(record: Record, context: MappingContext) -> str:
    if record.get("IsInternal"):
        return "internal"
    return "sub_project" if record.get("ParentProjectId") else "project"


def _level(record: Record, context: MappingContext) -> Any:
    """0 for a root; how deep a sub-project is does not show."""
    return None if record.get("ParentProjectId") else 0


def _billing(record: Record, context: MappingContext) -> Any:
    return "non_billable" if record.get("IsBillable") is False else _METHOD(record, context)


_METHOD = choice("ProjectBillingMethod", _BILLING)


def _fixed_price(record: Record, context: MappingContext) -> Any:
    return record.get("FixedPrice") if record.get("ProjectBillingMethod") == "FixedPrice" else None


def _cost(record: Record, context: MappingContext) -> Any:
    parts = [record[name] for name in _COSTS if record.get(name) is not None]
    return sum(map(number, parts), Decimal(0)) if parts else None


def _contact(record: Record, context: MappingContext) -> Any:
    """A contact is known by its customer and its own id."""
    ids = record.get("CustomerId"), record.get("ContactPersonId")
    return f"{ids[0]}/{ids[1]}" if all(ids) else None


_CONTACT = Worked("contact_key", ("CustomerId", "ContactPersonId"), _contact)

_PROJECT = EntityMapping(
    entity="project",
    fields={
        "number": text("Code"),
        "name": text("Name"),
        "parent": coded("project", "ParentProject"),
        "level": Worked("level", ("ParentProjectId",), _level),
        "kind": Worked("project_kind", ("IsInternal", "ParentProjectId"), _kind),
        "customer": numbered("customer", "Customer"),
        "contact": ref("contact", _CONTACT),
        "manager": employee("ProjectManagerEmployee"),
        "department": coded("department", "Department"),
        "dims": several([department_dim(), location_dim()]),
        "status": choice("ProjectStatus", _STATUS),
        "status_source": text("ProjectStatus"),
        "open_for_time": Worked("open_for_time", ("DenyTimeTracking",), lambda r, c: not r.get("DenyTimeTracking")),
        "start_date": "StartDate",
        "end_date": "EndDate",
        "billing": Worked("billing", ("IsBillable", _METHOD), _billing),
        "contract_amount": money(Worked("fixed", ("FixedPrice", "ProjectBillingMethod"), _fixed_price), BOOK),
        "budget_hours": hours("BudgetedHours"),
        "budget_revenue": money("BudgetedTotalRevenue", BOOK),
        "budget_cost": money(Worked("cost", _COSTS, _cost), BOOK),
        "customer_po": text("PurchaseOrderNo"),
        "contract_number": text("ContractNo"),
        "external_number": text("ExternalNumber"),
        "active": "IsActive",
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {"projects": of(_PROJECT)}
