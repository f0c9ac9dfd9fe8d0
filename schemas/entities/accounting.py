"""The books: VAT codes, accounts, postings and payments."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from schemas.entities.common import (
    Currency,
    Dim,
    Entity,
    Money,
    PaymentRef,
    Percent,
    Personal,
    Precise,
    Quantity,
    Ref,
    Text,
    Value,
)
from schemas.entities.organisation import DimensionKind


class VatCode(Entity):
    """A VAT rate and what it is for; ``standard_code`` is the SAF-T one."""

    code: Text
    rate_percent: Percent
    direction: Literal["output", "input", "import", "none", "other"] | None = None
    reverse_charge: bool | None = None
    deductible_percent: Percent | None = None
    standard_code: str | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


class Account(Entity):
    """An account of the general ledger; ``requires`` names the codings that a posting on it must have."""

    number: Text
    name: Text
    kind: Literal["asset", "liability", "equity", "income", "expense", "other"] | None = None
    vat_code: Ref | None = None
    requires: list[DimensionKind] | None = None
    standard_code: str | None = None


class LedgerEntry(Entity):
    """One posting. Debit is positive; ``amount_company`` is in the company's book currency."""

    voucher_number: Text
    voucher_type: str | None = None
    posting_date: dt.date
    account: Ref
    amount_company: Money
    amount: Money | None = None
    currency: Currency | None = None
    vat_code: Ref | None = None
    vat_amount: Money | None = None
    party: Ref | None = None
    employee: Ref | None = None
    product: Ref | None = None
    quantity: Quantity | None = None
    project: Ref | None = None
    project_task: Ref | None = None
    dims: list[Dim] | None = None
    match_id: str | None = None
    reverses: Ref | None = None
    payment_ref: PaymentRef | None = None
    text: Annotated[str | None, Personal] = None


class Allocation(Value):
    """The part of a payment that settles one invoice."""

    invoice: Ref
    amount: Money


class Payment(Entity):
    """Money in or out, where the ERP has payments of their own.

    Elsewhere none is published, and ``remaining`` on the invoice is the truth.
    """

    direction: Literal["incoming", "outgoing", "other"]
    date: dt.date
    amount: Money
    amount_company: Money | None = None
    currency: Currency | None = None
    exchange_rate: Precise | None = None
    party: Ref | None = None
    method: str | None = None
    payment_ref: PaymentRef | None = None
    allocations: list[Allocation] | None = None
    write_off: Money | None = None
