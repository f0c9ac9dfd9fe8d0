"""Products and orders."""

from __future__ import annotations

import datetime as dt
from typing import Literal, Self

from pydantic import model_validator

from schemas.entities.common import Currency, Entity, Money, Precise, Price, Ref, Text
from schemas.entities.documents import Line, amounts_of, same_currency


class Product(Entity):
    """Something sold or bought.

    ``el_number`` and ``nrf_number`` are the article numbers of the electrical and the plumbing trade.
    """

    number: Text
    name: Text
    kind: Literal["goods", "service", "labour", "equipment", "other"] | None = None
    unit: str | None = None
    sales_price: Price | None = None
    cost_price: Price | None = None
    vat_code: Ref | None = None
    sales_account: Ref | None = None
    supplier: Ref | None = None
    gtin: str | None = None
    el_number: str | None = None
    nrf_number: str | None = None
    house_work_type: str | None = None
    reverse_charge_account: Ref | None = None


OrderStatus = Literal["draft", "confirmed", "part_delivered", "delivered", "invoiced", "closed", "cancelled", "other"]


class Order(Entity):
    """What both kinds of order have; not published by itself. ``…_company`` is in book currency."""

    number: Text
    party: Ref
    order_date: dt.date
    delivery_date: dt.date | None = None
    status: OrderStatus | None = None
    status_source: str | None = None
    project: Ref | None = None
    customer_reference: str | None = None
    currency: Currency | None = None
    exchange_rate: Precise | None = None
    net: Money | None = None
    net_company: Money | None = None
    vat: Money | None = None
    vat_company: Money | None = None
    gross: Money | None = None
    gross_company: Money | None = None
    lines: list[Line] | None = None

    @model_validator(mode="after")
    def _one_currency(self) -> Self:
        same_currency(self.currency, (self.net, self.vat, self.gross, *amounts_of(self.lines)))
        return self


class SalesOrder(Order):
    """An order by a customer."""


class PurchaseOrder(Order):
    """An order with a supplier."""
