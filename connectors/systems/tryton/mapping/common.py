"""What the mappings share: amounts, units, addresses, lines. Records are decoded (see ``values.decode``). Pure."""

from __future__ import annotations

from typing import Any

from connectors import rules
from connectors.systems.tryton.values import decode
from schemas.entities.common import exact
from schemas.keys import value_at
from schemas.mapping import ABSENT, FollowUpRule, Function, Items, MappingContext, Ref, StreamMapping
from schemas.pages import Record

CHANGED_AT = "last_modified_at"

UNITS = {"u": "EA", "s": "SEC", "t": "TNE"}
"""Symbols of Tryton's own (module product, unit.xml) → UN/ECE Rec 20, beside those that all know."""


def watch(stream: str, key: str) -> StreamMapping:
    """The mapping of a stream without entities: the record ``key`` of ``stream`` is to be read again."""
    return StreamMapping(prepare=decode, follow_ups=(FollowUpRule(stream, key),))


def number_or_id(path: str = "number") -> Function:
    """What people call the record, else its id: Tryton does not insist on numbers of masters."""

    def find(record: Record, context: MappingContext) -> Any:
        return value_at(record, path) or str(record["id"])

    return find


def not_blank(path: str) -> Function:
    """The text at a path, null for a blank one (a party without a mail address has ``""``)."""

    def find(record: Record, context: MappingContext) -> Any:
        return value_at(record, path) or None

    return find


def money(path: str, currency: str = "currency.code") -> Function:
    """The amount at a path in the document's currency; absent where one of them is."""

    def find(record: Record, context: MappingContext) -> Any:
        amount, code = value_at(record, path), value_at(record, currency)
        return ABSENT if amount is None or code is None else {"amount": exact(amount), "currency": code}

    return find


def money_company(path: str) -> Function:
    """The amount in the company's currency, known where the document is in the same one."""

    def find(record: Record, context: MappingContext) -> Any:
        same = value_at(record, "currency.code") == value_at(record, "company.currency.code")
        return money(path)(record, context) if same else ABSENT

    return find


def same_currency_rate(record: Record, context: MappingContext) -> Any:
    """1 where the document is in the company's currency; Tryton does not keep the rate of others on it."""
    same = value_at(record, "currency.code") == value_at(record, "company.currency.code")
    return "1" if same else ABSENT


def hours_of(path: str) -> Function:
    """A duration, decoded to seconds, as decimal hours."""
    return rules.hours(path, "seconds")


def unit_code(symbol: str | None) -> str | None:
    """The unit's code, None for a unit that is not known."""
    return rules.unit_code(symbol, UNITS)


def address(item: Record, context: MappingContext) -> dict[str, Any]:
    """One ``party.address``."""
    street = (item.get("street") or "").splitlines()
    lines = [line.strip() for line in (item.get("party_name"), item.get("attn"), *street) if line and line.strip()]
    kind = "delivery" if item.get("delivery") else "postal" if item.get("invoice") else None
    return {
        "kind": kind,
        "lines": lines,
        "postal_code": item.get("postal_code"),
        "city": item.get("city"),
        "country": value_at(item, "country.code"),
    }


def active(items: list[Record] | None) -> list[Record]:
    """The items that are not archived."""
    return [item for item in items or () if item.get("active", True)]


def lines(accounts: bool) -> Items:
    """The lines of a sale or invoice; only the latter have ``accounts``."""
    fields: dict[str, Any] = {
        "line_id": "id",
        "kind": _line_kind,
        "product": Ref("product", "product.id", number="product.code"),
        "description": "description",
        "quantity": _quantity,
        "unit_price": _unit_price,
        "net": _line_net,
        "vat_rate": _vat_rate,
    }
    if accounts:
        fields["account"] = Ref("account", "account.id", number="account.code")
    return Items(_lines_with_currency, fields)


def _lines_with_currency(record: Record, context: MappingContext) -> list[Record]:
    currency = value_at(record, "currency.code")
    ordered = sorted(record.get("lines") or (), key=lambda line: (line.get("sequence") or 0, line["id"]))
    return [{**line, "_currency": currency} for line in ordered]


def _line_kind(line: Record, context: MappingContext) -> str:
    if line.get("type") != "line":
        return "text"
    return "product" if line.get("product") else "account" if line.get("account") else "other"


def _quantity(line: Record, context: MappingContext) -> Any:
    if line.get("type") != "line" or line.get("quantity") is None:
        return ABSENT
    symbol = value_at(line, "unit.symbol")
    return {"value": exact(line["quantity"], 10), "unit": unit_code(symbol), "unit_source": symbol}


def _unit_price(line: Record, context: MappingContext) -> Any:
    if line.get("unit_price") is None:
        return ABSENT
    per = unit_code(value_at(line, "unit.symbol"))
    return {"amount": exact(line["unit_price"], 10), "currency": line["_currency"], "per": per}


def _line_net(line: Record, context: MappingContext) -> Any:
    # A subtotal shows the sum of the lines above it; counted as well, the document would not add up.
    amount = line.get("amount") if line.get("type") == "line" else None
    return {"amount": exact(amount or 0), "currency": line["_currency"]}


def _vat_rate(line: Record, context: MappingContext) -> Any:
    taxes = line.get("taxes") or []
    if len(taxes) != 1 or taxes[0].get("type") != "percentage" or taxes[0].get("rate") is None:
        return ABSENT
    return exact(exact(taxes[0]["rate"], 8) * 100, 6)
