"""The facts of the bodies of Information events; see ``facts``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.facts_rows import TOTALLED, Facts, exact


def _id(body: Mapping[str, Any], name: str) -> str | None:
    return (body.get(name) or {}).get("source_id")


def _amount(body: Mapping[str, Any], name: str, part: str = "amount") -> str | None:
    return exact((body.get(name) or {}).get(part))


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
        "budget_hours": exact(body.get("budget_hours")),
    }


def _task_body(body: Mapping[str, Any]) -> Facts:
    above = _id(body, "parent") or _id(body, "project")
    return {**_project_body(body), "number": body["code"], "above": above}


def _time_body(body: Mapping[str, Any]) -> Facts:
    return {
        **{name: _id(body, name) for name in ("employee", "project", "project_task")},
        "date": body["work_date"],
        "hours": exact(body["hours"]),
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
