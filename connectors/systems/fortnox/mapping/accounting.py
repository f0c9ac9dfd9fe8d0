"""Accounts, postings and payments.

Accounts count anew in every financial year: number and year are the key. A voucher's rows have no number, and are
known by their place in it; a row that was struck out stays in its place, as a posting of nothing that is not active.
"""

from __future__ import annotations

from copy import copy
from decimal import Decimal
from typing import Any

from connectors.rules import Worked, first, items, key, money, payment_ref, quantity, ref, text, truth
from connectors.rules.amounts import number
from connectors.rules.derived import total
from connectors.rules.streams import of
from connectors.systems.fortnox.mapping.common import BOOK, CURRENCY, RATE, account, dims, numbered
from schemas.mapping import Constant, EntityMapping, MappingContext, StreamMapping
from schemas.pages import Record

_CLASSES = {
    "1": "asset",
    "2": "liability",
    "3": "income",
    "4": "expense",
    "5": "expense",
    "6": "expense",
    "7": "expense",
}


def _account_kind(record: Record, context: MappingContext) -> str:
    """By the classes of the Swedish chart of accounts (BAS); 20 is equity, and 8 holds income and expense."""
    digits = str(record.get("Number"))
    return "equity" if digits.startswith("20") else _CLASSES.get(digits[:1], "other")


_REQUIRED = {"CostCenterSettings": "cost_centre", "ProjectSettings": "project"}


def _requires(record: Record, context: MappingContext) -> list[str]:
    return [kind for name, kind in _REQUIRED.items() if record.get(name) == "MANDATORY"]


_ACCOUNT = EntityMapping(
    entity="account",
    fields={
        "number": text("Number"),
        "name": first([text("Description"), text("Number")]),
        "kind": Worked("account_kind", ("Number",), _account_kind),
        "vat_code": ref("vat_code", "VATCode", "VATCode"),
        "requires": Worked("requires", tuple(_REQUIRED), _requires),
        "active": "Active",
    },
)


def _in_order(voucher: Record) -> Record:
    """The voucher with the place of each row in it."""
    told = copy(voucher)
    rows = voucher.get("VoucherRows")
    if isinstance(rows, list):
        told["VoucherRows"] = [{**row, "place": place} for place, row in enumerate(rows, 1)]
    return told


def _posted(row: Record, context: MappingContext) -> Decimal:
    if row.get("Removed"):
        return Decimal(0)
    return number(row.get("Debit") or 0) - number(row.get("Credit") or 0)


_ENTRY = EntityMapping(
    entity="ledger_entry",
    each="VoucherRows",
    key=key(["_parent.VoucherSeries", "_parent.VoucherNumber", "_parent.Year", "place"]),
    fields={
        "voucher_number": key(["_parent.VoucherSeries", "_parent.VoucherNumber", "_parent.Year"]),
        "voucher_type": text("_parent.ReferenceType"),
        "posting_date": "_parent.TransactionDate",
        "account": account("Account", "_parent.Year"),
        "amount_company": money(Worked("posted", ("Debit", "Credit", "Removed"), _posted), BOOK),
        "quantity": quantity("Quantity"),
        "project": numbered("project", "Project"),
        "dims": dims(),
        "text": first([text("TransactionInformation"), text("_parent.Description")]),
        "active": truth("Removed", negated=True),
    },
)


def _payment(direction: str, party: str, named: str, invoice: str) -> EntityMapping:
    paid = money(first(["_parent.AmountCurrency", "_parent.Amount"]), first(["_parent.Currency", BOOK]))
    return EntityMapping(
        entity="payment",
        key=key([Constant(direction), "Number"]),
        fields={
            "number": text("Number"),
            "direction": Constant(direction),
            "date": "PaymentDate",
            "amount": money(first(["AmountCurrency", "Amount"]), CURRENCY),
            "amount_company": money("Amount", BOOK),
            "currency": CURRENCY,
            "exchange_rate": RATE,
            "party": numbered(party, named),
            "method": text("ModeOfPayment"),
            "payment_ref": payment_ref("InvoiceOCR", "se_ocr"),
            "allocations": items(
                Worked("allocated", ("InvoiceNumber",), _allocated),
                {"invoice": numbered(invoice, "InvoiceNumber"), "amount": paid},
            ),
            "write_off": money(total("WriteOffs", "Amount"), BOOK),
        },
    )


def _allocated(record: Record, context: MappingContext) -> Any:
    found = record.get("InvoiceNumber")
    return [] if found in (None, "", "0", 0) else [{"InvoiceNumber": found}]


_INCOMING = _payment("incoming", "customer", "InvoiceCustomerNumber", "sales_invoice")
_OUTGOING = _payment("outgoing", "supplier", "InvoiceSupplierNumber", "purchase_invoice")

MAPPINGS = {
    "accounts": of(_ACCOUNT),
    "vouchers": StreamMapping((_ENTRY,), prepare=_in_order),
    "invoice-payments": of(_INCOMING),
    "supplier-invoice-payments": of(_OUTGOING),
}
