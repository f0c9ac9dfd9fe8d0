"""Tryton's settings and streams, as data. Models and fields: https://docs.tryton.org/latest/, modules of
the same names.

A record does not move when something changes that it only shows: a party when its address does, an employee when his
party does, a project when the address of its site does (seen on 8.2.1). Such edits are watched by streams of their
own, without entities, that ask for the other side's stamp and have the record read again. A child that was deleted by
itself, not through its parent, leaves no such trace; a full scan sees it.
"""

from __future__ import annotations

from datetime import timedelta

from connectors.increment import Increment
from connectors.spec import ConnectorSpec, StreamSpec
from connectors.systems.tryton.scopes import ABOVE
from connectors.systems.tryton.settings import SETTINGS

_STAMP = "last_modified_at"
_CHANGED = Increment(field=_STAMP, ordered=True)


def _under(path: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{path}.{name}" for name in names)


def _stream(name: str, resource: str, fields: tuple[str, ...], *entities: str) -> StreamSpec:
    return StreamSpec(
        name=name,
        resource=resource,
        entities=entities,
        fields=("id", _STAMP, *fields),
        increment=_CHANGED,
        deletes="keys",
        page_size=500,
        lookup_size=200,
    )


def _watch(name: str, resource: str, refreshes: str, shown: str, stamp: str = _STAMP) -> StreamSpec:
    """A stream that only tells that ``refreshes`` must read a record again; ``shown`` is where its key is."""
    return StreamSpec(
        name=name,
        resource=resource,
        fields=("id", shown, stamp) if shown != "id" else ("id", stamp),
        increment=Increment(field=stamp, ordered=True),
        deletes="none",
        refreshes=(refreshes,),
        page_size=1_000,
    )


_ADDRESS = ("street", "postal_code", "city", "country.code", "party_name", "attn", "active", "invoice", "delivery")
_LINE = (
    *("type", "sequence", "description", "quantity", "unit.symbol", "unit.name", "unit_price", "amount"),
    *("product.code", "taxes.name", "taxes.rate", "taxes.type"),
)
_DOCUMENT = (
    *("number", "reference", "description", "state", "party.code", "currency.code"),
    *("company.currency.code", "untaxed_amount", "tax_amount", "total_amount", "create_date"),
)

_COMPANY = (
    *("party.name", "party.code", "party.identifiers.type", "party.identifiers.code"),
    *("party.addresses.country.code", "currency.code", "timezone"),
)
_PARTY = (
    *("name", "full_name", "code", "active", "categories.name", "customer_currency.code"),
    *_under("addresses", *_ADDRESS),
    *_under("identifiers", "type", "code", "active"),
    *_under("contact_mechanisms", "type", "value", "name", "active", "invoice"),
)
_CONTACT = ("type", "value", "name", "comment", "active", "party.code", "party.categories.name")
_EMPLOYEE = (
    *_under("party", "name", "code", "email", "mobile"),
    *("supervisor.party.code", "start_date", "end_date", "active"),
)
_WORK = (
    *("name", "number", "comment", "path", "party.code", "status.name", "effort_duration", "timesheet_available"),
    *ABOVE,
    *_under("party_address", *_ADDRESS[:5]),
)
_TIME = ("date", "duration", "employee.party.code", "work.origin", "work.name", "description")
_ACTIVITY = ("name", "origin", "timesheet_start_date", "timesheet_end_date")
_PRODUCT = (
    *("name", "code", "active", "description", "list_price_used", "cost_price"),
    *_under("template", "code", "type", "active", "default_uom.symbol", "default_uom.name", "list_price"),
    *_under("template.list_prices", "company.currency.code"),
    *_under("identifiers", "type", "code"),
)
_SALE = (*_DOCUMENT, "sale_date", "quotation_date", "shipping_date", *_under("lines", *_LINE))
_INVOICE = (
    *_DOCUMENT,
    *("type", "invoice_date", "accounting_date", "amount_to_pay", "lines_to_pay.maturity_date", "sales.number"),
    *("origin_invoices.number", "customer_payment_reference", "supplier_payment_reference"),
    *_under("lines", *_LINE, "account.code"),
)
_ACCOUNT = (
    *("code", "name", "closed"),
    *_under("type", "statement", "assets", "receivable", "stock", "payable", "debt", "revenue", "expense"),
)

SPEC = ConnectorSpec(
    system="tryton",
    title="Tryton",
    settings=SETTINGS,
    streams=(
        _stream("companies", "company.company", _COMPANY, "company").model_copy(
            update={"deletes": "scan", "deletes_every": timedelta(hours=1)}
        ),
        _watch("addresses", "party.address", "parties", "party"),
        _watch("identifiers", "party.identifier", "parties", "party"),
        _stream("contacts", "party.contact_mechanism", _CONTACT, "contact").model_copy(
            update={"refreshes": ("parties",)}
        ),
        _stream("parties", "party.party", _PARTY, "customer", "supplier"),
        _watch("employee-parties", "company.employee", "employees", "id", f"party.{_STAMP}"),
        _stream("employees", "company.employee", _EMPLOYEE, "employee"),
        _watch("project-sites", "project.work", "project-works", "id", f"party_address.{_STAMP}"),
        _stream("project-works", "project.work", _WORK, "project", "project_task"),
        _stream("activities", "timesheet.work", _ACTIVITY, "activity"),
        _stream("time-entries", "timesheet.line", _TIME, "time_entry"),
        _watch("product-templates", "product.product", "products", "id", f"template.{_STAMP}"),
        _stream("products", "product.product", _PRODUCT, "product"),
        _watch("sale-lines", "sale.line", "sales-orders", "sale"),
        _stream("sales-orders", "sale.sale", _SALE, "sales_order"),
        _watch("invoice-lines", "account.invoice.line", "invoices", "invoice"),
        _stream("invoices", "account.invoice", _INVOICE, "sales_invoice", "purchase_invoice"),
        _stream("accounts", "account.account", _ACCOUNT, "account"),
    ),
)
