"""Products and purchase orders."""

from __future__ import annotations

from typing import Any

from connectors.rules import (
    Worked,
    choice,
    decimal,
    first,
    items,
    money,
    price,
    quantity,
    ref,
    several,
    text,
    truth,
    unit_code,
)
from connectors.rules.streams import of
from connectors.rules.values import Value, converted
from connectors.systems.visma_net.mapping.common import BOOK, CHANGED_AT, agreed, coded, day, internal, numbered
from schemas.mapping import ABSENT, EntityMapping, MappingContext, Rule
from schemas.pages import Record

_KINDS = {
    "FinishedGoodItem": "goods",
    "ComponentPartItem": "goods",
    "SubassemblyItem": "goods",
    "LaborItem": "labour",
    "ServiceItem": "service",
}
_NOT_SOLD = ("Inactive", "MarkedForDeletion")


def _picked(source: str, flag: str, value: Any, path: str) -> Worked:
    """A field of the first item of a list whose flag has a value."""

    def find(record: Record, context: MappingContext) -> Any:
        found = record.get(source, ABSENT)
        if not isinstance(found, list):
            return found
        return next((one.get(path) for one in found if one.get(flag) == value), None)

    return Worked("picked", (f"{source}.{flag}", f"{source}.{path}"), find)


_SUPPLIER = _picked("supplierDetails", "default", True, "supplierId")

_PRODUCT = EntityMapping(
    entity="product",
    fields={
        "number": text("inventoryNumber"),
        "name": first([text("description"), text("inventoryNumber")]),
        "kind": choice("type", _KINDS),
        "unit": converted("unit", "baseUnit", unit_code),
        "sales_price": price("defaultPrice", BOOK, "salesUnit"),
        "cost_price": price(first(["currentCost", "lastCost"]), BOOK, "baseUnit"),
        "vat_code": numbered("vat_code", "vatCode.id"),
        "sales_account": numbered("account", "accountInformation.salesAccount.number"),
        "supplier": ref("supplier", _SUPPLIER, _SUPPLIER),
        "gtin": text(_picked("crossReferences", "alternateType", "Barcode", "alternateId")),
        "active": truth("status", among=_NOT_SOLD, negated=True),
        "changed_at": CHANGED_AT,
    },
)

_STATUS = {
    "Hold": "draft",
    "Balanced": "draft",
    "Open": "confirmed",
    "PendingEmail": "confirmed",
    "PendingPrint": "confirmed",
    "Printed": "confirmed",
    "Closed": "closed",
    "Cancelled": "cancelled",
    "Voided": "cancelled",
}


def amounts(name: str, value: Value, value_company: Value, currency: Value) -> dict[str, Rule]:
    """An amount in the document's currency and in the company's."""
    return {name: money(value, currency), f"{name}_company": money(value_company, BOOK)}


_CURRENCY = first(["currency", BOOK])
_LINE_CURRENCY = first(["_parent.currency", BOOK])


_LINES = items(
    "lines",
    {
        "line_id": text("lineNbr"),
        "kind": lambda line, context: "product" if line.get("inventory") else "account",
        "product": numbered("product", "inventory.number"),
        "account": numbered("account", "account.number"),
        "description": text("lineDescription"),
        "quantity": quantity("orderQty", "uom"),
        "unit_price": price("unitCost", _LINE_CURRENCY, "uom"),
        "discount_percent": decimal("discountPercent", 6),
        "net": money("amount", _LINE_CURRENCY),
        "project": internal("project", "project"),
        "project_task": internal("project_task", "projectTask"),
        "dims": several([coded("branch", "branch.number"), coded("subaccount", "sub.subaccountNumber")]),
    },
)

_ORDER = EntityMapping(
    entity="purchase_order",
    fields={
        "number": text("orderNbr"),
        "party": numbered("supplier", "supplier.number"),
        "order_date": day("date"),
        "delivery_date": day("promisedOn"),
        "status": choice("status", _STATUS),
        "status_source": text("status"),
        "project": ref("project", agreed("lines", "project.internalId")),
        "customer_reference": text("supplierRef"),
        "currency": _CURRENCY,
        "exchange_rate": decimal("exchangeRate"),
        **amounts("net", "lineTotal", "lineTotalInBaseCurrency", _CURRENCY),
        **amounts("vat", "taxTotal", "taxTotalInBaseCurrency", _CURRENCY),
        **amounts("gross", "orderTotal", "orderTotalInBaseCurrency", _CURRENCY),
        "lines": _LINES,
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {"products": of(_PRODUCT), "purchase-orders": of(_ORDER)}
