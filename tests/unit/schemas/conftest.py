"""Samples of every entity: the least that is valid, and one with every field filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from schemas.entities import ENTITIES

Body = dict[str, Any]

VERSION = "0000000001.0000000002.0000003.00000"
REF = {"entity": "thing", "id": "f" * 32, "source_id": "7"}
MONEY = {"amount": "100", "currency": "NOK"}
PARTY = {"number": "10", "name": "Bygg AS"}
ORDER = {"number": "10", "party": REF, "order_date": "2026-02-01"}
INVOICE = {"number": "10", "party": REF, "invoice_date": "2026-02-01", "net": MONEY, "gross": MONEY, "currency": "NOK"}

LEAST: dict[str, Body] = {
    "company": {"name": "Bygg AS", "base_currency": "NOK"},
    "dimension": {"code": "D", "name": "Department", "kind": "department"},
    "dimension_value": {"dimension": REF, "code": "1", "name": "North"},
    "department": {"code": "1", "name": "North"},
    "employee": {"number": "1", "display_name": "A. Worker"},
    "employment": {"employee": REF, "start": "2026-01-01"},
    "employee_rate": {"employee": REF, "valid_from": "2026-01-01"},
    "customer": PARTY,
    "supplier": PARTY,
    "contact": {"party": REF},
    "project": {"number": "P1", "name": "School", "open_for_time": True},
    "project_task": {"project": REF, "code": "1", "name": "Roof"},
    "activity": {"name": "Carpentry"},
    "time_entry": {"employee": REF, "work_date": "2026-02-03", "hours": "7.5"},
    "wage_line": {"employee": REF, "date": "2026-02-03", "wage_code": REF, "quantity": {"value": "2"}},
    "wage_code": {"code": "100", "name": "Hourly"},
    "absence": {"employee": REF, "from": "2026-02-03", "to": "2026-02-04", "code": "510"},
    "time_approval": {"employee": REF, "from": "2026-02-02", "to": "2026-02-08", "state": "approved"},
    "vat_code": {"code": "3", "rate_percent": "25"},
    "product": {"number": "1", "name": "Screw"},
    "sales_order": ORDER,
    "purchase_order": ORDER,
    "sales_invoice": INVOICE,
    "purchase_invoice": INVOICE,
    "account": {"number": "3000", "name": "Sales"},
    "ledger_entry": {"voucher_number": "1", "posting_date": "2026-02-01", "account": REF, "amount_company": MONEY},
    "payment": {"direction": "incoming", "date": "2026-02-01", "amount": MONEY},
}

HEADER: Body = {
    "id": "a" * 32,
    "tenant": "acme",
    "connection": "acme-1",
    "company": {"entity": "company", "id": "c" * 32, "source_id": "1"},
    "system": "tryton",
    "source_id": "12",
    "read_at": "2026-02-03T10:00:00Z",
    "version": VERSION,
}

SPECIAL: Body = {"currency": "NOK", "base_currency": "NOK", "country": "NO"}
BY_FORMAT: Body = {
    "date": "2026-02-03",
    "date-time": "2026-02-03T10:00:00Z",
    "time": "07:30:00",
    "decimal": "1.5",
}
BY_TYPE: Body = {"string": "text", "boolean": True, "integer": 1, "number": 1}


@pytest.fixture
def least() -> Callable[[str], Body]:
    """A new body of an entity with nothing but its required fields."""
    return lambda entity: {**HEADER, **LEAST[entity]}


@pytest.fixture
def filled() -> Callable[[str], Body]:
    """A new body of an entity with a value in every field, also those inside."""

    def build(entity: str) -> Body:
        schema = ENTITIES[entity].model_json_schema()
        return {**_value("", schema, schema["$defs"]), "version": VERSION}

    return build


def _value(name: str, schema: Body, definitions: Body) -> Any:
    if name in SPECIAL:
        return SPECIAL[name]
    if "$ref" in schema:
        return _value(name, definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    if "anyOf" in schema:
        return _value(name, schema["anyOf"][0], definitions)
    if "properties" in schema:
        return {inner: _value(inner, part, definitions) for inner, part in schema["properties"].items()}
    if schema.get("type") == "array":
        return [_value("", schema["items"], definitions)]
    if schema.get("type") == "object":
        return {"shift": "night"}
    return schema.get("const") or (schema.get("enum") or [None])[0] or _scalar(schema)


def _scalar(schema: Body) -> Any:
    return BY_FORMAT.get(schema.get("format", "")) or BY_TYPE[schema["type"]]
