"""Lines of orders, invoices and supplier invoices."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.rules import (
    Value,
    Worked,
    decimal,
    first,
    hours,
    items,
    money,
    nested,
    option,
    price,
    quantity,
    ref,
    several,
    text,
)
from connectors.rules.amounts import number
from connectors.rules.values import known
from connectors.systems.fortnox.mapping.common import CURRENCY, account, cost_center, numbered
from schemas.entities.common import exact
from schemas.mapping import ABSENT, Constant, Items, MappingContext, Rule
from schemas.pages import Record


def turned(document: Mapping[str, Any]) -> bool:
    """Whether a credit note shows positive amounts; in the common model they are negative."""
    is_credit = str(document.get("Credit")).casefold() == "true"
    return is_credit and number(document.get("Total") or 0) > 0


TURNED = Worked("turned", ("Credit", "Total"), lambda record, context: turned(record))


def amount(path: Value) -> Worked:
    """An amount of a document, negative for credit notes."""
    return money(path, CURRENCY, negated=TURNED)


_CURRENCY = first(["_parent.Currency", option("currency"), Constant("SEK")])
_LINE_TURNED = Worked("line_turned", ("_parent.Credit", "_parent.Total"), lambda line, context: turned(line["_parent"]))


def _without_vat(path: str) -> Worked:
    """An amount of a row without VAT: rows of documents with VAT in their prices have it in."""

    def find(line: Record, context: MappingContext) -> Any:
        found, rate = line.get(path, ABSENT), line.get("VAT")
        if not known(found) or not line["_parent"].get("VATIncluded"):
            return found
        return exact(number(found) / (1 + number(rate or 0) / Decimal(100)), 4)

    return Worked("without_vat", (path, "VAT", "_parent.VATIncluded"), find)


def _kind(line: Record, context: MappingContext) -> str:
    if line.get("ArticleNumber"):
        return "product"
    return "other" if line.get("Price") or line.get("Total") else "text"


def _percent(line: Record, context: MappingContext) -> Any:
    return line.get("Discount", ABSENT) if line.get("DiscountType") == "PERCENT" else None


def _rows(source: str, ordered: str, unit_price: Value, net: Value, more: Mapping[str, Rule]) -> Items:
    return items(
        source,
        {
            "line_id": text("RowId"),
            "kind": Worked("line_kind", ("ArticleNumber", "Price", "Total"), _kind),
            "product": numbered("product", "ArticleNumber"),
            "description": text("Description"),
            "quantity": quantity(ordered, "Unit"),
            "unit_price": price(unit_price, _CURRENCY, "Unit"),
            "discount_percent": decimal(Worked("discount", ("Discount", "DiscountType"), _percent), 6),
            "net": money(first([net, Constant(0)]), _CURRENCY),
            "vat_code": ref("vat_code", "VATCode", "VATCode"),
            "vat_rate": decimal("VAT", 6),
            "project": numbered("project", "Project"),
            "dims": several([cost_center("CostCenter")]),
            "house_work": nested(
                {"type": text("HouseWorkType"), "hours": hours("HouseWorkHoursToReport")}, needs=("type",)
            ),
            **more,
        },
    )


_NET = first(["TotalExcludingVAT", _without_vat("Total")])
INVOICE_LINES = _rows(
    "InvoiceRows",
    "DeliveredQuantity",
    first(["PriceExcludingVAT", _without_vat("Price")]),
    _NET,
    {
        "account": account("AccountNumber", "_parent.VoucherYear"),
        "net": money(first([_NET, Constant(0)]), _CURRENCY, negated=_LINE_TURNED),
    },
)
ORDER_LINES = _rows("OrderRows", "OrderedQuantity", _without_vat("Price"), _without_vat("Total"), {})

_NO_LINES = frozenset({"TOT", "VAT", "CND", "CNC", "PRD", "PRC", "SRD", "SRC"})
"""Rows of supplier invoices for the debt and for VAT, that of reverse charge too; the others are what was bought."""


def _bought(record: Record, context: MappingContext) -> Any:
    """The rows that are lines, each with its place: they have no number of their own."""
    found = record.get("SupplierInvoiceRows", ABSENT)
    if not isinstance(found, list):
        return found
    told = [{**row, "place": place} for place, row in enumerate(found, 1)]
    return [row for row in told if row.get("Code") not in _NO_LINES]


def _booked(line: Record, context: MappingContext) -> Decimal:
    """Debit less credit, in the document's currency."""
    foreign = line["_parent"].get("Currency") not in (None, "", option("currency")(line, context) or "SEK")
    suffix = "Currency" if foreign else ""
    return number(line.get(f"Debit{suffix}") or 0) - number(line.get(f"Credit{suffix}") or 0)


_READS = ("Debit", "Credit", "DebitCurrency", "CreditCurrency", "_parent.Currency")

SUPPLIER_LINES = items(
    Worked("bought", ("SupplierInvoiceRows",), _bought),
    {
        "line_id": text("place"),
        "kind": lambda line, context: "product" if line.get("ArticleNumber") else "account",
        "product": numbered("product", "ArticleNumber"),
        "account": account("Account", "_parent.VoucherYear"),
        "description": first([text("ItemDescription"), text("TransactionInformation"), text("AccountDescription")]),
        "quantity": quantity("Quantity", "Unit"),
        "unit_price": price("Price", _CURRENCY, "Unit"),
        "net": money(Worked("booked", _READS, _booked), _CURRENCY),
        "project": numbered("project", "Project"),
        "dims": several([cost_center("CostCenter")]),
    },
)
