"""Valid records of the two connectors that there are, by system and stream. Made up, in the form of their answers."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from connectors.base import Connector
from connectors.systems.tryton import CONNECTOR as TRYTON
from tests.support.acme import EXAMPLE

_AT = {
    "__class__": "datetime", "year": 2026, "month": 5, "day": 23, "hour": 15, "minute": 21, "second": 20,
    "microsecond": 904166,
}  # fmt: skip
_NOK = {"id": 1, "code": "NOK"}
_WORK = {
    "id": 1, "number": "1", "name": "Bygg A", "type": "project", "parent": None, "path": "1/",
    "status": {"id": 1, "name": "Open"}, "timesheet_available": True, "effort_duration": None,
    "party": {"id": 36, "code": "36"}, "last_modified_at": _AT,
}  # fmt: skip


def _decimal(text: str) -> dict[str, str]:
    return {"__class__": "Decimal", "decimal": text}


def _day(number: int) -> dict[str, Any]:
    return {"__class__": "date", "year": 2026, "month": 3, "day": number}


_LINE = {
    "id": 3, "type": "line", "sequence": None, "description": "Betong", "quantity": 2.5,
    "unit": {"id": 19, "symbol": "m³"}, "unit_price": _decimal("40.0000"), "amount": _decimal("100.00"),
    "product": {"id": 1, "code": "G1000"}, "taxes": [{"id": 1, "type": "percentage", "rate": _decimal("0.25")}],
    "account": {"id": 99, "code": "4.1.1"},
}  # fmt: skip

SAMPLES: dict[tuple[str, str], dict[str, Any]] = {
    ("tryton", "parties"): {
        "id": 36, "name": "Askeheim Eiendom AS", "full_name": "Askeheim Eiendom AS", "code": "36", "active": 1,
        "last_modified_at": _AT, "categories": [{"id": 1, "name": "Customer"}],
        "addresses": [{"id": 1, "street": "Havnegata 35\n2. etasje", "postal_code": "5003", "city": "Bergen",
                       "active": 1, "country": {"id": 1, "code": "NO"}, "delivery": 1, "invoice": 1,
                       "party_name": "Lager", "attn": None}],
        "identifiers": [{"id": 1, "type": "no_orgnr", "code": "100 000 687", "active": 1}],
        "contact_mechanisms": [{"id": 1, "type": "email", "value": "a@askeheim.example", "name": "Ada", "active": 1}],
    },
    ("tryton", "contacts"): {
        "id": 9, "type": "email", "value": "ada@askeheim.example", "name": "Ada", "active": 1, "last_modified_at": _AT,
        "party": {"id": 36, "code": "36", "categories": [{"id": 1, "name": "Customer"}]},
    },
    ("tryton", "addresses"): {"id": 1, "party": 36, "last_modified_at": _AT},
    ("tryton", "project-works"): _WORK,
    ("tryton", "time-entries"): {
        "id": 7, "date": _day(2), "duration": {"__class__": "timedelta", "seconds": 27_000.0}, "description": None,
        "last_modified_at": _AT, "employee": {"id": 2, "party": {"id": 60, "code": "60"}},
        "work": {"id": 11, "name": None, "origin": "project.work,1", "origin.": _WORK},
    },
    ("tryton", "invoices"): {
        "id": 12, "number": "8", "reference": "PO-1", "description": None, "state": "posted", "type": "out",
        "party": {"id": 36, "code": "36"}, "invoice_date": _day(1), "accounting_date": None, "currency": _NOK,
        "last_modified_at": _AT, "company": {"id": 1, "currency": _NOK}, "untaxed_amount": _decimal("100.00"),
        "tax_amount": _decimal("25.00"), "total_amount": _decimal("125.00"), "amount_to_pay": _decimal("125.00"),
        "create_date": _AT, "sales": [{"id": 12, "number": "8"}], "origin_invoices": [],
        "lines_to_pay": [{"id": 1, "maturity_date": _day(31)}], "customer_payment_reference": "RF52 9",
        "supplier_payment_reference": None, "lines": [_LINE],
    },
    ("acme", "customers"): {
        "id": 1, "no": "C000001", "name": "Customer 1 AS", "org_no": None, "email": "post@customer-1.example",
        "street": "Havnegata 2", "zip": "0150", "city": "Oslo", "country": "NO", "active": True,
        "updated_at": "2026-05-01T08:00:00Z",
    },
    ("acme", "jobs"): {
        "id": 1, "no": "J000001", "title": "Building 1", "customer_id": 1, "status": "open", "budget": 1000.5,
        "currency": "NOK", "updated_at": "2026-05-01T08:00:00Z",
    },
    ("acme", "hours"): {
        "id": 1, "worker": {"id": 2, "no": "2"}, "job_id": 1, "day": "2026-01-05", "hours": 7.5, "note": None,
        "updated_at": "2026-05-01T08:00:00Z",
    },
}  # fmt: skip


def _acme() -> Connector:
    sys.path.insert(0, str(EXAMPLE))
    try:
        found: Connector = importlib.import_module("acme_connector").CONNECTOR
    finally:
        sys.path.remove(str(EXAMPLE))
    return found


ACME = _acme()
CONNECTORS = {"acme": ACME, "tryton": TRYTON}


def document(stamps: list[Any]) -> Any:
    """A good answer of Acme with these change stamps."""
    records: list[Any] = [
        {**SAMPLES["acme", "customers"], "id": n, "updated_at": stamp} for n, stamp in enumerate(stamps)
    ]
    return {"data": records, "next": {"token": "abc"}}
