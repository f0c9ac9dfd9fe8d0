"""Goods and services."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pipeline.local.tryton.inside import words
from pipeline.local.tryton.inside.company import Books
from pipeline.local.tryton.inside.session import Row, Session

BATCH = 40  # SQLite refuses bigger batches of templates: "parser stack overflow"


@dataclass(frozen=True)
class Product:
    """A product as documents need it."""

    id: int
    name: str
    unit: int
    price: Decimal
    cost: Decimal


def create(session: Session, books: Books, count: int) -> list[Product]:
    """Make templates with one variant each: three of four are goods; every twentieth is archived and not returned."""
    units = _units(session)
    category = _account_category(session, books)
    rows = [_row(index, units, category) for index in range(count)]
    templates = session.create("product.template", rows, BATCH)
    session.archive("product.template", templates[14::20])
    variants = _variants(session, templates)
    return [
        Product(variants[template], row["name"], row["default_uom"], row["list_price"], _cost(row["list_price"]))
        for template, row in zip(templates, rows, strict=True)
        if template in variants
    ]


def _row(index: int, units: dict[str, int], category: int) -> Row:
    service = index % 4 == 3
    name, unit = _service(index) if service else _goods(index)
    price = Decimal(100 + index * 37 % 1900) + Decimal(index % 20) / 20
    return {
        "name": name,
        "code": f"{'S' if service else 'G'}{1000 + index}",
        "type": "service" if service else "goods",
        "default_uom": units[unit],
        "sale_uom": units[unit],
        "purchase_uom": units[unit],
        "salable": True,
        "purchasable": not service,
        "list_price": price,
        "account_category": category,
        "products": [("create", [{"cost_price": _cost(price), "description": f"{name}, as delivered on site"}])],
    }


def _goods(index: int) -> tuple[str, str]:
    name, unit = words.GOODS[index % len(words.GOODS)]
    return f"{name} no. {index + 1}", unit


def _service(index: int) -> tuple[str, str]:
    name = words.SERVICES[index // 4 % len(words.SERVICES)]
    return f"{name}, rate {index // 24 + 1}", "Hour"


def _cost(price: Decimal) -> Decimal:
    return (price * Decimal("0.62")).quantize(Decimal("0.0001"))


def _units(session: Session) -> dict[str, int]:
    return {unit.name: unit.id for unit in session.model("product.uom").find([])}


def _account_category(session: Session, books: Books) -> int:
    row = {
        "name": "Building",
        "accounting": True,
        "account_revenue": books.accounts["revenue"],
        "account_expense": books.accounts["expense"],
        "customer_taxes": [("add", [books.tax])],
        "supplier_taxes": [("add", [books.tax])],
    }
    return session.create("product.category", [row])[0]


def _variants(session: Session, templates: list[int]) -> dict[int, int]:
    proxy = session.model("product.product")._proxy
    found = proxy.search_read([("template", "in", templates)], 0, None, None, ["template"], session.config.context)
    return {row["template"]: row["id"] for row in found}
