"""What must be the same in an ERP's database and in what a subscriber was told, field by field.

``of_truth`` takes the rows of ``tryton_truth`` (SQL), ``of_events`` the bodies of Information events; both give
``{kind: {source id: facts}}`` in the same words: texts, numbers without trailing zeros, ids of Tryton's as text.

A sales order or invoice without a number is a draft and by design nobody's business (of a supplier's invoice the
supplier's own number counts), nor is an account without a code (the root of the chart), nor a named mechanism of a
party that is neither customer nor supplier: the same rules are taken here over the rows of the SQL. Tryton shows
registration numbers with spaces, which the common model leaves out; and the database has a total only for documents
that have gone through (``TOTALLED``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
Facts = dict[str, Any]
Kinds = dict[str, dict[str, Facts]]

TOTALLED = {"confirmed", "processing", "done", "posted", "paid"}
STATES = {"Open": "active", "Done": "completed"}
UNITS = {"u": "EA", "h": "HUR", "d": "DAY", "m": "MTR", "m²": "MTK", "m³": "MTQ", "kg": "KGM", "t": "TNE", "L": "LTR"}


def of_truth(truth: Mapping[str, Mapping[str, Row]]) -> Kinds:
    """The facts of everything in the database that a subscriber must know of."""
    partners = truth["customer"].keys() | truth["supplier"].keys()
    told = {
        "contact": {key: row for key, row in truth["contact"].items() if str(row["party"]) in partners},
        "account": {key: row for key, row in truth["account"].items() if row["code"]},
        **{kind: _numbered(truth[kind]) for kind in ("sales_order", "sales_invoice", "purchase_invoice")},
    }
    return {kind: {key: facts(row) for key, row in (told.get(kind) or truth[kind]).items()} for kind, facts in ROWS}


def of_events(events: Iterable[Mapping[str, Any]]) -> Kinds:
    """The facts of what exists after the events; of each entity the highest version counts, whatever came last."""
    newest: dict[str, Mapping[str, Any]] = {}
    for event in events:
        known = newest.get(event["subject"])
        if known is None or event["data"]["version"] > known["data"]["version"]:
            newest[event["subject"]] = event
    bodies = dict(BODIES)
    found: Kinds = {kind: {} for kind in bodies}
    for event in newest.values():
        if event["change"] != "deleted":
            body = event["data"]["body"]
            found[event["entity"]][body["source_id"]] = bodies[event["entity"]](body)
    return found


def checksum(facts: Mapping[str, Facts]) -> str:
    """One number for all facts of a kind."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _numbered(rows: Mapping[str, Row]) -> dict[str, Row]:
    return {key: row for key, row in rows.items() if _number_of(row)}


def _number_of(row: Row) -> str | None:
    return row["number"] or (row["reference"] if row.get("type") == "in" else None)


def _exact(value: Any) -> str | None:
    """A number as text, the same for 5, 5.0 and 5.00; 0.1 for a float of 0.1."""
    return None if value is None else format(Decimal(str(value)).normalize() + 0, "f")


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _first(values: list[str]) -> str | None:
    return values[0] if values else None


# ---- from the database


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
        "budget_hours": _exact(row["budget_hours"]),
    }


def _time_row(row: Row) -> Facts:
    return {
        **{name: _text(row[name]) for name in ("employee", "project", "project_task")},
        "date": row["date"],
        "hours": _exact(row["hours"]),
        "comment": row["description"],
    }


def _product_row(row: Row) -> Facts:
    return {
        "number": row["code"] or _text(row["id"]),
        "name": row["name"],
        "kind": row["type"],
        "unit": UNITS[row["unit_symbol"]],
        "active": row["active"],
        "sales_price": _exact(row["sales_price"]),
        "cost_price": _exact(row["cost_price"]),
    }


