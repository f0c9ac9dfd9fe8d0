"""What Tryton really has, read from its own SQLite file by SQL: past its API, past our connector.

``read(file)`` gives, for each kind, ``{source id: fields}``; the ids are the model's numbers as text.

Which rows count (table names are the model names with underscores; ``party_party-party_category`` has a hyphen):

- company: ``company_company`` with its party's name.
- party: every ``party_party``: partners, the company's own party, a party per employee.
- customer, supplier: parties with a row in ``party_party-party_category`` for the ``party_category`` named
  "Customer" or "Supplier". A party may be both (it is in both kinds, under the same id) or neither.
- contact: ``party_contact_mechanism`` with a name, which is the name of a person at the party.
- employee: ``company_employee``; the names and mechanisms are the party's.
- project, project_task: ``project_work`` by its column ``type`` (project, task); a project may be below a project.
- time_entry: ``timesheet_line``. Its work is a ``timesheet_work``, whose ``origin`` is "project.work,<id>":
  of a project or of a task; then the project is the task's parent.
- product: ``product_product`` (the variant, to which documents refer); name, unit, type and list price are those
  of ``product_template``, prices per company in ``product_list_price`` and ``product_cost_price``.
- sales_order: ``sale_sale`` with ``sale_line``. sales_invoice, purchase_invoice: ``account_invoice`` with type
  "out" or "in" (credit notes among them: negative quantities) with ``account_invoice_line``.
- account: ``account_account``, the root included, which has no code.

How SQLite has the values: numeric columns are BLOBs that hold the decimal's text (b"26652.00"), quantities are
REAL, booleans 0 and 1, dates and instants text in UTC without a zone, intervals INTEGER or REAL seconds. Archived
rows have ``active`` 0 and are included here. The totals of a draft are not stored (the ``_cache`` columns are NULL), so
``net`` is always summed from the lines, each rounded to cents, half to even; ``total`` is None while not stored.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

Record = dict[str, Any]
Kind = dict[str, Record]
CENT = Decimal("0.01")

QUERIES = {
    "company": """
        SELECT company.id, party.name, party.code, currency.code AS currency, company.timezone, company.party
        FROM company_company AS company JOIN party_party AS party ON party.id = company.party
        JOIN currency_currency AS currency ON currency.id = company.currency""",
    "party": "SELECT id, name, code, active FROM party_party",
    "contact": """
        SELECT id, party, name, type, value, active FROM party_contact_mechanism
        WHERE name IS NOT NULL AND name <> ''""",
    "employee": """
        SELECT employee.id, employee.party, party.name, party.code AS number, employee.company,
            employee.start_date, employee.end_date, employee.supervisor
        FROM company_employee AS employee JOIN party_party AS party ON party.id = employee.party""",
    "work": """
        SELECT work.id, work.name, work.number, work.type, work.company, work.party, work.parent,
            status.name AS status, work.progress, work.effort_duration, work.comment
        FROM project_work AS work JOIN project_work_status AS status ON status.id = work.status""",
    "time_entry": """
        SELECT line.id, line.employee, line.date, line.duration, line.description, line.company, work.origin
        FROM timesheet_line AS line JOIN timesheet_work AS work ON work.id = line.work""",
    "product": """
        SELECT product.id, product.template, product.code, template.name, template.type, unit.name AS unit,
            unit.symbol AS unit_symbol, product.active AND template.active AS active,
            (SELECT list_price FROM product_list_price AS price WHERE price.template = template.id) AS sales_price,
            (SELECT cost_price FROM product_cost_price AS cost WHERE cost.product = product.id) AS cost_price
        FROM product_product AS product JOIN product_template AS template ON template.id = product.template
        JOIN product_uom AS unit ON unit.id = template.default_uom""",
    "sales_order": """
        SELECT sale.id, sale.number, sale.reference, sale.description, sale.state, sale.party, sale.sale_date,
            currency.code AS currency, sale.total_amount_cache AS total
        FROM sale_sale AS sale JOIN currency_currency AS currency ON currency.id = sale.currency""",
    "invoice": """
        SELECT invoice.id, invoice.type, invoice.number, invoice.reference, invoice.description, invoice.state,
            invoice.party, invoice.invoice_date, currency.code AS currency, invoice.total_amount_cache AS total
        FROM account_invoice AS invoice JOIN currency_currency AS currency ON currency.id = invoice.currency""",
    "account": """
        SELECT account.id, account.code, account.name, account.closed, account.parent, type.name AS type
        FROM account_account AS account LEFT JOIN account_account_type AS type ON type.id = account.type""",
    "category": """
        SELECT link.id, link.party, category.name AS category
        FROM "party_party-party_category" AS link JOIN party_category AS category ON category.id = link.category""",
    "mechanism": """
        SELECT id, party, type, value FROM party_contact_mechanism WHERE active = 1
        ORDER BY sequence IS NULL, sequence, id""",
    "identifier": "SELECT id, party, type, code FROM party_identifier WHERE active = 1 ORDER BY id",
    "address": """
        SELECT address.id, address.party, address.party_name, address.street_unstructured AS street,
            address.postal_code, address.city, country.code AS country
        FROM party_address AS address LEFT JOIN country_country AS country ON country.id = address.country
        WHERE address.active = 1 ORDER BY address.sequence IS NULL, address.sequence, address.id""",
    "sale_line": """
        SELECT line.id, line.sale AS parent, line.type, line.product, line.description, line.quantity,
            line.unit_price, unit.name AS unit
        FROM sale_line AS line LEFT JOIN product_uom AS unit ON unit.id = line.unit ORDER BY line.id""",
    "invoice_line": """
        SELECT line.id, line.invoice AS parent, line.type, line.product, line.account, line.description,
            line.quantity, line.unit_price, unit.name AS unit
        FROM account_invoice_line AS line LEFT JOIN product_uom AS unit ON unit.id = line.unit ORDER BY line.id""",
}


def read(file: Path) -> dict[str, Kind]:
    """All kinds of the database as it is committed now; the server may be running."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        connection.execute("BEGIN")  # one state for all queries
        rows = {name: _rows(connection, query) for name, query in QUERIES.items()}
    parties = _parties(rows)
    works = {row["id"]: row for row in rows["work"]}
    orders = _with_lines(rows["sales_order"], rows["sale_line"])
    invoices = _with_lines(rows["invoice"], rows["invoice_line"])
    return {
        "company": _by_id(rows["company"]),
        "party": _by_id(parties),
        "customer": _by_id(party for party in parties if "Customer" in party["categories"]),
        "supplier": _by_id(party for party in parties if "Supplier" in party["categories"]),
        "contact": _by_id(rows["contact"]),
        "employee": _by_id(_employees(rows["employee"], {party["id"]: party for party in parties})),
        "project": _by_id(_work(row) for row in rows["work"] if row["type"] == "project"),
        "project_task": _by_id(_work(row) for row in rows["work"] if row["type"] == "task"),
        "time_entry": _by_id(_time_entry(row, works) for row in rows["time_entry"]),
        "product": _by_id(rows["product"]),
        "sales_order": _by_id(orders),
        "sales_invoice": _by_id(row for row in invoices if row["type"] == "out"),
        "purchase_invoice": _by_id(row for row in invoices if row["type"] == "in"),
        "account": _by_id(rows["account"]),
    }


