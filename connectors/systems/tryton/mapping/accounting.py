"""Invoices of both directions, which Tryton keeps in one model, and accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.systems.tryton.mapping.common import (
    CHANGED_AT,
    lines,
    money,
    money_company,
    same_currency_rate,
    watch,
)
from connectors.systems.tryton.values import decode
from schemas.keys import value_at
from schemas.mapping import ABSENT, Choice, EntityMapping, Function, MappingContext, Ref, StreamMapping
from schemas.pages import Record

_STATES = {
    "draft": "draft",
    "validated": "approved",
    "posted": "booked",
    "paid": "paid",
    "cancelled": "cancelled",
    "part_paid": "part_paid",
}


def _number(record: Record, context: MappingContext) -> Any:
    """Its own number; a supplier's invoice has none until it is validated, but the supplier's own."""
    return record.get("number") or (record.get("reference") if record.get("type") == "in" else None)


def _date(record: Record, context: MappingContext) -> Any:
    return record.get("invoice_date") or record.get("accounting_date")


def _is(direction: str) -> Function:
    """Whether an invoice of this direction is more than a draft without number or date."""

    def find(record: Record, context: MappingContext) -> bool:
        ready = bool(_number(record, context)) and bool(_date(record, context))
        return record.get("type") == direction and (ready or record.get("state") not in ("draft", "cancelled"))

    return find


def _document_type(record: Record, context: MappingContext) -> str:
    return "credit_note" if Decimal(record.get("total_amount") or 0) < 0 else "invoice"


def _state(record: Record, context: MappingContext) -> Any:
    state, left, total = (record.get(name) for name in ("state", "amount_to_pay", "total_amount"))
    if state == "posted" and left is not None and total is not None and Decimal(left) != Decimal(total):
        return "part_paid"
    return state


def _remaining(rule: Function) -> Function:
    """What is left to pay; Tryton shows 0 before the invoice is posted, which is not what it means."""

    def find(record: Record, context: MappingContext) -> Any:
        return rule(record, context) if record.get("state") in ("posted", "paid") else ABSENT

    return find


def _due(record: Record, context: MappingContext) -> Any:
    dates = [day for line in record.get("lines_to_pay") or () if (day := line.get("maturity_date"))]
    return max(dates, default=None)


def _only(path: str) -> Function:
    """The id of the only record at a path, null for none and for several."""

    def find(record: Record, context: MappingContext) -> Any:
        found = value_at(record, path) or []
        return found[0]["id"] if len(found) == 1 else None

    return find


def _payment_ref(path: str) -> Function:
    def find(record: Record, context: MappingContext) -> Any:
        value = record.get(path)
        return {"scheme": "free", "value": value} if value else None

    return find


def _references(record: Record, context: MappingContext) -> Any:
    return {"yours": record["reference"]} if record.get("reference") else None


def _invoice(direction: str, entity: str, party: str, payment_ref: str, more: dict[str, Any]) -> EntityMapping:
    amounts = {"net": "untaxed_amount", "vat": "tax_amount", "gross": "total_amount"}
    return EntityMapping(
        entity=entity,
        when=_is(direction),
        fields={
            "document_type": _document_type,
            "number": _number,
            "name": "description",
            "party": Ref(party, "party.id", number="party.code"),
            "invoice_date": _date,
            "due_date": _due,
            **{name: money(path) for name, path in amounts.items()},
            **{f"{name}_company": money_company(path) for name, path in amounts.items()},
            "remaining": _remaining(money("amount_to_pay")),
            "remaining_company": _remaining(money_company("amount_to_pay")),
            "currency": "currency.code",
            "exchange_rate": same_currency_rate,
            "status": Choice(_state, _STATES),
            "status_source": "state",
            "payment_ref": _payment_ref(payment_ref),
            "credits": Ref(entity, _only("origin_invoices")),
            "references": _references,
            "lines": lines(accounts=True),
            "changed_at": CHANGED_AT,
            **more,
        },
    )


def _account_kind(record: Record, context: MappingContext) -> Any:
    """By the flags of its type; some types (cash, equity) have none, and the statement alone does not tell."""
    kind = record.get("type") or {}
    if kind.get("statement") == "income":
        return "income" if kind.get("revenue") else "expense" if kind.get("expense") else "other"
    if kind.get("payable") or kind.get("debt"):
        return "liability"
    return "asset" if kind.get("assets") or kind.get("receivable") or kind.get("stock") else "other"


_ACCOUNT = EntityMapping(
    entity="account",
    when=lambda record, context: bool(record.get("code")),  # the chart's root has none
    fields={
        "number": "code",
        "name": "name",
        "kind": _account_kind,
        "active": lambda record, context: not record.get("closed"),
        "changed_at": CHANGED_AT,
    },
)

_SALES = _invoice(
    "out", "sales_invoice", "customer", "customer_payment_reference", {"order": Ref("sales_order", _only("sales"))}
)
_PURCHASES = _invoice("in", "purchase_invoice", "supplier", "supplier_payment_reference", {})

MAPPINGS = {
    "invoices": StreamMapping((_SALES, _PURCHASES), prepare=decode),
    "invoice-lines": watch("invoices", "invoice"),
    "accounts": StreamMapping((_ACCOUNT,), prepare=decode),
}
