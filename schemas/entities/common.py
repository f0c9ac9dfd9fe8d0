"""What all entities share: the value types, and ``Entity`` with the header that every record has."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field
from pydantic_core import PydanticCustomError

from schemas.entities.exact import Amount, Hours, Percent, Precise, exact, hours
from schemas.entities.identifiers import OrgNumber, PaymentRef, org_number, payment_ref
from schemas.entities.value import (
    CONFIG,
    Country,
    Currency,
    Instant,
    Moment,
    Personal,
    Sensitive,
    Text,
    Value,
)

__all__ = [
    "Address",
    "Amount",
    "Approval",
    "ApprovalState",
    "Country",
    "Currency",
    "Dim",
    "Entity",
    "Hours",
    "Instant",
    "LocalTime",
    "Moment",
    "Money",
    "OrgNumber",
    "PaymentRef",
    "Percent",
    "Personal",
    "Precise",
    "Price",
    "Quantity",
    "Ref",
    "Sensitive",
    "Text",
    "Value",
    "exact",
    "hours",
    "org_number",
    "payment_ref",
]


class Ref(Value):
    """Points to another entity by its id. It may dangle: the order between topics is not guaranteed."""

    entity: Text = Field(description="Kind of the entity, snake_case.")
    id: Text
    source_id: Text
    number: str | None = None


class Money(Value):
    """An amount in a currency."""

    amount: Amount
    currency: Currency


class Price(Value):
    """Money for one ``per``: a unit code as in Quantity, HUR for an hourly rate."""

    amount: Precise
    currency: Currency
    per: str | None = Field(default=None, description="UN/ECE Rec 20 code.")


class Quantity(Value):
    """So much of a unit: ``unit`` is a UN/ECE Rec 20/21 code (HUR, DAY, MTR, MTK, MTQ, KGM, LTR, EA …).

    ``unit_source`` is the ERP's own word for the unit, also where ``unit`` is not known.
    """

    value: Precise
    unit: str | None = None
    unit_source: str | None = None


class LocalTime(Value):
    """Time on the wall. ``zone`` is the company's IANA zone.

    ``date`` is only set where it is not the day of the record (a shift past midnight).
    """

    time: dt.time
    zone: str | None = None
    date: dt.date | None = None


class Dim(Value):
    """One coding of a line, entry or posting: which dimension, and which of its values."""

    dimension: Ref
    value: Ref


class Address(Value):
    """``lines`` are street, building and the like, without postal code and city."""

    kind: Literal["postal", "visit", "delivery", "other"] | None = None
    lines: list[str] | None = None
    postal_code: str | None = None
    city: str | None = None
    country: Country | None = None


ApprovalState = Literal["not_required", "draft", "submitted", "approved", "rejected", "reopened", "other"]


class Approval(Value):
    """How far an approval (attestasjon, attest) has come; ``by_name`` where the ERP gives no key."""

    state: ApprovalState
    status_source: str | None = Field(default=None, description="The ERP's own word for the state.")
    by: Ref | None = None
    by_name: Annotated[str | None, Personal] = None
    at: Moment | None = None
    level: int | None = None
    comment: Annotated[str | None, Personal] = None


class Entity(BaseModel):
    """The header of every entity. Fields that a record lacks stay unset: null, absent and unknown differ.

    ``id`` is derived (schemas.ids.entity_id); ``number`` is what people call the record; ``version`` orders
    all states of the entity (schemas.version); ``changed_at`` is the ERP's stamp and orders nothing;
    ``external_ref`` is our id where the ERP keeps one; ``custom`` holds the tenant's own fields; ``unknown``
    names the fields that this system or credential cannot tell, which a subscriber must not overwrite.
    """

    model_config = CONFIG

    id: Text
    tenant: Text
    connection: Text
    company: Ref
    system: Text
    source_id: Text
    number: str | None = None
    name: str | None = None
    active: bool | None = None
    changed_at: Instant | None = None
    read_at: Instant
    version: Text
    source_url: str | None = None
    external_ref: str | None = None
    custom: dict[str, str | int | float | bool | None] | None = None
    unknown: list[str] = []

    def _known(self, *names: str) -> Self:
        """Hold each named field to be set and not null, unless it is in ``unknown``."""
        for name in names:
            if getattr(self, name) is None and name not in self.unknown:
                raise PydanticCustomError("known", "{name} is missing; map it or name it in unknown", {"name": name})
        return self
