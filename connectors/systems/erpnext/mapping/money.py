"""Items, orders, invoices, accounts and the ledger. Returns have negative amounts already."""

from __future__ import annotations

from typing import Any, Literal

from connectors.rules import (
    Worked,
    choice,
    date,
    decimal,
    first,
    items,
    known,
    money,
    nested,
    price,
    quantity,
    ref,
    text,
    unit_code,
)
from connectors.rules.derived import either, minus
from connectors.rules.streams import of
from connectors.systems.erpnext.mapping.common import ACTIVE, BOOK, CHANGED_AT, CURRENCY, cost_center, to
from schemas.mapping import ABSENT, EntityMapping, Items, MappingContext, Ref, Rule
from schemas.pages import Record

UNITS = {"Nos": "EA", "Unit": "EA"}


def _unit(record: Record, context: MappingContext) -> Any:
    found = record.get("stock_uom", ABSENT)
    return unit_code(found, UNITS) or found


def _kind(record: Record, context: MappingContext) -> Any:
    if record.get("is_fixed_asset"):
        return "equipment"
    return "goods" if record.get("is_stock_item") else "service"


_ITEM = EntityMapping(
    entity="product",
    fields={
        "number": first([text("item_code"), text("name")]),
        "name": first([text("item_name"), text("name")]),
        "kind": Worked("item_kind", ("is_stock_item", "is_fixed_asset"), _kind),
        "unit": Worked("unit", ("stock_uom",), _unit),
        "sales_price": price("standard_rate", BOOK, "stock_uom", UNITS),
        "active": ACTIVE,
        "changed_at": CHANGED_AT,
    },
)


def _lines(account: str) -> Items:
    currency = first([text("_parent.currency"), BOOK])
    fields: dict[str, Rule] = {
        "line_id": text("name"),
        "kind": choice("item_code", {}, other="product"),
        "product": to("product", "item_code"),
        "account": to("account", account),
        "description": first([text("item_name"), text("description")]),
        "quantity": quantity("qty", "uom", UNITS),
        "unit_price": price("rate", currency, "uom", UNITS),
        "discount_percent": decimal("discount_percentage", 6),
        "net": money("net_amount", currency),
        "project": to("project", "project"),
        "dims": cost_center(),
    }
    return items("items", fields)


_DOCUMENT: dict[str, Rule] = {
    "number": text("name"),
    "currency": CURRENCY,
    "exchange_rate": decimal("conversion_rate"),
    "net": money("net_total", CURRENCY),
    "net_company": money("base_net_total", BOOK),
    "vat": money("total_taxes_and_charges", CURRENCY),
    "vat_company": money("base_total_taxes_and_charges", BOOK),
    "gross": money("grand_total", CURRENCY),
    "gross_company": money("base_grand_total", BOOK),
    "project": to("project", "project"),
    "status_source": text("status"),
    "changed_at": CHANGED_AT,
}

_ORDERS = {
    "Draft": "draft",
    "On Hold": "confirmed",
    "To Pay": "confirmed",
    "To Deliver and Bill": "confirmed",
    "To Deliver": "invoiced",
    "To Bill": "delivered",
    "Completed": "invoiced",
    "Closed": "closed",
    "Cancelled": "cancelled",
}

_ORDER = EntityMapping(
    entity="sales_order",
    fields={
        **_DOCUMENT,
        "party": to("customer", "customer"),
        "order_date": "transaction_date",
        "delivery_date": date("delivery_date"),
        "status": choice("status", _ORDERS),
        "customer_reference": text("po_no"),
        "lines": _lines("income_account"),
    },
)

_INVOICES = {
    "Draft": "draft",
    "Submitted": "booked",
    "Unpaid": "booked",
    "Overdue": "booked",
    "Return": "booked",
    "Debit Note Issued": "credited",
    "Credit Note Issued": "credited",
    "Partly Paid": "part_paid",
    "Paid": "paid",
    "Cancelled": "cancelled",
}


def _remaining(record: Record, context: MappingContext) -> Any:
    """What is left to pay, which is in the currency of the party's account; null where that is not the invoice's."""
    same = record.get("party_account_currency") == CURRENCY(record, context)
    return record.get("outstanding_amount", ABSENT) if same else None


def _invoice(
    kind: Literal["sales_invoice", "purchase_invoice"], party: Literal["customer", "supplier"], account: str
) -> dict[str, Rule]:
    return {
        **_DOCUMENT,
        "document_type": choice("is_return", {"1": "credit_note", "0": "invoice"}),
        "party": to(party, party),
        "due_date": date("due_date"),
        "remaining": money(Worked("remaining", ("outstanding_amount", "party_account_currency"), _remaining), CURRENCY),
        "rounding": money("rounding_adjustment", CURRENCY),
        "status": choice("status", _INVOICES),
        "credits": to(kind, "return_against"),
        "dims": cost_center(),
        "lines": _lines(account),
    }


_SALES_INVOICE = EntityMapping(
    entity="sales_invoice",
    fields={
        **_invoice("sales_invoice", "customer", "income_account"),
        "invoice_date": "posting_date",
        "references": nested({"purchase_order": text("po_no")}),
    },
)
_PURCHASE_INVOICE = EntityMapping(
    entity="purchase_invoice",
    fields={
        **_invoice("purchase_invoice", "supplier", "expense_account"),
        "invoice_date": first([date("bill_date"), date("posting_date")]),
        "references": nested({"yours": text("bill_no")}),
    },
)

_ROOTS = {"Asset": "asset", "Liability": "liability", "Equity": "equity", "Income": "income", "Expense": "expense"}

_ACCOUNT = EntityMapping(
    entity="account",
    when=lambda record, context: not record.get("is_group"),
    fields={
        "number": first([text("account_number"), text("name")]),
        "name": first([text("account_name"), text("name")]),
        "kind": choice("root_type", _ROOTS),
        "active": ACTIVE,
        "changed_at": CHANGED_AT,
    },
)


def _party_of(kind: str) -> Worked:
    def find(record: Record, context: MappingContext) -> Any:
        return record.get("party") if record.get("party_type") == kind else None

    return Worked("party_of", ("party", "party_type"), find)


def _own(record: Record, context: MappingContext) -> Any:
    """The account's currency; blank is the company's."""
    found = record.get("account_currency")
    return found if known(found) else BOOK(record, context)


_ENTRY = EntityMapping(
    entity="ledger_entry",
    when=lambda record, context: not record.get("is_cancelled"),
    fields={
        "voucher_number": text("voucher_no"),
        "voucher_type": text("voucher_type"),
        "posting_date": "posting_date",
        "account": to("account", "account"),
        "amount_company": money(minus("debit", "credit"), BOOK),
        "amount": money(minus("debit_in_account_currency", "credit_in_account_currency"), _own),
        "currency": Worked("own_currency", ("account_currency",), _own),
        "party": either([Ref("customer", _party_of("Customer")), Ref("supplier", _party_of("Supplier"))]),
        "employee": ref("employee", _party_of("Employee")),
        "project": to("project", "project"),
        "dims": cost_center(),
        "text": text("remarks"),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {
    "items": of(_ITEM),
    "sales-orders": of(_ORDER),
    "sales-invoices": of(_SALES_INVOICE),
    "purchase-invoices": of(_PURCHASE_INVOICE),
    "accounts": of(_ACCOUNT),
    "ledger-entries": of(_ENTRY),
}
