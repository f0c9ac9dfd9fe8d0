"""Products and orders. A change of an order's line makes its order to be read again."""

from __future__ import annotations

from typing import Literal

from connectors.rules import Worked, choice, first, money, price, ref, text, unit_code
from connectors.systems.odoo.mapping.common import CHANGED_AT, CURRENCY, UNITS, day, lines, of, only_tax, tidy
from schemas.mapping import EntityMapping, FollowUpRule, MappingContext, Rule, StreamMapping
from schemas.pages import Record

_UNIT = "uom_id.name"


def _unit(record: Record, context: MappingContext) -> str | None:
    word = (record.get("uom_id") or {}).get("name")
    return unit_code(word, UNITS) or word


_PRODUCT = EntityMapping(
    entity="product",
    fields={
        "number": first([text("default_code"), text("id")]),
        "name": text("name"),
        "kind": choice("type", {"consu": "goods", "service": "service"}),
        "unit": Worked("unit", (_UNIT,), _unit),
        "sales_price": price("lst_price", CURRENCY, _UNIT, UNITS),
        "cost_price": price("standard_price", CURRENCY, _UNIT, UNITS),
        "vat_code": only_tax(),
        "gtin": text("barcode"),
        "active": "active",
        "changed_at": CHANGED_AT,
    },
)

_STATES = {
    "draft": "draft",
    "sent": "draft",
    "to approve": "draft",
    "sale": "confirmed",
    "purchase": "confirmed",
    "done": "closed",
    "cancel": "cancelled",
}


def _order(party: Literal["customer", "supplier"], count: str, delivery: str, reference: str) -> dict[str, Rule]:
    return {
        "number": text("name"),
        "party": ref(party, "partner_id.id"),
        "order_date": day("date_order"),
        "delivery_date": day(delivery),
        "status": choice("state", _STATES),
        "status_source": text("state"),
        "customer_reference": text(reference),
        "currency": CURRENCY,
        "net": money("amount_untaxed", CURRENCY),
        "vat": money("amount_tax", CURRENCY),
        "gross": money("amount_total", CURRENCY),
        "lines": lines(count, "price_tax"),
        "changed_at": CHANGED_AT,
    }


_SALES_ORDER = EntityMapping(
    entity="sales_order", fields=_order("customer", "product_uom_qty", "commitment_date", "client_order_ref")
)
_PURCHASE_ORDER = EntityMapping(
    entity="purchase_order", fields=_order("supplier", "product_qty", "date_planned", "partner_ref")
)

MAPPINGS = {
    "products": of(_PRODUCT),
    "sales-order-lines": StreamMapping(follow_ups=(FollowUpRule("sales-orders", "order_id.id"),), prepare=tidy),
    "purchase-order-lines": StreamMapping(follow_ups=(FollowUpRule("purchase-orders", "order_id.id"),), prepare=tidy),
    "sales-orders": of(_SALES_ORDER),
    "purchase-orders": of(_PURCHASE_ORDER),
}
