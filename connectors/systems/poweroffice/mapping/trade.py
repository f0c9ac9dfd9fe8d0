"""Products and sales orders."""

from __future__ import annotations

from connectors.rules import choice, date, decimal, first, money, price, ref, text, truth
from connectors.rules.derived import minus
from connectors.rules.streams import of
from connectors.systems.poweroffice.mapping.common import (
    BOOK,
    CHANGED_AT,
    CURRENCY,
    UNITS,
    ZONE,
    coded,
    lines,
    numbered,
)
from schemas.mapping import EntityMapping

_UNIT = "UnitOfMeasureCode"

_PRODUCT = EntityMapping(
    entity="product",
    fields={
        "number": first([text("Code"), text("Id")]),
        "name": text("Name"),
        "kind": choice("ProductType", {"Product": "goods", "Service": "service"}),
        "unit": text(_UNIT),  # the codes are those of UN/ECE already
        "sales_price": price("UnitPrice", BOOK, _UNIT, UNITS),
        "cost_price": price("UnitCost", BOOK, _UNIT, UNITS),
        "sales_account": ref("account", "StandardSalesAccountId", "StandardSalesAccount"),
        "gtin": text("Gtin"),
        "active": truth("IsArchived", negated=True),
        "changed_at": CHANGED_AT,
    },
)

_SALES_ORDER = EntityMapping(
    entity="sales_order",
    fields={
        "number": first([text("SalesOrderNo"), text("ImportedOrderNo"), text("Id")]),
        "party": numbered("customer", "Customer"),
        "order_date": first(["SalesOrderDate", date("CreatedDateTimeOffset", zone=ZONE)]),
        "delivery_date": "DeliveryDate",
        "status": choice("SalesOrderStatus", {"Draft": "draft", "Confirmed": "confirmed"}),
        "status_source": text("SalesOrderStatus"),
        "project": coded("project", "Project"),
        "customer_reference": first([text("CustomerReference"), text("PurchaseOrderReference")]),
        "currency": CURRENCY,
        "exchange_rate": decimal("CurrencyExchangeRate"),
        "net": money("NetAmount", CURRENCY),
        "vat": money(minus("TotalAmount", "NetAmount"), CURRENCY),
        "gross": money("TotalAmount", CURRENCY),
        "lines": lines("SalesOrderLines"),
        "external_ref": text("ExternalImportReference"),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {"products": of(_PRODUCT), "sales-orders": of(_SALES_ORDER)}
