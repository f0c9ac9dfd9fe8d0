"""Articles, which are products, those of services activities as well; and orders."""

from __future__ import annotations

from connectors.rules import Worked, choice, first, money, price, text, unit_code
from connectors.rules.streams import of
from connectors.rules.values import converted
from connectors.systems.fortnox.mapping.common import BOOK, CURRENCY, RATE, numbered
from connectors.systems.fortnox.mapping.lines import ORDER_LINES
from schemas.mapping import Constant, EntityMapping, MappingContext
from schemas.pages import Record

_PRODUCT = EntityMapping(
    entity="product",
    fields={
        "number": text("ArticleNumber"),
        "name": first([text("Description"), text("ArticleNumber")]),
        "kind": choice("Type", {"STOCK": "goods", "SERVICE": "service"}),
        "unit": converted("unit", "Unit", unit_code),
        "sales_price": price("SalesPrice", BOOK, "Unit"),
        "cost_price": price("PurchasePrice", BOOK, "Unit"),
        "supplier": numbered("supplier", "SupplierNumber"),
        "gtin": text("EAN"),
        "house_work_type": text("HouseworkType"),
        "active": "Active",
    },
)

_ACTIVITY = EntityMapping(
    entity="activity",
    when=lambda record, context: record.get("Type") == "SERVICE",
    fields={
        "code": text("ArticleNumber"),
        "number": text("ArticleNumber"),
        "name": first([text("Description"), text("ArticleNumber")]),
        "kind": Constant("work"),
        "default_rate": price("SalesPrice", BOOK, "Unit"),
        "active": "Active",
    },
)


def _status(record: Record, context: MappingContext) -> str:
    if record.get("Cancelled"):
        return "cancelled"
    if record.get("InvoiceReference") not in (None, "", "0"):
        return "invoiced"
    return "delivered" if record.get("DeliveryState") == "delivery" else "confirmed"


_ORDER = EntityMapping(
    entity="sales_order",
    fields={
        "number": text("DocumentNumber"),
        "party": numbered("customer", "CustomerNumber"),
        "order_date": "OrderDate",
        "delivery_date": text("DeliveryDate"),
        "status": Worked("order_status", ("Cancelled", "InvoiceReference", "DeliveryState"), _status),
        "status_source": text("DeliveryState"),
        "project": numbered("project", "Project"),
        "customer_reference": first([text("YourOrderNumber"), text("YourReference")]),
        "currency": CURRENCY,
        "exchange_rate": RATE,
        "net": money("Net", CURRENCY),
        "vat": money("TotalVAT", CURRENCY),
        "gross": money("Total", CURRENCY),
        "lines": ORDER_LINES,
        "external_ref": text("ExternalInvoiceReference1"),
    },
)

MAPPINGS = {"articles": of(_PRODUCT, _ACTIVITY), "orders": of(_ORDER)}
