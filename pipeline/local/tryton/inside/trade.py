"""Sales orders, customer invoices and supplier invoices."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pipeline.local.tryton.inside.company import FIRST_DAY, Books
from pipeline.local.tryton.inside.parties import Partner, Partners
from pipeline.local.tryton.inside.products import Product
from pipeline.local.tryton.inside.session import Row, Session

EURO_RATE = Decimal("0.085")


@dataclass(frozen=True)
class Trade:
    """What all documents are made from."""

    session: Session
    books: Books
    partners: Partners
    products: list[Product]


def create_sales(trade: Trade, count: int) -> None:
    """Make sales orders: of ten one stays a draft, two are quotations, one is cancelled, the others are in work."""
    session = trade.session
    ids = session.create("sale.sale", [_sale(trade, index, _day(index, count)) for index in range(count)], 20)
    session.press("sale.sale", "quote", [id for index, id in enumerate(ids) if index % 10 not in (0, 3)])
    working = [id for index, id in enumerate(ids) if index % 10 not in (0, 1, 2, 3)]
    session.press("sale.sale", "confirm", working)
    session.press("sale.sale", "process", working)
    session.press("sale.sale", "cancel", [id for index, id in enumerate(ids) if index % 10 == 3])


def create_customer_invoices(trade: Trade, count: int) -> None:
    """Make customer invoices: of ten five are posted, one of them a credit note; the others stay drafts."""
    rows = [_customer_invoice(trade, index, _day(index, count)) for index in range(count)]
    ids = trade.session.create("account.invoice", rows, 20)
    posted = [id for index, id in enumerate(ids) if index % 10 in (0, 1, 4, 7, 9)]
    trade.session.press("account.invoice", "post", posted)


def create_supplier_invoices(trade: Trade, count: int) -> None:
    """Make supplier invoices: of five one stays a draft, one is validated, three are posted."""
    rows = [_supplier_invoice(trade, index, _day(index, count)) for index in range(count)]
    ids = trade.session.create("account.invoice", rows, 20)
    checked = [id for index, id in enumerate(ids) if index % 5 != 0]
    trade.session.press("account.invoice", "validate_invoice", checked)
    trade.session.press("account.invoice", "post", [id for index, id in enumerate(ids) if index % 5 > 1])


def _day(index: int, count: int) -> datetime.date:
    """Rising with the index: Tryton numbers invoices only in the order of their dates."""
    return FIRST_DAY + datetime.timedelta(days=5 + index * 350 // count)


def _sale(trade: Trade, index: int, day: datetime.date) -> Row:
    customer = trade.session.random.choice(trade.partners.customers)
    return {
        **_head(trade.books, customer),
        "shipment_address": customer.address,
        "sale_date": day,
        "quotation_date": day,
        "reference": f"PO-{41_000 + index}" if index % 2 else None,
        "description": "Delivered on site" if index % 4 == 0 else None,
        "invoice_method": "manual",
        "shipment_method": "manual",
        "lines": [("create", [_line(trade, customer, "price") for _ in range(1 + index % 4)])],
    }


def _customer_invoice(trade: Trade, index: int, day: datetime.date) -> Row:
    customer = trade.session.random.choice(trade.partners.customers)
    sign = -1 if index % 10 == 9 else 1
    account = trade.books.accounts["revenue"]
    return {
        **_head(trade.books, customer),
        "type": "out",
        "journal": trade.books.sale_journal,
        "account": trade.books.accounts["receivable"],
        "invoice_date": day,
        "description": "Monthly settlement" if index % 3 == 0 else None,
        "lines": [("create", [_invoice_line(trade, customer, "price", account, sign) for _ in range(1 + index % 4)])],
    }


def _supplier_invoice(trade: Trade, index: int, day: datetime.date) -> Row:
    supplier = trade.session.random.choice(trade.partners.suppliers)
    account = trade.books.accounts["expense"]
    return {
        **_head(trade.books, supplier),
        "type": "in",
        "journal": trade.books.purchase_journal,
        "account": trade.books.accounts["payable"],
        "invoice_date": day,
        "reference": f"INV-{90_000 + index}",
        "lines": [("create", [_invoice_line(trade, supplier, "cost", account, 1) for _ in range(1 + index % 4)])],
    }


def _head(books: Books, partner: Partner) -> Row:
    return {
        "company": books.company,
        "party": partner.id,
        "invoice_address": partner.address,
        "currency": books.eur if partner.foreign else books.nok,
        "payment_term": books.term,
    }


def _line(trade: Trade, partner: Partner, price: Literal["price", "cost"], sign: int = 1) -> Row:
    product = trade.session.random.choice(trade.products)
    amount = product.price if price == "price" else product.cost
    if partner.foreign:
        amount = (amount * EURO_RATE).quantize(Decimal("0.0001"))
    return {
        "type": "line",
        "product": product.id,
        "unit": product.unit,
        "quantity": float(sign * trade.session.random.randrange(1, 60)),
        "unit_price": amount,
        "description": product.name,
        "taxes": [] if partner.foreign else [("add", [trade.books.tax])],
    }


def _invoice_line(trade: Trade, partner: Partner, price: Literal["price", "cost"], account: int, sign: int) -> Row:
    return {
        **_line(trade, partner, price, sign),
        "account": account,
        "company": trade.books.company,
        "currency": trade.books.eur if partner.foreign else trade.books.nok,
    }