def counts(truth: dict[str, Kind]) -> dict[str, int]:
    """How many of each kind."""
    return {kind: len(records) for kind, records in truth.items()}


def _rows(connection: sqlite3.Connection, query: str) -> list[Record]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [{name: _value(name, value) for name, value in zip(names, row, strict=True)} for row in cursor]


def _value(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return Decimal(value.decode("ascii"))
    if name in ("active", "closed"):
        return bool(value)
    return value


def _by_id(rows: Iterable[Record]) -> Kind:
    return {str(row["id"]): row for row in rows}


def _grouped(rows: Iterable[Record], key: str) -> defaultdict[Any, list[Record]]:
    groups: defaultdict[Any, list[Record]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def _parties(rows: dict[str, list[Record]]) -> list[Record]:
    categories, mechanisms, identifiers, addresses = (
        _grouped(rows[name], "party") for name in ("category", "mechanism", "identifier", "address")
    )

    def values(party: int, type: str) -> list[str]:
        return [row["value"] for row in mechanisms[party] if row["type"] == type]

    return [
        {
            **row,
            "categories": sorted(link["category"] for link in categories[row["id"]]),
            "emails": values(row["id"], "email"),
            "phones": values(row["id"], "phone"),
            "mobiles": values(row["id"], "mobile"),
            "identifiers": [(item["type"], item["code"]) for item in identifiers[row["id"]]],
            "addresses": addresses[row["id"]],
        }
        for row in rows["party"]
    ]


def _employees(rows: list[Record], parties: dict[int, Record]) -> list[Record]:
    return [{**row, **{key: parties[row["party"]][key] for key in ("emails", "phones", "mobiles")}} for row in rows]


def _work(row: Record) -> Record:
    return {**row, "budget_hours": _hours(row["effort_duration"])}


def _time_entry(row: Record, works: dict[int, Record]) -> Record:
    model, _, id = row["origin"].partition(",")
    if model != "project.work":
        raise AssertionError(f"timesheet line {row['id']} is on {row['origin']}, which is no project work")
    work = works[int(id)]
    is_task = work["type"] == "task"
    return {
        **row,
        "hours": _hours(row["duration"]),
        "project": work["parent"] if is_task else work["id"],
        "project_task": work["id"] if is_task else None,
    }


def _hours(seconds: float | None) -> Decimal | None:
    return None if seconds is None else Decimal(str(seconds)) / 3600


def _with_lines(documents: list[Record], lines: list[Record]) -> list[Record]:
    groups = _grouped((_line(line) for line in lines), "parent")
    return [
        {
            **document,
            "lines": groups[document["id"]],
            "net": sum((line["net"] for line in groups[document["id"]]), Decimal(0)),
        }
        for document in documents
    ]


def _line(row: Record) -> Record:
    quantity = Decimal(str(row["quantity"] or 0))
    net = (quantity * (row["unit_price"] or Decimal(0))).quantize(CENT, ROUND_HALF_EVEN)
    return {**row, "quantity": quantity, "net": net}
