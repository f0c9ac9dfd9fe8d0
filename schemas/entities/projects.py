"""Projects, the nodes inside them, and the kinds of work."""

from __future__ import annotations

import datetime as dt
from typing import Literal, Self

from pydantic import model_validator

from schemas.entities.common import Address, Dim, Entity, Hours, Money, Percent, Price, Ref, Text

ProjectStatus = Literal["planned", "active", "on_hold", "completed", "cancelled", "archived", "other"]


class Project(Entity):
    """A project or sub-project (``level`` 0 is a root).

    ``open_for_time`` is required unless the system cannot tell, which ``unknown`` then says. An empty
    ``restricted_to`` or ``allowed_activities`` means: nobody, none; a null one: no restriction.
    """

    number: Text
    name: Text
    parent: Ref | None = None
    level: int | None = None
    kind: Literal["project", "sub_project", "offer", "internal", "change_order", "template", "other"] | None = None
    customer: Ref | None = None
    contact: Ref | None = None
    manager: Ref | None = None
    department: Ref | None = None
    dims: list[Dim] | None = None
    status: ProjectStatus | None = None
    status_source: str | None = None
    open_for_time: bool | None = None
    restricted_to: list[Ref] | None = None
    allowed_activities: list[Ref] | None = None
    start_date: dt.date | None = None
    end_date: dt.date | None = None
    site_address: Address | None = None
    billing: Literal["fixed_price", "time", "time_and_expenses", "non_billable", "other"] | None = None
    contract_amount: Money | None = None
    price_ceiling: Money | None = None
    on_account_invoiced: Money | None = None
    retention_percent: Percent | None = None
    budget_hours: Hours | None = None
    budget_revenue: Money | None = None
    budget_cost: Money | None = None
    customer_po: str | None = None
    contract_number: str | None = None
    external_number: str | None = None

    @model_validator(mode="after")
    def _open_or_unknown(self) -> Self:
        return self._known("open_for_time")


class ProjectTask(Entity):
    """A node inside a project that hours are booked on; not a kind of work."""

    project: Ref
    parent: Ref | None = None
    code: Text
    name: Text
    status: ProjectStatus | None = None
    status_source: str | None = None
    start: dt.date | None = None
    end: dt.date | None = None
    budget_hours: Hours | None = None


class Activity(Entity):
    """A kind of work, company-wide; ``projects`` restricts it to some."""

    code: str | None = None
    name: Text
    kind: Literal["work", "travel", "absence", "machine", "other"] | None = None
    billable: bool | None = None
    default_rate: Price | None = None
    projects: list[Ref] | None = None
