"""Products (items) and orders."""

from __future__ import annotations

from typing import Any, Literal

from connectors.rules import Worked, date, first, known, money, price, ref, text, truth, unit_code
from connectors.rules.streams import of
from connectors.systems.business_central.mapping.common import BOOK, CHANGED_AT, CURRENCY, lines, one_of, word
from schemas.mapping import ABSENT, EntityMapping, MappingContext, Rule
from schemas.pages import Record

_UNIT = "baseUnitOfMeasureCode"
_TYPES = {"Inventory": "goods", "Non-Inventory": "goods", "Service": "service"}


def _unit(record: Record, context: MappingContext) -> Any:
    found = record.get(_UNIT, ABSENT)
    return (unit_code(found) or found) if known(found) else None


def _without_vat(record: Record, context: MappingContext) -> Any:
    """The sales price; null where it includes a VAT whose rate the item does not tell."""
    return None if record.get("priceIncludesTax") else record.get("unitPrice", ABSENT)


_PRODUCT = EntityMapping(
    entity="product",
    fields={
        "number": text("number"),
        "name": first([text("displayName"), text("number")]),
        "kind": one_of("type", _TYPES),
        "unit": Worked("unit", (_UNIT,), _unit),
        "sales_price": price(Worked("price", ("unitPrice", "priceIncludesTax"), _without_vat), BOOK, _UNIT),
        "cost_price": price("unitCost", BOOK, _UNIT),
        "gtin": text("gtin"),
        "active": truth("blocked", negated=True),
        "changed_at": CHANGED_AT,
    },
)

_STATES = {"Draft": "draft", "In Review": "draft", "Open": "confirmed"}


def _status(done: str) -> Worked:
    def find(record: Record, context: MappingContext) -> Any:
        return "delivered" if record.get(done) else one_of("status", _STATES)(record, context)

    return Worked("order_status", ("status", done), find)


def _order(party: Literal["customer", "supplier"], path: str, done: str, delivery: str) -> dict[str, Rule]:
    return {
        "number": text("number"),
        "party": ref(party, f"{path}Id", f"{path}Number"),
        "order_date": date("orderDate"),
        "delivery_date": date(delivery),
        "status": _status(done),
        "status_source": word("status"),
        "currency": CURRENCY,
        "net": money("totalAmountExcludingTax", CURRENCY),
        "vat": money("totalTaxAmount", CURRENCY),
        "gross": money("totalAmountIncludingTax", CURRENCY),
        "changed_at": CHANGED_AT,
    }


_SALES_ORDER = EntityMapping(
    entity="sales_order",
    fields={
        **_order("customer", "customer", "fullyShipped", "requestedDeliveryDate"),
        "customer_reference": text("externalDocumentNumber"),
        "lines": lines("salesOrderLines", "unitPrice"),
    },
)
_PURCHASE_ORDER = EntityMapping(
    entity="purchase_order",
    fields={
        **_order("supplier", "vendor", "fullyReceived", "requestedReceiptDate"),
        "lines": lines("purchaseOrderLines", "directUnitCost"),
    },
)

MAPPINGS = {
    "items": of(_PRODUCT),
    "sales-orders": of(_SALES_ORDER),
    "purchase-orders": of(_PURCHASE_ORDER),
}
