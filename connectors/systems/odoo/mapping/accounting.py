"""VAT codes, accounts, postings and payments."""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, choice, decimal, known, money, payment_ref, quantity, text
from connectors.rules.derived import either
from connectors.systems.odoo.mapping.common import (
    BOOK,
    CHANGED_AT,
    CURRENCY,
    UNITS,
    distribution,
    number_or_id,
    of,
    only_tax,
    to,
)
from schemas.mapping import ABSENT, EntityMapping, MappingContext, Ref
from schemas.pages import Record

_VAT = EntityMapping(
    entity="vat_code",
    when=lambda record, context: record.get("amount_type") == "percent",  # others have no rate: groups, fixed amounts
    fields={
        "code": text("id"),
        "name": text("name"),
        "rate_percent": decimal("amount", 6),
        "direction": choice("type_tax_use", {"sale": "output", "purchase": "input", "none": "none"}),
        "active": "active",
        "changed_at": CHANGED_AT,
    },
)

_KINDS = {"asset": "asset", "liability": "liability", "equity": "equity", "income": "income", "expense": "expense"}


def _kind(record: Record, context: MappingContext) -> Any:
    found = record.get("account_type", ABSENT)
    return _KINDS.get(str(found).partition("_")[0], "other") if known(found) else found


_ACCOUNT = EntityMapping(
    entity="account",
    fields={
        "number": text("code"),
        "name": text("name"),
        "kind": Worked("account_kind", ("account_type",), _kind),
        "vat_code": only_tax(),
        "active": "active",
        "changed_at": CHANGED_AT,
    },
)


def _partner_where(kind: str) -> Worked:
    """The partner's key on an account of that kind; elsewhere a partner is no party of the posting."""

    def find(record: Record, context: MappingContext) -> Any:
        return (record.get("partner_id") or {}).get("id") if record.get("account_type") == kind else None

    return Worked("partner", ("partner_id.id", "account_type"), find)


_POSTING = EntityMapping(
    entity="ledger_entry",
    fields={
        "voucher_number": number_or_id("move_name"),
        "voucher_type": text("journal_id.name"),
        "posting_date": "date",
        "account": to("account", "account_id"),
        "amount_company": money("balance", BOOK),
        "amount": money("amount_currency", CURRENCY),
        "currency": CURRENCY,
        "vat_code": only_tax(),
        "party": either(
            [
                Ref("customer", _partner_where("asset_receivable")),
                Ref("supplier", _partner_where("liability_payable")),
            ]
        ),
        "product": to("product", "product_id"),
        "quantity": quantity("quantity", "product_uom_id.name", UNITS),
        "dims": distribution(),
        "match_id": text("matching_number"),
        "text": text("name"),
        "changed_at": CHANGED_AT,
    },
)


def _unsigned(path: str) -> Worked:
    """The size of an amount: the direction is told beside it."""
    amount = decimal(path)

    def find(record: Record, context: MappingContext) -> Any:
        found = amount(record, context)
        return abs(found) if known(found) else found

    return Worked("unsigned", (path,), find)


def _partner_as(kind: str) -> Worked:
    def find(record: Record, context: MappingContext) -> Any:
        return (record.get("partner_id") or {}).get("id") if record.get("partner_type") == kind else None

    return Worked("partner", ("partner_id.id", "partner_type"), find)


_PAYMENT = EntityMapping(
    entity="payment",
    when=lambda record, context: record.get("state") in ("in_process", "paid"),  # others are drafts, or were refused
    fields={
        "number": number_or_id("name"),
        "direction": choice("payment_type", {"inbound": "incoming", "outbound": "outgoing"}),
        "date": "date",
        "amount": money("amount", CURRENCY),
        "amount_company": money(_unsigned("amount_company_currency_signed"), BOOK),
        "currency": CURRENCY,
        "party": either([Ref("customer", _partner_as("customer")), Ref("supplier", _partner_as("supplier"))]),
        "method": text("payment_method_line_id.name"),
        "payment_ref": payment_ref("payment_reference", "free"),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {
    "taxes": of(_VAT),
    "accounts": of(_ACCOUNT),
    "postings": of(_POSTING),
    "payments": of(_PAYMENT),
}
