"""Hours of Fortnox Tid, and what its payroll has of attendance, absence and other pay.

Hours that Tid sends on to the payroll show in both: as time entries there, as wage lines and absences here.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from connectors.rules import Worked, decimal, hours, local_time, money, present, price, quantity, ref, text
from connectors.rules.streams import of
from connectors.rules.values import getter, known, refuse
from connectors.systems.fortnox.mapping.common import BOOK, ZONE, dims, numbered
from connectors.systems.fortnox.mapping.wage_codes import OVERTIME
from schemas.mapping import Constant, EntityMapping, MappingContext, Rule
from schemas.pages import Record


def _kind(record: Record, context: MappingContext) -> str:
    code = record.get("registrationCode") or {}
    if code.get("type") == "ABSENCE":
        return "absence"
    name = code.get("code")
    return "overtime" if name in OVERTIME else "travel" if name == "RES" else "normal"


def _billable(record: Record, context: MappingContext) -> bool:
    return not record.get("nonInvoiceable") and _kind(record, context) != "absence"


def _wall_time(path: str) -> Worked:
    """A stamp that names its zone is moved to the company's; others are taken as they are."""
    get, zone = getter(path), getter(ZONE)

    def find(record: Record, context: MappingContext) -> Any:
        found = get(record, context)
        if not known(found):
            return found
        try:
            stamp = dt.datetime.fromisoformat(found)
        except (TypeError, ValueError):
            refuse("a stamp such as 2026-03-31T08:00:00")
        if stamp.tzinfo is not None:
            stamp = stamp.astimezone(ZoneInfo(zone(record, context)))
        return stamp.replace(tzinfo=None).isoformat()

    return Worked("wall_time", (path,), find)


def _document(kind: str) -> Worked:
    """The number of the document that the hours are on, where it is of the kind."""

    def find(record: Record, context: MappingContext) -> Any:
        return record.get("documentId") if record.get("documentType") == kind else None

    return Worked("document", ("documentId", "documentType"), find)


_TIME_ENTRY = EntityMapping(
    entity="time_entry",
    fields={
        "employee": ref("employee", "userId", "userId"),
        "work_date": "workedDate",
        "hours": hours("workedHours"),
        "start": local_time(_wall_time("startTime"), ZONE),
        "end": local_time(_wall_time("stopTime"), ZONE),
        "project": numbered("project", "project.id"),
        "activity": numbered("activity", "service.id"),
        "customer": ref("customer", "customer.number", "customer.number"),
        "order": ref("sales_order", _document("order"), _document("order")),
        "wage_code": ref("wage_code", "registrationCode.code", "registrationCode.code"),
        "kind": Worked("kind", ("registrationCode.type", "registrationCode.code"), _kind),
        "billable": Worked("billable", ("nonInvoiceable", "registrationCode.type"), _billable),
        "billable_hours": hours("chargeHours"),
        "bill_rate": price("unitPrice", BOOK, Constant("HUR")),
        "cost_rate": price("unitCost", BOOK, Constant("HUR")),
        "locked": present("invoiceBasisId"),
        "invoiced": present("documentId"),
        "invoice": ref("sales_invoice", _document("invoice"), _document("invoice")),
        "comment": text("invoiceText"),
        "internal_note": text("note"),
        "dims": dims("costCenter.id"),
    },
)

_PAY: dict[str, Rule] = {
    "employee": ref("employee", "EmployeeId", "EmployeeId"),
    "date": "Date",
    "project": numbered("project", "Project"),
    "dims": dims(),
}

_ATTENDANCE = EntityMapping(
    entity="wage_line",
    fields={
        **_PAY,
        "wage_code": numbered("wage_code", "CauseCode"),
        "quantity": quantity("Hours", Constant("HUR")),
    },
)

_SALARY = EntityMapping(
    entity="wage_line",
    fields={
        **_PAY,
        "wage_code": numbered("wage_code", "SalaryCode"),
        "quantity": quantity("Number"),
        "rate": price("Amount", BOOK),
        "amount": money("Total", BOOK),
        "text": text("TextRow"),
    },
)

_ABSENCE = EntityMapping(
    entity="absence",
    fields={
        "employee": _PAY["employee"],
        "from": "Date",
        "to": "Date",
        "hours": hours("Hours"),
        "percent": decimal("Extent", 6),
        "code": text("CauseCode"),
        "wage_code": numbered("wage_code", "CauseCode"),
        "project": _PAY["project"],
    },
)

MAPPINGS = {
    "time-registrations": of(_TIME_ENTRY),
    "attendance": of(_ATTENDANCE),
    "salary-transactions": of(_SALARY),
    "absence": of(_ABSENCE),
}
