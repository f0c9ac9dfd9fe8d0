"""Invoices of both directions. Tripletex lists them once they are charged or registered, credit notes among them."""

from __future__ import annotations

from typing import Any

from connectors.rules import (
    Worked,
    choice,
    date,
    dim,
    first,
    items,
    join,
    money,
    nested,
    payment_ref,
    ref,
    several,
    text,
)
from connectors.rules.amounts import number
from connectors.rules.derived import minus
from connectors.rules.norway import kid_or_text
from connectors.rules.streams import of
from connectors.systems.tripletex.mapping.common import BOOK, CHANGED_AT, CURRENCY, department_value, employee, lines
from schemas.mapping import Constant, EntityMapping, MappingContext, Rule
from schemas.pages import Record


def _turned(document: Record, context: MappingContext) -> bool:
    """Whether a credit note shows positive amounts; in the common model they are negative."""
    return bool(document.get("isCreditNote")) and number(document.get("amountCurrency") or 0) > 0


TURNED = Worked("turned", ("isCreditNote", "amountCurrency"), _turned)
LINE_TURNED = Worked(
    "line_turned",
    ("_parent.isCreditNote", "_parent.amountCurrency"),
    lambda line, context: _turned(line["_parent"], context),
)


def _both(name: str, value: Any, value_company: Any) -> dict[str, Rule]:
    """An amount in the document's and in the book currency."""
    return {
        name: money(value, CURRENCY, negated=TURNED),
        f"{name}_company": money(value_company, BOOK, negated=TURNED),
    }


def _status(outstanding: str) -> Worked:
    """By what is left to pay; both lists hold only what is in the books."""

    def find(record: Record, context: MappingContext) -> str:
        left = record.get(outstanding)
        if left is None:
            return "booked"
        if not left:
            return "paid"
        return "part_paid" if abs(number(left)) < abs(number(record.get("amountCurrency") or 0)) else "booked"

    return Worked("invoice_status", (outstanding, "amountCurrency"), find)


def _sales_status(record: Record, context: MappingContext) -> Any:
    return "credited" if record.get("isCredited") else _PAID(record, context)


_PAID = _status("amountCurrencyOutstanding")


def _invoice(outstanding: str) -> dict[str, Rule]:
    return {
        "document_type": choice("isCreditNote", {"true": "credit_note", "false": "invoice"}),
        "invoice_date": "invoiceDate",
        "due_date": "invoiceDueDate",
        **_both("net", "amountExcludingVatCurrency", "amountExcludingVat"),
        **_both(
            "vat",
            minus("amountCurrency", "amountExcludingVatCurrency"),
            minus("amount", "amountExcludingVat"),
        ),
        **_both("gross", "amountCurrency", "amount"),
        "remaining": money(outstanding, CURRENCY, negated=TURNED),
        "currency": CURRENCY,
        "lines": lines("unitPriceExcludingVatCurrency", LINE_TURNED),
        "changed_at": CHANGED_AT,
    }


_DEPARTMENT = "orders[0].department"

_PROJECT = (
    first(["orders[0].project.id", "projectInvoiceDetails[0].project.id"]),
    first(["orders[0].project.number", "projectInvoiceDetails[0].project.number"]),
)

_SALES_INVOICE = EntityMapping(
    entity="sales_invoice",
    fields={
        **_invoice("amountCurrencyOutstanding"),
        "status": Worked("sales_status", ("isCredited", _PAID), _sales_status),
        **_both("rounding", "amountRoundoffCurrency", "amountRoundoff"),
        "number": text("invoiceNumber"),
        "party": ref("customer", "customer.id", "customer.customerNumber"),
        "delivery_date": "deliveryDate",
        "payment_ref": payment_ref("kid", "no_kid"),
        "credits": ref("sales_invoice", "creditedInvoice", none=[0]),
        "order": ref("sales_order", "orders[0].id", "orders[0].number"),
        "project": ref("project", *_PROJECT),
        "dims": several(
            [dim("department", department_value("orders[0].department.id"), "orders[0].department.departmentNumber")]
        ),
        "references": nested({"yours": text("orders[0].reference")}),
    },
)

_STEP: dict[str, Rule] = {
    "state": Constant("other"),  # the contract has numbers, and does not say what they mean
    "status_source": text("status"),
    "by": employee(),
    "by_name": text("actionEmployeeName"),
    "at": date("actionDate"),
    "level": "organisationLevel",
    "comment": text("comment"),
}

_PURCHASE_INVOICE = EntityMapping(
    entity="purchase_invoice",
    fields={
        **_invoice("outstandingAmount"),
        "status": _status("outstandingAmount"),
        "number": first([text("invoiceNumber"), join(["voucher.number", "voucher.year"], by="-"), text("id")]),
        "party": ref("supplier", "supplier.id", "supplier.supplierNumber"),
        "payment_ref": kid_or_text("kidOrReceiverReference"),
        "steps": items("approvalListElements", _STEP),
    },
)

MAPPINGS = {
    "invoices": of(_SALES_INVOICE),
    "supplier-invoices": of(_PURCHASE_INVOICE),
}
