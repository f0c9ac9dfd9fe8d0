"""Invoices and credit memos, which are lists of their own; a credit memo is a negative invoice."""

from __future__ import annotations

from typing import Any, Literal

from connectors.rules import Worked, date, first, money, nested, ref, text
from connectors.rules.amounts import number
from connectors.rules.streams import of
from connectors.systems.business_central.mapping.common import CHANGED_AT, CURRENCY, coding, lines, one_of, word
from schemas.mapping import Constant, EntityMapping, MappingContext, Rule
from schemas.pages import Record

_STATES = {
    "Draft": "draft",
    "In Review": "draft",
    "Open": "booked",
    "Paid": "paid",
    "Canceled": "cancelled",
}
_STATUS = one_of("status", _STATES)


def _part_paid(record: Record, context: MappingContext) -> Any:
    found = _STATUS(record, context)
    left = record.get("remainingAmount")
    if found != "booked" or left is None:
        return found
    return "part_paid" if 0 < number(left) < number(record.get("totalAmountIncludingTax") or 0) else found


def _document(
    party: Literal["customer", "supplier"], path: str, day: str, dated: str, *, credit: bool
) -> dict[str, Rule]:
    """What invoices and credit memos have in common; ``day`` is the field of the date, ``dated`` the next best one."""
    turned = Constant(True) if credit else None
    return {
        "number": text("number"),
        "document_type": Constant("credit_note" if credit else "invoice"),
        "party": ref(party, f"{path}Id", f"{path}Number"),
        "invoice_date": first([date(day), date(dated)]),
        "due_date": date("dueDate"),
        "net": money("totalAmountExcludingTax", CURRENCY, negated=turned),
        "vat": money("totalTaxAmount", CURRENCY, negated=turned),
        "gross": money("totalAmountIncludingTax", CURRENCY, negated=turned),
        "currency": CURRENCY,
        "status": _STATUS,
        "status_source": word("status"),
        "dims": coding(),
        "changed_at": CHANGED_AT,
    }


_SALES_INVOICE = EntityMapping(
    entity="sales_invoice",
    fields={
        **_document("customer", "customer", "invoiceDate", "postingDate", credit=False),
        "status": Worked("status", ("status", "remainingAmount", "totalAmountIncludingTax"), _part_paid),
        "remaining": money("remainingAmount", CURRENCY),
        "order": ref("sales_order", "orderId", "orderNumber"),
        "references": nested(
            {"yours": text("externalDocumentNumber"), "purchase_order": text("customerPurchaseOrderReference")}
        ),
        "lines": lines("salesInvoiceLines", "unitPrice"),
    },
)

_SALES_MEMO = EntityMapping(
    entity="sales_invoice",
    fields={
        **_document("customer", "customer", "creditMemoDate", "postingDate", credit=True),
        "credits": ref("sales_invoice", "invoiceId", "invoiceNumber"),
        "references": nested({"yours": text("externalDocumentNumber")}),
        "lines": lines("salesCreditMemoLines", "unitPrice", turned=True),
    },
)

_PURCHASE_INVOICE = EntityMapping(
    entity="purchase_invoice",
    fields={
        **_document("supplier", "vendor", "invoiceDate", "postingDate", credit=False),
        "order": ref("purchase_order", "orderId", "orderNumber"),
        "references": nested({"yours": text("vendorInvoiceNumber")}),
        "lines": lines("purchaseInvoiceLines", "unitCost"),
    },
)

_PURCHASE_MEMO = EntityMapping(
    entity="purchase_invoice",
    fields={
        **_document("supplier", "vendor", "creditMemoDate", "postingDate", credit=True),
        "credits": ref("purchase_invoice", "invoiceId", "invoiceNumber"),
        "references": nested({"yours": text("vendorCreditMemoNumber")}),
        "lines": lines("purchaseCreditMemoLines", "unitCost", turned=True),
    },
)

MAPPINGS = {
    "sales-invoices": of(_SALES_INVOICE),
    "sales-credit-memos": of(_SALES_MEMO),
    "purchase-invoices": of(_PURCHASE_INVOICE),
    "purchase-credit-memos": of(_PURCHASE_MEMO),
}
