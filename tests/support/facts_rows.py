"""The facts of rows as ``tryton_truth`` reads them by SQL; see ``facts``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

Row = dict[str, Any]
Facts = dict[str, Any]

TOTALLED = {"confirmed", "processing", "done", "posted", "paid"}
STATES = {"Open": "active", "Done": "completed"}
UNITS = {"u": "EA", "h": "HUR", "d": "DAY", "m": "MTR", "m²": "MTK", "m³": "MTQ", "kg": "KGM", "t": "TNE", "L": "LTR"}


def number_of(row: Row) -> str | None:
    return row["number"] or (row["reference"] if row.get("type") == "in" else None)


def exact(value: Any) -> str | None:
    """A number as text, the same for 5, 5.0 and 5.00; 0.1 for a float of 0.1."""
    return None if value is None else format(Decimal(str(value)).normalize() + 0, "f")


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _first(values: list[str]) -> str | None:
    return values[0] if values else None


def _party_row(row: Row) -> Facts:
    org_numbers = [code.replace(" ", "") for type, code in row["identifiers"] if type == "no_orgnr"]
    return {
        "number": row["code"],
        "name": row["name"],
        "active": row["active"],
        "email": _first(row["emails"]),
        "phone": _first(row["phones"]),
        "org_number": _first(org_numbers),
        "addresses": [
            {
                "lines": [line for line in (address["party_name"], *(address["street"] or "").splitlines()) if line],
                **{name: address[name] for name in ("postal_code", "city", "country")},
            }
            for address in row["addresses"]
        ],
    }


def _contact_row(row: Row) -> Facts:
    return {
        "party": _text(row["party"]),
        "name": row["name"],
        "email": row["value"] if row["type"] == "email" else None,
        "phone": row["value"] if row["type"] in ("phone", "mobile") else None,
        "active": row["active"],
    }


def _employee_row(row: Row) -> Facts:
    return {
        **{name: row[name] for name in ("number", "name", "start_date", "end_date")},
        "email": _first(row["emails"]),
        "mobile": _first(row["mobiles"]),
        "manager": _text(row["supervisor"]),
    }


def _work_row(row: Row) -> Facts:
    return {
        "number": row["number"] or _text(row["id"]),
        "name": row["name"],
        "above": _text(row["parent"]),
        "customer": _text(row["party"]),
        "status": STATES[row["status"]],
        "budget_hours": exact(row["budget_hours"]),
    }


def _time_row(row: Row) -> Facts:
    return {
        **{name: _text(row[name]) for name in ("employee", "project", "project_task")},
        "date": row["date"],
        "hours": exact(row["hours"]),
        "comment": row["description"],
    }


def _product_row(row: Row) -> Facts:
    return {
        "number": row["code"] or _text(row["id"]),
        "name": row["name"],
        "kind": row["type"],
        "unit": UNITS[row["unit_symbol"]],
        "active": row["active"],
        "sales_price": exact(row["sales_price"]),
        "cost_price": exact(row["cost_price"]),
    }


def _document_row(row: Row) -> Facts:
    return {
        "number": number_of(row),
        "name": row["description"],
        "state": row["state"],
        "reference": row["reference"],
        "party": _text(row["party"]),
        "date": row.get("sale_date") or row.get("invoice_date"),
        "currency": row["currency"],
        "net": exact(row["net"]),
        "gross": exact(row["total"]) if row["state"] in TOTALLED else None,
        "lines": [
            {
                "id": _text(line["id"]),
                "product": _text(line["product"]),
                "account": _text(line.get("account")),
                "description": line["description"],
                **{name: exact(line[name]) for name in ("quantity", "unit_price", "net")},
            }
            for line in row["lines"]
        ],
    }


def _account_row(row: Row) -> Facts:
    return {"number": row["code"], "name": row["name"], "active": not row["closed"]}


def _company_row(row: Row) -> Facts:
    names = {"number": "code", "name": "name", "currency": "currency", "time_zone": "timezone"}
    return {fact: row[name] for fact, name in names.items()}


ROWS = (
    ("company", _company_row),
    ("customer", _party_row),
    ("supplier", _party_row),
    ("contact", _contact_row),
    ("employee", _employee_row),
    ("project", _work_row),
    ("project_task", _work_row),
    ("time_entry", _time_row),
    ("product", _product_row),
    ("sales_order", _document_row),
    ("sales_invoice", _document_row),
    ("purchase_invoice", _document_row),
    ("account", _account_row),
)
