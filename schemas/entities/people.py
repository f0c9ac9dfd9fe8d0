"""Employees, the terms they work on, and what their hours cost."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from schemas.entities.common import Dim, Entity, Hours, Percent, Personal, Price, Ref, Sensitive, Text
from schemas.entities.organisation import SubUnit


class Employee(Entity):
    """A person who works, or is known to, the company."""

    number: Text
    first_name: Annotated[str | None, Personal] = None
    last_name: Annotated[str | None, Personal] = None
    display_name: Annotated[Text, Personal]
    name: Annotated[str | None, Personal] = None
    email: Annotated[str | None, Personal] = None
    mobile: Annotated[str | None, Personal] = None
    department: Ref | None = None
    dims: list[Dim] | None = None
    manager: Ref | None = None
    kind: Literal["employee", "contractor", "contact_only", "other"] | None = None
    can_register_time: bool | None = None
    start_date: dt.date | None = None
    end_date: dt.date | None = None
    category: str | None = None
    national_id: Annotated[str | None, Sensitive] = None
    bank_account: Annotated[str | None, Sensitive] = None


class Employment(Entity):
    """One period of employment; an employee has none, one or several."""

    employee: Ref
    start: dt.date
    end: dt.date | None = None
    fte_percent: Annotated[Percent | None, Personal] = None
    remuneration: Literal["monthly", "hourly", "piecework", "commission", "fee", "other"] | None = None
    hours_per_week: Annotated[Hours | None, Personal] = None
    occupation_code: Annotated[str | None, Personal] = None
    sub_unit: SubUnit | None = None


class EmployeeRate(Entity):
    """What one hour of an employee costs and is billed at, from a day on. The cost tells the wage."""

    employee: Ref
    valid_from: dt.date
    valid_to: dt.date | None = None
    cost_rate: Annotated[Price | None, Sensitive] = None
    bill_rate: Price | None = None
