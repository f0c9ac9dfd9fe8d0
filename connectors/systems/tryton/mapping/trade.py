"""Products and sales orders."""

from __future__ import annotations

from typing import Any

from connectors.systems.tryton.mapping.common import (
    CHANGED_AT,
    lines,
    money,
    money_company,
    same_currency_rate,
    unit_code,
    watch,
)
from connectors.systems.tryton.values import decode
from schemas.entities.common import exact
from schemas.keys import value_at
from schemas.mapping import ABSENT, Choice, EntityMapping, MappingContext, Ref, StreamMapping
from schemas.pages import Record

_KINDS = {"goods": "goods", "service": "service", "assets": "equipment"}
_STATES = {
    "draft": "draft",
    "quotation": "draft",
    "confirmed": "confirmed",
    "processing": "confirmed",
    "done": "closed",
    "cancelled": "cancelled",
}
_GTIN = {"ean", "ean8", "ean13", "ean14"}  # product.identifier, types of the module product


def _product_number(record: Record, context: MappingContext) -> Any:
    return record.get("code") or value_at(record, "template.code") or str(record["id"])


def _unit(record: Record, context: MappingContext) -> Any:
    symbol = value_at(record, "template.default_uom.symbol")
    return unit_code(symbol) or symbol


def _currency(record: Record, context: MappingContext) -> Any:
    """Prices are kept for each company; a product by itself has no currency."""
    for price in value_at(record, "template.list_prices") or ():
        company = price.get("company") or {}
        if str(company.get("id")) == context.company:
            return value_at(company, "currency.code")
    return None


def _price(*paths: str) -> Any:
    def find(record: Record, context: MappingContext) -> Any:
        amount = next((value for path in paths if (value := value_at(record, path)) is not None), None)
        currency = _currency(record, context)
        if amount is None or currency is None:
            return None
        per = unit_code(value_at(record, "template.default_uom.symbol"))
        return {"amount": exact(amount, 10), "currency": currency, "per": per}

    return find


def _gtin(record: Record, context: MappingContext) -> Any:
    items = record.get("identifiers") or ()
    return next((item.get("code") for item in items if item.get("type") in _GTIN), None)


def _is_active(record: Record, context: MappingContext) -> bool:
    return bool(record.get("active", True)) and bool((record.get("template") or {}).get("active", True))


_PRODUCT = EntityMapping(
    entity="product",
    fields={
        "number": _product_number,
        "name": "name",
        "kind": Choice("template.type", _KINDS),
        "unit": _unit,
        "sales_price": _price("list_price_used", "template.list_price"),
        "cost_price": _price("cost_price"),
        "gtin": _gtin,
        "active": _is_active,
        "changed_at": CHANGED_AT,
    },
)


def has_number(record: Record, context: MappingContext) -> bool:
    """Tryton numbers a document when it leaves its draft; before, it is nobody else's business."""
    return bool(record.get("number")) or record.get("state") not in ("draft", "cancelled")


def _order_date(record: Record, context: MappingContext) -> Any:
    created = (record.get("create_date") or "")[:10]
    return record.get("sale_date") or record.get("quotation_date") or created or ABSENT


_SALES_ORDER = EntityMapping(
    entity="sales_order",
    when=has_number,
    fields={
        "number": "number",
        "name": "description",
        "party": Ref("customer", "party.id", number="party.code"),
        "order_date": _order_date,
        "delivery_date": "shipping_date",
        "status": Choice("state", _STATES),
        "status_source": "state",
        "customer_reference": "reference",
        "currency": "currency.code",
        "exchange_rate": same_currency_rate,
        "net": money("untaxed_amount"),
        "net_company": money_company("untaxed_amount"),
        "vat": money("tax_amount"),
        "vat_company": money_company("tax_amount"),
        "gross": money("total_amount"),
        "gross_company": money_company("total_amount"),
        "lines": lines(accounts=False),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {
    "products": StreamMapping((_PRODUCT,), prepare=decode),
    "product-templates": watch("products", "id"),
    "sales-orders": StreamMapping((_SALES_ORDER,), prepare=decode),
    "sale-lines": watch("sales-orders", "sale"),
}
