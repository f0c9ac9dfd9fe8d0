"""Products and orders."""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, choice, first, money, price, ref, text, truth, unit_code
from connectors.rules.derived import minus, total
from connectors.rules.streams import of
from connectors.systems.tripletex.mapping.common import CHANGED_AT, CURRENCY, lines, number_or_id, numbered
from schemas.mapping import EntityMapping, MappingContext, Rule
from schemas.pages import Record

_UNIT = first(["productUnit.commonCode", "productUnit.nameShort"])


def _unit(record: Record, context: MappingContext) -> Any:
    word = _UNIT(record, context)
    return unit_code(word) or word


_PRODUCT = EntityMapping(
    entity="product",
    fields={
        "number": number_or_id(),
        "name": text("name"),
        "kind": choice("isStockItem", {"true": "goods"}, other=None),
        "unit": Worked("unit", (_UNIT,), _unit),
        "sales_price": price("priceExcludingVatCurrency", CURRENCY, _UNIT),
        "cost_price": price("costExcludingVatCurrency", CURRENCY, _UNIT),
        "vat_code": numbered("vat_code", "vatType"),
        "sales_account": numbered("account", "account"),
        "supplier": ref("supplier", "supplier.id", "supplier.supplierNumber"),
        "gtin": text("ean"),
        "el_number": text("elNumber"),
        "nrf_number": text("nrfNumber"),
        "active": truth("isInactive", negated=True),
        "changed_at": CHANGED_AT,
    },
)

_SALES = {
    "NEW": "draft",
    "CONFIRMATION_SENT": "confirmed",
    "READY_FOR_PICKING": "confirmed",
    "PICKED": "confirmed",
    "PACKED": "confirmed",
    "READY_FOR_SHIPPING": "confirmed",
    "READY_FOR_INVOICING": "delivered",
    "INVOICED": "invoiced",
    "CANCELLED": "cancelled",
}
"""Only the package Logistics uses these; elsewhere an order is open or closed."""

_PURCHASE = {
    "STATUS_OPEN": "draft",
    "STATUS_SENT": "confirmed",
    "STATUS_CONFIRMED": "confirmed",
    "STATUS_RECEIVING": "part_delivered",
    "STATUS_CLOSED": "closed",
    "STATUS_CANCELLED": "cancelled",
}


def _status(table: dict[str, str]) -> Worked:
    told = choice("status", table)

    def find(record: Record, context: MappingContext) -> Any:
        found = told(record, context)
        if record.get("isClosed") and found not in ("invoiced", "cancelled"):
            return "closed"
        return "confirmed" if record.get("status") == "NOT_CHOSEN" else found

    return Worked("order_status", ("status", "isClosed"), find)


def _order(table: dict[str, str]) -> dict[str, Rule]:
    net = total("orderLines", "amountExcludingVatCurrency")
    gross = total("orderLines", "amountIncludingVatCurrency")
    return {
        "number": number_or_id(),
        "delivery_date": "deliveryDate",
        "status": _status(table),
        "status_source": text("status"),
        "project": numbered("project", "project"),
        "currency": CURRENCY,
        "net": money(net, CURRENCY),
        "vat": money(minus(gross, net), CURRENCY),
        "gross": money(gross, CURRENCY),
        "changed_at": CHANGED_AT,
    }


_SALES_ORDER = EntityMapping(
    entity="sales_order",
    fields={
        **_order(_SALES),
        "lines": lines("unitPriceExcludingVatCurrency"),
        "name": text("displayName"),
        "party": ref("customer", "customer.id", "customer.customerNumber"),
        "order_date": "orderDate",
        "customer_reference": text("reference"),
    },
)

_PURCHASE_ORDER = EntityMapping(
    entity="purchase_order",
    fields={
        **_order(_PURCHASE),
        "lines": lines("unitCostCurrency", vat_codes=False),
        "party": ref("supplier", "supplier.id", "supplier.supplierNumber"),
        "order_date": "creationDate",
    },
)

MAPPINGS = {
    "products": of(_PRODUCT),
    "sales-orders": of(_SALES_ORDER),
    "purchase-orders": of(_PURCHASE_ORDER),
}
