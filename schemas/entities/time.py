"""Hours worked, what wages are paid for, absence, and the approval of periods."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.entities.common import (
    Approval,
    ApprovalState,
    Dim,
    Entity,
    Hours,
    LocalTime,
    Moment,
    Money,
    Percent,
    Personal,
    Price,
    Quantity,
    Ref,
    Sensitive,
    Text,
)


class TimeEntry(Entity):
    """Hours of one employee on one day. Where approval lives in another stream, ``approval`` is unknown.

    ``hours`` may be negative where the ERP corrects by a counter-entry. The cost tells the wage.
    """

    employee: Ref
    work_date: dt.date
    hours: Hours
    start: LocalTime | None = None
    end: LocalTime | None = None
    break_minutes: int | None = None
    resource_kind: Literal["person", "equipment", "other"] = "person"
    project: Ref | None = None
    project_task: Ref | None = None
    activity: Ref | None = None
    customer: Ref | None = None
    order: Ref | None = None
    wage_code: Ref | None = None
    kind: Literal["normal", "overtime", "absence", "travel", "other"] | None = None
    billable: bool | None = None
    billable_hours: Hours | None = None
    bill_rate: Price | None = None
    cost_rate: Annotated[Price | None, Sensitive] = None
    cost: Annotated[Money | None, Sensitive] = None
    approval: Approval | None = None
    locked: bool | None = None
    invoiced: bool | None = None
    invoice: Ref | None = None
    posted: bool | None = None
    paid_out: bool | None = None
    comment: Annotated[str | None, Personal] = None
    internal_note: Annotated[str | None, Personal] = None
    dims: list[Dim] | None = None


class WageLine(Entity):
    """Something that wages are paid for: a supplement, overtime, per diem, mileage, piecework.

    It has a ``date``, or a period ``from`` and ``to``.
    """

    employee: Ref
    date: dt.date | None = None
    from_: dt.date | None = Field(default=None, alias="from")
    to: dt.date | None = None
    wage_code: Ref
    quantity: Quantity
    rate: Annotated[Price | None, Sensitive] = None
    amount: Annotated[Money | None, Sensitive] = None
    project: Ref | None = None
    activity: Ref | None = None
    dims: list[Dim] | None = None
    time_entry: Ref | None = None
    text: Annotated[str | None, Personal] = None
    approval: Approval | None = None
    locked: bool | None = None

    @model_validator(mode="after")
    def _day_or_period(self) -> Self:
        if self.date is None and (self.from_ is None or self.to is None):
            raise PydanticCustomError("period", "has neither a date nor a period from and to")
        return self


WageKind = Literal[
    "hourly", "overtime", "supplement", "absence", "per_diem", "mileage", "piecework", "deduction", "other"
]


class WageCode(Entity):
    """What a wage line is paid as. ``unit`` is as in Quantity; ``reporting_code`` that of the authority."""

    code: Text
    name: Text
    kind: WageKind | None = None
    unit: str | None = None
    rate: Price | None = None
    percent: Percent | None = None
    holiday_pay_basis: bool | None = None
    reporting_code: str | None = None
    use_in_timesheet: bool | None = None


class Absence(Entity):
    """Time away, from the first to the last day, both included.

    The cause is health data: where the tenant did not opt in, ``code`` is null and named in ``unknown``.
    """

    employee: Ref
    from_: dt.date = Field(alias="from")
    to: dt.date
    hours: Hours | None = None
    percent: Percent | None = None
    code: Annotated[Text | None, Sensitive] = Field(description="Wage code or cause code of the ERP.")
    wage_code: Annotated[Ref | None, Sensitive] = None
    approval: Approval | None = None
    project: Ref | None = None

    @model_validator(mode="after")
    def _code_or_withheld(self) -> Self:
        return self._known("code")


class TimeApproval(Entity):
    """How far the approval of an employee's week or month has come, first to last day, both included."""

    employee: Ref
    period: Literal["week", "month", "other"] | None = None
    from_: dt.date = Field(alias="from")
    to: dt.date
    state: ApprovalState
    status_source: str | None = None
    completed_by_employee: bool | None = None
    approved_by: Ref | None = None
    approved_at: Moment | None = None