def _document_row(row: Row) -> Facts:
    return {
        "number": _number_of(row),
        "name": row["description"],
        "state": row["state"],
        "reference": row["reference"],
        "party": _text(row["party"]),
        "date": row.get("sale_date") or row.get("invoice_date"),
        "currency": row["currency"],
        "net": _exact(row["net"]),
        "gross": _exact(row["total"]) if row["state"] in TOTALLED else None,
        "lines": [
            {
                "id": _text(line["id"]),
                "product": _text(line["product"]),
                "account": _text(line.get("account")),
                "description": line["description"],
                **{name: _exact(line[name]) for name in ("quantity", "unit_price", "net")},
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


# ---- from the events


def _id(body: Mapping[str, Any], name: str) -> str | None:
    return (body.get(name) or {}).get("source_id")


def _amount(body: Mapping[str, Any], name: str, part: str = "amount") -> str | None:
    return _exact((body.get(name) or {}).get(part))


def _party_body(body: Mapping[str, Any]) -> Facts:
    names = ("lines", "postal_code", "city", "country")
    return {
        **{name: body.get(name) for name in ("number", "name", "active", "email", "phone")},
        "org_number": (body.get("org_number") or {}).get("value"),
        "addresses": [{name: address.get(name) for name in names} for address in body["addresses"]],
    }


def _contact_body(body: Mapping[str, Any]) -> Facts:
    return {"party": _id(body, "party"), **{name: body.get(name) for name in ("name", "email", "phone", "active")}}


def _employee_body(body: Mapping[str, Any]) -> Facts:
    names = ("number", "name", "start_date", "end_date", "email", "mobile")
    return {**{name: body.get(name) for name in names}, "manager": _id(body, "manager")}


def _project_body(body: Mapping[str, Any]) -> Facts:
    return {
        **{name: body.get(name) for name in ("number", "name", "status")},
        "above": _id(body, "parent"),
        "customer": _id(body, "customer"),
        "budget_hours": _exact(body.get("budget_hours")),
    }


def _task_body(body: Mapping[str, Any]) -> Facts:
    above = _id(body, "parent") or _id(body, "project")
    return {**_project_body(body), "number": body["code"], "above": above}


def _time_body(body: Mapping[str, Any]) -> Facts:
    return {
        **{name: _id(body, name) for name in ("employee", "project", "project_task")},
        "date": body["work_date"],
        "hours": _exact(body["hours"]),
        "comment": body.get("comment"),
    }


def _product_body(body: Mapping[str, Any]) -> Facts:
    return {
        **{name: body.get(name) for name in ("number", "name", "kind", "unit", "active")},
        **{name: _amount(body, name) for name in ("sales_price", "cost_price")},
    }


def _document_body(body: Mapping[str, Any]) -> Facts:
    yours = (body.get("references") or {}).get("yours")
    return {
        **{name: body.get(name) for name in ("number", "name", "currency")},
        "state": body["status_source"],
        "reference": yours or body.get("customer_reference"),
        "party": _id(body, "party"),
        "date": body.get("order_date") or body.get("invoice_date"),
        "net": _amount(body, "net"),
        "gross": _amount(body, "gross") if body["status_source"] in TOTALLED else None,
        "lines": [_line_body(line) for line in sorted(body["lines"], key=lambda line: int(line["line_id"]))],
    }


def _line_body(line: Mapping[str, Any]) -> Facts:
    return {
        "id": line["line_id"],
        "product": _id(line, "product"),
        "account": _id(line, "account"),
        "description": line.get("description"),
        "quantity": _amount(line, "quantity", "value"),
        **{name: _amount(line, name) for name in ("unit_price", "net")},
    }


def _account_body(body: Mapping[str, Any]) -> Facts:
    return {name: body.get(name) for name in ("number", "name", "active")}


def _company_body(body: Mapping[str, Any]) -> Facts:
    return {**{name: body.get(name) for name in ("number", "name", "time_zone")}, "currency": body["base_currency"]}


BODIES = (
    ("company", _company_body),
    ("customer", _party_body),
    ("supplier", _party_body),
    ("contact", _contact_body),
    ("employee", _employee_body),
    ("project", _project_body),
    ("project_task", _task_body),
    ("time_entry", _time_body),
    ("product", _product_body),
    ("sales_order", _document_body),
    ("sales_invoice", _document_body),
    ("purchase_invoice", _document_body),
    ("account", _account_body),
)
