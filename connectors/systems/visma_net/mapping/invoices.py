"""Invoices of both directions. Credit notes to customers are a stream of their own.

Visma.net shows credit notes with positive amounts (u); here they are negative whatever the sign there.
"""

from __future__ import annotations

from typing import Any

from connectors.rules import (
    Value,
    Worked,
    choice,
    decimal,
    first,
    items,
    key,
    money,
    nested,
    price,
    quantity,
    ref,
    several,
    text,
)
from connectors.rules.amounts import number
from connectors.rules.derived import minus, total
from connectors.rules.norway import kid_or_text
from connectors.rules.streams import of
from connectors.rules.values import getter
from connectors.systems.visma_net.mapping.common import BOOK, CHANGED_AT, agreed, among, coded, day, internal, numbered
from connectors.systems.visma_net.mapping.time import APPROVAL
from schemas.mapping import Constant, EntityMapping, MappingContext, Rule
from schemas.pages import Record

_CREDITS = ("CreditNote", "DebitAdj")
_SALES = {"Invoice": "invoice", "CreditNote": "credit_note", "DebitNote": "invoice", "FinCharge": "interest"}
_PURCHASES = {"Invoice": "invoice", "CreditAdj": "invoice", "DebitAdj": "credit_note", "Prepayment": "on_account"}
CURRENCY = first(["currencyId", BOOK])
_LINE_CURRENCY = first(["_parent.currencyId", BOOK])
DOCUMENT = key(["documentType", "referenceNumber"])
"""Numbers are counted for each type of document; payments name both."""


def _turned(total: str) -> Worked:
    """Whether a credit note shows positive amounts, by its total."""
    get = getter(total)

    def find(record: Record, context: MappingContext) -> bool:
        return record.get("documentType") in _CREDITS and number(get(record, context) or 0) > 0

    return Worked("turned", ("documentType", total), find)


def _line_turned(total: str) -> Worked:
    turned = _turned(total)
    reads = ("_parent.documentType", f"_parent.{total}")
    return Worked("line_turned", reads, lambda line, context: turned(line["_parent"], context))


def _both(name: str, value: Value, value_company: Value, turned: Value) -> dict[str, Rule]:
    return {
        name: money(value, CURRENCY, negated=turned),
        f"{name}_company": money(value_company, BOOK, negated=turned),
    }


def _status(total: str) -> Worked:
    """Open documents are in the books; what is left of them tells the rest."""
    words = {
        "Hold": "draft",
        "CreditHold": "draft",
        "Balanced": "approved",
        "Prebooked": "approved",
        "Voided": "cancelled",
    }

    def find(record: Record, context: MappingContext) -> str:
        status = record.get("status")
        if status == "Closed":
            return "paid"
        if status != "Open":
            return words.get(str(status), "other")
        left, whole = number(record.get("balanceInCurrency") or 0), number(record.get(total) or 0)
        return "part_paid" if abs(left) < abs(whole) else "booked"

    return Worked("invoice_status", ("status", "balanceInCurrency", total), find)


_TOTAL = "amountInCurrency"
_TURNED, _LINE_TURNED = _turned(_TOTAL), _line_turned(_TOTAL)

_DIMS = several([coded("branch", "branchNumber.number"), coded("subaccount", "subaccount.subaccountNumber")])


def _kind(line: Record, context: MappingContext) -> str:
    if line.get("inventoryNumber"):
        return "product"
    return "account" if (line.get("account") or {}).get("number") else "text"


def _lines(described: str, cost: str, net: str, turned: Value, more: dict[str, Rule]) -> dict[str, Rule]:
    return {
        "line_id": text("lineNumber"),
        "kind": Worked("line_kind", ("inventoryNumber", "account.number"), _kind),
        "product": numbered("product", "inventoryNumber"),
        "account": numbered("account", "account.number"),
        "description": text(described),
        "quantity": quantity("quantity", "uom"),
        "unit_price": price(cost, _LINE_CURRENCY, "uom"),
        "discount_percent": decimal("discountPercent", 6),
        "net": money(first([net, Constant(0)]), _LINE_CURRENCY, negated=turned),
        "vat_code": numbered("vat_code", "vatCode.id"),
        "project_task": internal("project_task", "projectTask"),
        "dims": _DIMS,
        **more,
    }


_HOUSE_WORK: dict[str, Rule] = {"type": text("typeOfWork.xmlTag")}

_SALES_LINES = _lines(
    "description",
    "unitPriceInCurrency",
    "amountInCurrency",
    _LINE_TURNED,
    {
        "project": internal("project", "_parent.project"),
        "house_work": nested(_HOUSE_WORK, needs=("type",)),
    },
)


