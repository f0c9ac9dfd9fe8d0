"""What the mappings share: Odoo's own notation undone, references, days of the company, coding and lines."""

from __future__ import annotations

import re
from typing import Any

from connectors.rules import (
    Value,
    Worked,
    choice,
    date,
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
    text,
)
from connectors.rules.amounts import number
from schemas.mapping import ABSENT, Constant, EntityMapping, Items, MappingContext, Object, Ref, Rule, StreamMapping
from schemas.pages import Record

FLAGS = frozenset({"active", "is_company", "allow_timesheets", "is_internal_project", "validated"})
"""Fields that are true or false; in all others false says that there is nothing."""

_ACCOUNTS = re.compile(r"\d+(,\d+)*")
"""Ids of analytic accounts that share one part of a distribution, one for each plan."""

UNITS = {"Units": "EA"}
"""Odoo's own words for units of measure, beside those that all know."""

_UTC = Constant("UTC")
_ZONE = first([option("time_zone"), Constant("Europe/Oslo")])
CHANGED_AT = instant("write_date", zone=_UTC)
CURRENCY = "currency_id.name"
BOOK = "company_currency_id.name"


def tidy(record: Record) -> Record:
    """The record with null where there is nothing, and references as objects of ``id`` and ``name``."""
    return {name: _tidied(name, value) for name, value in record.items()}


def _tidied(name: str, value: Any) -> Any:
    if value is False and name not in FLAGS:
        return None
    if not isinstance(value, list):
        return value
    if len(value) == 2 and isinstance(value[0], int) and isinstance(value[1], str):
        return {"id": value[0], "name": value[1]}
    return [tidy(item) if isinstance(item, dict) else item for item in value]


def of(*entities: EntityMapping) -> StreamMapping:
    """The mapping of a stream that gives these entities."""
    return StreamMapping(entities, prepare=tidy)


def to(entity: str, path: str) -> Ref:
    """What the reference at a path points to. Odoo shows a name beside the id, which is no number."""
    return ref(entity, f"{path}.id")


def day(path: str) -> Worked:
    """The company's day of a time, which Odoo keeps in UTC."""
    return date(instant(path, zone=_UTC), zone=_ZONE)


def department_value(path: str) -> Worked:
    """The source key of a department as a value of its dimension."""
    return key([Constant("department"), path])


def analytic_value(path: str) -> Worked:
    """The source key of an analytic account as a value of its dimension."""
    return key([Constant("analytic"), path])


def department_dim(path: str) -> Object:
    """The coding by the department at a path."""
    return dim("department", department_value(f"{path}.id"))


def analytic_dim(path: str) -> Object:
    """The coding by the analytic account at a path."""
    return dim("analytic", analytic_value(f"{path}.id"))


def distribution() -> Items:
    """The coding of a line by analytic accounts; none where it is split between several, which a coding cannot say."""

    def find(record: Record, context: MappingContext) -> Any:
        told = record.get("analytic_distribution", ABSENT)
        if not isinstance(told, dict):
            return ABSENT if told is ABSENT else None
        found = {accounts: share for accounts, share in told.items() if _ACCOUNTS.fullmatch(accounts)}
        accounts, share = next(iter(found.items()), ("", 0))
        if len(found) != 1 or number(share) != 100:
            return []
        return [{"dimension": "analytic", "value": f"analytic/{one}"} for one in accounts.split(",")]

    parts = {"dimension": ref("dimension", "dimension"), "value": ref("dimension_value", "value")}
    return items(Worked("distribution", ("analytic_distribution",), find), dict(parts))


def only_tax() -> Ref:
    """The tax of a line or product that has a single one; more of them are no VAT code."""

    def find(record: Record, context: MappingContext) -> Any:
        found = record.get("tax_ids", record.get("taxes_id", ABSENT))
        if found is ABSENT:
            return ABSENT
        return found[0] if isinstance(found, list) and len(found) == 1 else None

    return ref("vat_code", Worked("only_tax", ("tax_ids",), find))


_KINDS = {"line_section": "text", "line_subsection": "text", "line_note": "text"}


def _kind(line: Record, context: MappingContext) -> Any:
    if line.get("product_id"):
        return "product"
    return (
        choice("display_type", _KINDS, other="account" if line.get("account_id") else "other")(line, context) or "other"
    )


def lines(count: str, vat: Value, turned: Value | None = None) -> Items:
    """The lines of an order or invoice. ``turned`` is a condition that turns the sign of their amounts."""
    unit = "product_uom_id.name"
    currency = first([CURRENCY, "_parent.currency_id.name"])
    fields: dict[str, Rule] = {
        "line_id": text("id"),
        "kind": Worked("line_kind", ("product_id", "display_type", "account_id"), _kind),
        "product": to("product", "product_id"),
        "account": to("account", "account_id"),
        "description": text("name"),
        "quantity": quantity(count, unit, UNITS),
        "unit_price": price("price_unit", currency, unit, UNITS),
        "discount_percent": decimal("discount", 6),
        "net": money(first(["price_subtotal", Constant(0)]), currency, negated=turned),
        "vat_code": only_tax(),
        "vat_amount": money(vat, currency, negated=turned),
        "dims": distribution(),
    }
    return items("lines", fields)


def number_or_id(path: str) -> Worked:
    """What people call the record, else its id: a slash stands for a number that is not given yet."""

    def find(record: Record, context: MappingContext) -> Any:
        found = text(path)(record, context)
        return None if found == "/" else found

    return first([Worked("number", (path,), find), text("id")])
