"""Invoices and credit notes, to customers and from suppliers."""

from __future__ import annotations

import datetime as dt
from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from schemas.entities.common import (
    Approval,
    Currency,
    Dim,
    Entity,
    Money,
    PaymentRef,
    Percent,
    Precise,
    Ref,
    Text,
    Value,
)
from schemas.entities.documents import Line, amounts_of, same_currency

InvoiceStatus = Literal["draft", "approved", "sent", "booked", "part_paid", "paid", "credited", "cancelled", "other"]


class References(Value):
    """What the parties quote on the document."""

    yours: str | None = None
    ours: str | None = None
    purchase_order: str | None = None
    contract: str | None = None


class TaxReduction(Value):
    """Swedish tax reduction that the seller claims for the buyer."""

    kind: Literal["rot", "rut", "green", "other"]
    amount: Money | None = None


class Retention(Value):
    """What is held back until the work is approved."""

    amount: Money | None = None
    percent: Percent | None = None


class Invoice(Entity):
    """What both kinds of invoice have; not published by itself.

    Amounts are in ``currency``, their ``…_company`` twins in the company's book currency; one unit of
    ``currency`` is ``exchange_rate`` units of the book currency. Credit notes are negative.
    """

    document_type: Literal["invoice", "credit_note", "on_account", "final", "interest", "other"] | None = None
    number: Text
    party: Ref
    invoice_date: dt.date
    due_date: dt.date | None = None
    delivery_date: dt.date | None = None
    period_from: dt.date | None = None
    period_to: dt.date | None = None
    net: Money
    net_company: Money | None = None
    vat: Money | None = None
    vat_company: Money | None = None
    gross: Money
    gross_company: Money | None = None
    remaining: Money | None = None
    remaining_company: Money | None = None
    rounding: Money | None = None
    rounding_company: Money | None = None
    currency: Currency
    exchange_rate: Precise | None = None
    status: InvoiceStatus | None = None
    status_source: str | None = None
    payment_ref: PaymentRef | None = None
    credits: Ref | None = None
    order: Ref | None = None
    project: Ref | None = None
    dims: list[Dim] | None = None
    references: References | None = None
    reverse_charge: bool | None = None
    tax_reduction: TaxReduction | None = None
    retention: Retention | None = None
    lines: list[Line] | None = None

    @model_validator(mode="after")
    def _amounts_agree(self) -> Self:
        amounts = (self.net, self.vat, self.gross, self.remaining, self.rounding)
        same_currency(self.currency, (*amounts, *amounts_of(self.lines)))
        if self.document_type == "credit_note" and self.gross.amount > 0:
            raise PydanticCustomError("sign", "is a credit note, so net and gross must be negative")
        return self


class SalesInvoice(Invoice):
    """An invoice or credit note to a customer."""


class PurchaseInvoice(Invoice):
    """An invoice or credit note from a supplier; ``steps`` are the single decisions behind ``approval``."""

    approval: Approval | None = None
    steps: list[Approval] | None = None