def _reduction(lines: str) -> Rule:
    """The tax reduction that the lines claim."""
    kind = choice(agreed(lines, "typeOfWork.rutRotType"), {"Rot": "rot", "Rut": "rut"})
    amount = money(total(lines, "deductableAmount"), CURRENCY, negated=_TURNED)
    return nested({"kind": kind, "amount": amount}, needs=("kind",))


def _sales(lines: str, more: dict[str, Rule]) -> EntityMapping:
    return EntityMapping(
        entity="sales_invoice",
        key=DOCUMENT,
        fields={
            "document_type": choice("documentType", _SALES),
            "number": text("referenceNumber"),
            "party": numbered("customer", "customer.number"),
            "invoice_date": day("documentDate"),
            "due_date": day("documentDueDate"),
            **_both("net", minus(_TOTAL, "vatTotalInCurrency"), minus("amount", "vatTotal"), _TURNED),
            **_both("vat", "vatTotalInCurrency", "vatTotal", _TURNED),
            **_both("gross", _TOTAL, "amount", _TURNED),
            **_both("remaining", "balanceInCurrency", "balance", _TURNED),
            "rounding": money("roundingDiff", CURRENCY, negated=_TURNED),
            "currency": CURRENCY,
            "exchange_rate": decimal("exchangeRate"),
            "status": _status(_TOTAL),
            "status_source": text("status"),
            "payment_ref": kid_or_text("paymentReference"),
            "project": internal("project", "project"),
            "dims": _DIMS,
            "tax_reduction": _reduction(lines),
            "lines": items(lines, _SALES_LINES),
            "external_ref": text("externalReference"),
            "changed_at": CHANGED_AT,
            **more,
        },
    )


_YOURS: dict[str, Rule] = {"yours": text("customerRefNumber"), "ours": text("salesPersonDescr")}

_INVOICE = _sales(
    "invoiceLines",
    {
        "period_from": day("startDate"),
        "period_to": day("endDate"),
        "references": nested(
            {**_YOURS, "purchase_order": text("originatorDocRef"), "contract": text("contractDocRef")}
        ),
    },
)
_CREDIT_NOTE = _sales("lines", {"references": nested(_YOURS)})

_NET = minus("detailTotalInCurrency", first(["discountTotalInCurrency", Constant(0)]))
_NET_COMPANY = minus("detailTotal", first(["discountTotal", Constant(0)]))


def _plus(net: Worked, vat: str) -> Worked:
    """The total with VAT: the document shows none in its own currency."""

    def find(record: Record, context: MappingContext) -> Any:
        return number(net(record, context) or 0) + number(record.get(vat) or 0)

    return Worked("plus", (net, vat), find)


_BOUGHT, _BOUGHT_LINE = _turned("detailTotalInCurrency"), _line_turned("detailTotalInCurrency")

_PURCHASE_LINES = _lines(
    "transactionDescription",
    "unitCostInCurrency",
    "costInCurrency",
    _BOUGHT_LINE,
    {"project": internal("project", "project")},
)

_ORDER = agreed("invoiceLines", "poNumber")

_PURCHASE_INVOICE = EntityMapping(
    entity="purchase_invoice",
    key=DOCUMENT,
    fields={
        "document_type": choice("documentType", _PURCHASES),
        "number": first([text("supplierReference"), text("referenceNumber")]),
        "party": numbered("supplier", "supplier.number"),
        "invoice_date": day("date"),
        "due_date": day("dueDate"),
        **_both("net", _NET, _NET_COMPANY, _BOUGHT),
        **_both("vat", "vatTotalInCurrency", "vatTotal", _BOUGHT),
        **_both("gross", _plus(_NET, "vatTotalInCurrency"), _plus(_NET_COMPANY, "vatTotal"), _BOUGHT),
        **_both("remaining", "balanceInCurrency", "balance", _BOUGHT),
        **_both("rounding", "roundingDiffInCurrency", "roundingDiff", _BOUGHT),
        "currency": CURRENCY,
        "exchange_rate": decimal("exchangeRate"),
        "status": _status("detailTotalInCurrency"),
        "status_source": text("status"),
        "payment_ref": kid_or_text("paymentRefNo"),
        "order": ref("purchase_order", _ORDER, _ORDER),
        "project": ref("project", agreed("invoiceLines", "project.internalId")),
        "dims": several([coded("branch", "branchNumber.number")]),
        "references": nested({"ours": text("buyerReference")}),
        "retention": nested({"amount": money("curyRetainageTotal", CURRENCY)}, needs=("amount",)),
        "approval": nested(
            {
                "state": among("approvalStatus", APPROVAL),
                "status_source": text("approvalStatus"),
                "comment": text("approvalDetails.comment"),
            },
            needs=("state",),
        ),
        "lines": items("invoiceLines", _PURCHASE_LINES),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {
    "invoices": of(_INVOICE),
    "credit-notes": of(_CREDIT_NOTE),
    "supplier-invoices": of(_PURCHASE_INVOICE),
}
