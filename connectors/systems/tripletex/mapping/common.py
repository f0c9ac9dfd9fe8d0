"""What the mappings share: the book currency, change stamps, references, addresses and lines."""

from __future__ import annotations

from typing import Any

from connectors.rules import (
    Value,
    Worked,
    address,
    decimal,
    dim,
    first,
    instant,
    items,
    key,
    money,
    option,
    price,
    quantity,
    ref,
    several,
    text,
)
from connectors.rules.derived import latest, minus
from schemas.mapping import Constant, Items, MappingContext, Ref, Rule, Several
from schemas.pages import Record

BOOK = first([option("currency"), Constant("NOK")])
ZONE = first([option("time_zone"), Constant("Europe/Oslo")])
CHANGED_AT = instant(latest("changes", "timestamp"), zone=ZONE)
"""Stamps name no zone (contract, "DateTime"); they are taken as the company's."""
CURRENCY = "currency.code"


def number_or_id(path: str = "number") -> Worked:
    """What people call the record, else its id: Tripletex does not insist on numbers of masters."""
    return first([text(path), text("id")])


def employee(path: str = "employee") -> Ref:
    """The employee at a path."""
    return ref("employee", f"{path}.id", f"{path}.employeeNumber")


def numbered(entity: str, path: str) -> Ref:
    """What is at a path, with its ``number``."""
    return ref(entity, f"{path}.id", f"{path}.number")


def department(path: str = "department") -> Ref:
    """The department at a path."""
    return ref("department", f"{path}.id", f"{path}.departmentNumber")


def department_value(path: str) -> Worked:
    """The source key of a department as a value of the dimension: ids of other values may be the same."""
    return key([Constant("department"), path])


def dims(path: str = "department") -> Several:
    """The coding by department alone."""
    return several([department_dim(path)])


def department_dim(path: str = "department") -> Rule:
    """The coding by the department at a path."""
    return dim("department", department_value(f"{path}.id"), f"{path}.departmentNumber")


def place(kind: Any, path: str) -> Worked:
    """The address at a path."""
    parts = (f"{path}.postalCode", f"{path}.city", f"{path}.country.isoAlpha2Code")
    return address(kind, [f"{path}.addressLine1", f"{path}.addressLine2"], *parts)


def per_hour(path: str) -> Worked:
    """A rate in book currency."""
    return price(path, BOOK, Constant("HUR"))


def lines(unit_price: str, turned: Value | None = None, vat_codes: bool = True) -> Items:
    """The lines of an order or invoice; those of purchase orders have no VAT code.

    ``turned`` is a condition that turns the sign of their amounts.
    """
    currency = first([CURRENCY, "_parent.currency.code"])
    unit = first(["product.productUnit.commonCode", "product.productUnit.nameShort"])
    net = first(["amountExcludingVatCurrency", Constant(0)])
    fields: dict[str, Rule] = {
        "line_id": text("id"),
        "kind": Worked("line_kind", ("product.id", unit_price), _kind(unit_price)),
        "product": numbered("product", "product"),
        "description": text("description"),
        "quantity": quantity("count", unit),
        "unit_price": price(unit_price, currency, unit),
        "discount_percent": decimal("discount", 6),
        "net": money(net, currency, negated=turned),
        "vat_amount": money(minus("amountIncludingVatCurrency", net), currency, negated=turned),
    }
    if vat_codes:
        fields |= {"vat_code": numbered("vat_code", "vatType"), "vat_rate": decimal("vatType.percentage", 6)}
    return items("orderLines", fields)


def _kind(unit_price: str) -> Any:
    def find(line: Record, context: MappingContext) -> str:
        if line.get("product"):
            return "product"
        return "other" if line.get(unit_price) or line.get("amountExcludingVatCurrency") else "text"

    return find
