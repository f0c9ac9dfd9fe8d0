"""Invoices of both directions, credit notes among them."""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, nested, payment_ref, ref, text, truth
from connectors.rules.amounts import number
from connectors.rules.derived import minus
from connectors.rules.streams import of
from connectors.systems.fortnox.mapping.common import CURRENCY, RATE, dims, numbered
from connectors.systems.fortnox.mapping.lines import INVOICE_LINES, SUPPLIER_LINES, amount
from schemas.mapping import EntityMapping, MappingContext, Rule
from schemas.pages import Record

_NONE = (None, "", "0", 0)


def _is_credit(record: Record) -> bool:
    return str(record.get("Credit")).casefold() == "true"


def _type(record: Record, context: MappingContext) -> str:
    return "credit_note" if _is_credit(record) else "invoice"


def _sales_type(record: Record, context: MappingContext) -> str:
    return "interest" if record.get("InvoiceType") == "INTRESTINVOICE" else _type(record, context)


def _credited(reference: str, entity: str) -> Rule:
    """What a credit note takes back; on an invoice the same field names the credit note."""

    def find(record: Record, context: MappingContext) -> Any:
        return record.get(reference) if _is_credit(record) else None

    found = Worked("credited", ("Credit", reference), find)
    return ref(entity, found, found, none=["0"])


def _by_balance(record: Record) -> str:
    left, whole = number(record.get("Balance") or 0), number(record.get("Total") or 0)
    if not left and whole:
        return "paid"
    return "part_paid" if abs(left) < abs(whole) else "booked"


def _sales_status(record: Record, context: MappingContext) -> str:
    if record.get("Cancelled"):
        return "cancelled"
    if not _is_credit(record) and record.get("CreditInvoiceReference") not in _NONE:
        return "credited"
    if record.get("Booked"):
        return _by_balance(record)
    return "sent" if record.get("Sent") else "draft"


def _purchase_status(record: Record, context: MappingContext) -> str:
    if record.get("Cancelled"):
        return "cancelled"
    return _by_balance(record) if record.get("Booked") else "draft"


_INVOICE: dict[str, Rule] = {
    "document_type": Worked("document_type", ("Credit",), _type),
    "invoice_date": "InvoiceDate",
    "due_date": text("DueDate"),
    "gross": amount("Total"),
    "remaining": amount("Balance"),
    "currency": CURRENCY,
    "exchange_rate": RATE,
    "payment_ref": payment_ref("OCR", "se_ocr"),
    "project": numbered("project", "Project"),
    "dims": dims(),
}


def _reduction(record: Record, context: MappingContext) -> Any:
    kind = record.get("TaxReductionType")
    return None if kind in (None, "", "none") else kind


_SALES_INVOICE = EntityMapping(
    entity="sales_invoice",
    fields={
        **_INVOICE,
        "document_type": Worked("document_type", ("Credit", "InvoiceType"), _sales_type),
        "number": text("DocumentNumber"),
        "party": numbered("customer", "CustomerNumber"),
        "delivery_date": text("DeliveryDate"),
        "period_from": text("InvoicePeriodStart"),
        "period_to": text("InvoicePeriodEnd"),
        "net": amount("Net"),
        "vat": amount("TotalVAT"),
        "rounding": amount("RoundOff"),
        "status": Worked(
            "status", ("Cancelled", "Credit", "CreditInvoiceReference", "Booked", "Balance", "Sent"), _sales_status
        ),
        "credits": _credited("CreditInvoiceReference", "sales_invoice"),
        "order": numbered("sales_order", "OrderReference"),
        "references": nested(
            {
                "yours": text("YourReference"),
                "ours": text("OurReference"),
                "purchase_order": text("YourOrderNumber"),
                "contract": Worked("contract", ("ContractReference",), lambda r, c: _some(r, "ContractReference")),
            }
        ),
        "tax_reduction": nested(
            {"kind": Worked("reduction", ("TaxReductionType",), _reduction), "amount": amount("TaxReduction")},
            needs=("kind",),
        ),
        "lines": INVOICE_LINES,
        "external_ref": text("ExternalInvoiceReference1"),
    },
)


def _some(record: Record, name: str) -> str | None:
    found = record.get(name)
    return None if found in _NONE else str(found)


def _vat(record: Record, context: MappingContext) -> Any:
    """The VAT that is in the total: on reverse charge the buyer owes it beside."""
    return 0 if record.get("VATType") in ("REVERSE", "EUINTERNAL") else record.get("VAT") or 0


_VAT = Worked("vat", ("VAT", "VATType"), _vat)

_PURCHASE_INVOICE = EntityMapping(
    entity="purchase_invoice",
    fields={
        **_INVOICE,
        "number": Worked(
            "number", ("InvoiceNumber", "GivenNumber"), lambda r, c: r.get("InvoiceNumber") or r["GivenNumber"]
        ),
        "party": numbered("supplier", "SupplierNumber"),
        "net": amount(minus("Total", _VAT)),
        "vat": amount(_VAT),
        "rounding": amount("RoundOffValue"),
        "status": Worked("status", ("Cancelled", "Booked", "Balance", "Total"), _purchase_status),
        "credits": _credited("CreditReference", "purchase_invoice"),
        "references": nested({"yours": text("YourReference"), "ours": text("OurReference")}),
        "reverse_charge": truth("VATType", among=["REVERSE"]),
        "lines": SUPPLIER_LINES,
        "external_ref": text("ExternalInvoiceNumber"),
    },
)

MAPPINGS = {"invoices": of(_SALES_INVOICE), "supplier-invoices": of(_PURCHASE_INVOICE)}
