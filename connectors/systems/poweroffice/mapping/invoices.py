"""Posted invoices of both directions, credit notes among them."""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, choice, date, decimal, first, money, nested, payment_ref, text
from connectors.rules.amounts import number
from connectors.rules.derived import minus
from connectors.rules.streams import of
from connectors.systems.poweroffice.mapping.common import BOOK, CHANGED_AT, CURRENCY, ZONE, coded, dims, lines, numbered
from schemas.mapping import ABSENT, EntityMapping, MappingContext, Rule
from schemas.pages import Record

_TYPES = {
    "OutgoingInvoice": "invoice",
    "OutgoingCreditNote": "credit_note",
    "IncomingInvoice": "invoice",
    "IncomingCreditNote": "credit_note",
}


def _turned(document: Record, context: MappingContext) -> bool:
    """Whether the signs are not those of the common model: credit notes negative, other invoices positive.

    What is owed to a supplier may be shown as the negative amount that it is in the ledger.
    """
    total = number(document.get("TotalAmount") or 0)
    return total > 0 if str(document.get("VoucherType")).endswith("CreditNote") else total < 0


TURNED = Worked("turned", ("VoucherType", "TotalAmount"), _turned)
LINE_TURNED = Worked(
    "line_turned",
    ("_parent.VoucherType", "_parent.TotalAmount"),
    lambda line, context: _turned(line["_parent"], context),
)


def _amount(value: Any, currency: Any = CURRENCY) -> Worked:
    return money(value, currency, negated=TURNED)


def _left(record: Record, context: MappingContext) -> Any:
    """The balance, which is in the client's currency, where the invoice is in the same one."""
    currency = record.get("CurrencyCode")
    return record.get("Balance") if currency in (None, BOOK(record, context)) else ABSENT


def _status(record: Record, context: MappingContext) -> str:
    if record.get("IsReversed"):
        return "cancelled"
    left, total = record.get("Balance"), number(record.get("TotalPostedAmount") or 0)
    if left is not None and not left:
        return "paid"
    return "part_paid" if left is not None and abs(number(left)) < abs(total) else "booked"


def _sales_status(record: Record, context: MappingContext) -> str:
    found = _status(record, context)
    return "sent" if found == "booked" and record.get("SentDateTimeOffset") else found


_STATUS = ("IsReversed", "Balance", "TotalPostedAmount")

_COMMON: dict[str, Rule] = {
    "document_type": choice("VoucherType", _TYPES),
    "number": first([text("InvoiceNo"), text("VoucherNo")]),
    "invoice_date": first(["VoucherDate", date("CreatedDateTimeOffset", zone=ZONE)]),
    "due_date": "DueDate",
    "net": _amount("NetAmount"),
    "net_company": _amount("NetPostedAmount", BOOK),
    "vat": _amount(minus("TotalAmount", "NetAmount")),
    "vat_company": _amount(minus("TotalPostedAmount", "NetPostedAmount"), BOOK),
    "gross": _amount("TotalAmount"),
    "gross_company": _amount("TotalPostedAmount", BOOK),
    "remaining": _amount(Worked("left", ("Balance", "CurrencyCode"), _left)),
    "remaining_company": _amount("Balance", BOOK),
    "currency": CURRENCY,
    "exchange_rate": decimal("CurrencyExchangeRate"),
    "payment_ref": payment_ref("Cid", "no_kid"),
    "project": coded("project", "Project"),
    "dims": dims(),
    "external_ref": text("ExternalImportReference"),
    "changed_at": CHANGED_AT,
}

_REFERENCES: dict[str, Rule] = {"purchase_order": text("PurchaseOrderReference"), "contract": text("ContractNo")}

_SALES_INVOICE = EntityMapping(
    entity="sales_invoice",
    fields={
        **_COMMON,
        "party": numbered("customer", "Customer"),
        "delivery_date": "DeliveryDate",
        "status": Worked("status", (*_STATUS, "SentDateTimeOffset"), _sales_status),
        "references": nested({"yours": text("CustomerReference"), **_REFERENCES}),
        "lines": lines("lines", LINE_TURNED, accounts=True),
    },
)

_PURCHASE_INVOICE = EntityMapping(
    entity="purchase_invoice",
    fields={
        **_COMMON,
        "party": numbered("supplier", "Supplier"),
        "status": Worked("status", _STATUS, _status),
        "references": nested(_REFERENCES),
    },
)

MAPPINGS = {"invoices": of(_SALES_INVOICE), "supplier-invoices": of(_PURCHASE_INVOICE)}
