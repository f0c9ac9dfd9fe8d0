"""What the mappings share: words of enumerations, the local currency, coding, addresses and lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.rules import (
    Value,
    Worked,
    address,
    choice,
    decimal,
    first,
    instant,
    items,
    known,
    money,
    option,
    price,
    quantity,
    ref,
    text,
)
from connectors.rules.values import converted
from schemas.entities.common import exact
from schemas.ids import entity_id
from schemas.mapping import ABSENT, Constant, Items, MappingContext, Rule
from schemas.pages import Record

BOOK = first([option("currency"), Constant("NOK")])
CURRENCY = first([text("currencyCode"), BOOK])
"""A document in local currency may name none."""

CHANGED_AT = instant("lastModifiedDateTime")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def word(path: str) -> Worked:
    """A word of an enumeration: OData writes what is no letter as ``_x0020_``. A blank one is null."""
    return converted(
        "word", path, lambda found: _ESCAPED.sub(lambda code: chr(int(code[1], 16)), str(found)).strip() or None
    )


def one_of(path: str, table: Mapping[str, Any], other: Any = "other") -> Worked:
    """A word of an enumeration looked up in a table; a blank one is null."""
    return choice(word(path), table, other)


def place(kind: Any, prefix: str = "") -> Worked:
    """The address whose fields begin with a prefix."""
    names = ["addressLine1", "addressLine2", "postalCode", "city", "country"]
    one, two, code, city, country = (prefix + name[0].upper() + name[1:] if prefix else name for name in names)
    return address(kind, [one, two], code, city, country)


def coding(lines: str = "dimensionSetLines") -> Items:
    """The coding by a set of dimensions: a line has the ids of the dimension and of its value."""
    parts: dict[str, Rule] = {
        "dimension": ref("dimension", "id", "code"),
        "value": ref("dimension_value", "valueId", "valueCode"),
    }
    return items(lines, parts)


def default_coding() -> Items:
    """The coding that a record gives its entries unless they say otherwise."""
    parts: dict[str, Rule] = {
        "dimension": ref("dimension", "dimensionId", "dimensionCode"),
        "value": ref("dimension_value", "dimensionValueId", "dimensionValueCode"),
    }
    return items("defaultDimensions", parts)


def default_department() -> Worked:
    """The department among the default dimensions: the value of the dimension that the connection names."""

    def find(record: Record, context: MappingContext) -> Any:
        found = record.get("defaultDimensions", ABSENT)
        if not isinstance(found, list):
            return ABSENT if found is ABSENT else None
        mine = (one for one in found if one.get("dimensionCode") == context.options.get("department_dimension"))
        return _department(next(mine, None), context)

    return Worked("department", ("defaultDimensions",), find)


def _department(found: Any, context: MappingContext) -> Any:
    if not found or not known(found.get("dimensionValueId")):
        return None
    key, scope = found["dimensionValueId"], (context.tenant, context.system, context.company)
    ref_ = {"entity": "department", "id": entity_id(scope, "department", key), "source_id": key}
    return {**ref_, "number": found.get("dimensionValueCode")}


_KINDS = {
    "Item": "product",
    "Resource": "product",
    "Account": "account",
    "Comment": "text",
}


def lines(name: str, unit_price: str, turned: bool = False) -> Items:
    """The lines of an order, invoice or credit memo; ``turned`` ones have negative amounts in the common model."""
    currency = first([text("_parent.currencyCode"), BOOK])
    unit = "unitOfMeasureCode"
    sign = Constant(True) if turned else None
    fields: dict[str, Rule] = {
        "line_id": text("id"),
        "kind": one_of("lineType", _KINDS),
        "product": ref("product", "itemId", _number_of("itemId")),
        "account": ref("account", "accountId", _number_of("accountId")),
        "description": text("description"),
        "quantity": quantity("quantity", unit),
        "unit_price": price(unit_price, currency, unit),
        "discount_percent": decimal("discountPercent", 6),
        "net": money(first(["netAmount", Constant(0)]), currency, negated=sign),
        "vat_rate": decimal("taxPercent", 6),
        "vat_amount": money("netTaxAmount", currency, negated=sign),
        "dims": coding(),
    }
    return items(name, fields)


def _number_of(path: str) -> Worked:
    """The number of what a line is about, where it is about that."""
    get = text(path)

    def find(line: Record, context: MappingContext) -> Any:
        return text("lineObjectNumber")(line, context) if known(get(line, context)) else None

    return Worked("number_of", ("lineObjectNumber", path), find)


def difference(value: Value, less: Value) -> Worked:
    """A difference of two amounts, either of which may be missing and then counts as nothing."""
    first_, second = decimal(value), decimal(less)

    def find(record: Record, context: MappingContext) -> Any:
        found = first_(record, context), second(record, context)
        return exact(sum(sign * one for sign, one in zip((1, -1), found, strict=True) if known(one)), 4)

    return Worked("difference", (value, less), find)
