"""Fills an empty Tryton database with the made-up construction company. Run by ``launch`` in Tryton's environment.

    seed CONFIG_FILE DATABASE SIZES_AS_JSON RESULT_FILE

The result file is JSON: company (id), rest_key, seconds (of each step). Not to be run twice on one database.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pipeline.local.tryton.inside import company, parties, products, projects, shortcuts, trade
from pipeline.local.tryton.inside.session import Session
from pipeline.local.tryton.sizes import Sizes


def main() -> None:
    """Run the steps in the order in which they need each other."""
    config_file, database, sizes_json, result_file = sys.argv[1:]
    shortcuts.take()
    session = Session(database, config_file)
    result = fill(session, Sizes.from_json(sizes_json))
    Path(result_file).write_text(json.dumps(result), encoding="utf-8")


def fill(session: Session, sizes: Sizes) -> dict[str, object]:
    """Everything; returns what the result file says."""
    with session.timed("company"):
        books = company.create(session)
        key = company.rest_key(session)
    with session.timed("parties"):
        partners = parties.create(session, books, sizes.parties)
    with session.timed("products"):
        goods = products.create(session, books, sizes.products)
    with session.timed("employees"):
        employees = parties.create_employees(session, books, sizes.employees)
    with session.timed("projects"):
        works = projects.create(session, books, partners.customers, sizes)
    with session.timed("timesheet lines"):
        projects.create_time(session, books, employees, works, sizes.timesheet_lines)
    documents = trade.Trade(session, books, partners, goods)
    with session.timed("sales orders"):
        trade.create_sales(documents, sizes.sales_orders)
    with session.timed("customer invoices"):
        trade.create_customer_invoices(documents, sizes.customer_invoices)
    with session.timed("supplier invoices"):
        trade.create_supplier_invoices(documents, sizes.supplier_invoices)
    return {"company": books.company, "rest_key": key, "seconds": session.seconds}


if __name__ == "__main__":
    main()
