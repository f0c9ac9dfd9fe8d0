"""What ERPNext's documents mean, field by field, from the connector's samples."""

from __future__ import annotations

from connectors.systems.erpnext import CONNECTOR
from tests.support.told_samples import Told, keys

told = Told(CONNECTOR)


def nok(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "NOK"}


def test_a_company_gives_its_dimensions_too() -> None:
    company, departments, centers = told.several("company", "Nordvik Bygg AS")
    assert (company["name"], company["base_currency"], company["country"]) == ("Nordvik Bygg AS", "NOK", "NO")
    assert company["org_number"] == {"value": "923609016", "scheme": "0192", "country": "NO", "valid": True}
    assert (company["locked_until"], company["time_zone"]) == ("2026-08-31", "Europe/Oslo")
    assert [one["source_id"] for one in (departments, centers)] == ["department", "cost_center"]


def test_departments_and_cost_centres_are_values_of_their_dimensions() -> None:
    entities = told("departments", "Concrete - NB")
    assert entities["department"]["source_id"] == "department/Concrete - NB"
    assert (entities["department"]["name"], entities["department"]["kind"]) == ("Concrete", "department")
    assert entities["dimension_value"]["parent"]["source_id"] == "department/Production - NB"
    center = told("cost-centers", "100 - Havnegata - NB")
    assert (center["department"]["code"], center["department"]["kind"]) == ("100", "cost_centre")
    assert center["dimension_value"]["dimension"]["source_id"] == "cost_center"
    assert told("departments", "Old yard - NB")["department"]["active"] is False


def test_an_employee_is_active_until_he_left() -> None:
    employee = told("employees", "HR-EMP-00001")["employee"]
    assert (employee["number"], employee["display_name"], employee["active"]) == ("1001", "Kari Eksempel", True)
    assert employee["department"]["source_id"] == "department/Production - NB"
    assert keys(employee["dims"]) == ["department/Production - NB"]
    assert (employee["start_date"], employee["category"]) == ("2021-08-01", "Full-time")
    assert employee["changed_at"] == "2026-11-02T08:15:30.127001Z"  # 09:15 in Oslo
    left = told("employees", "HR-EMP-00002")["employee"]
    assert (left["number"], left["active"], left["end_date"]) == ("HR-EMP-00002", False, "2026-06-30")
    assert (left["manager"]["source_id"], left["department"], left["dims"]) == ("HR-EMP-00001", None, [])


def test_customers_and_suppliers_are_people_or_companies() -> None:
    customer = told("customers", "Askeheim Eiendom AS")["customer"]
    assert (customer["is_person"], customer["credit_blocked"], customer["active"]) == (False, False, True)
    assert customer["org_number"] == {"value": "974760673", "scheme": "0192", "country": "NO", "valid": True}
    private = told("customers", "CUST-00002")["customer"]
    assert (private["name"], private["is_person"], private["currency"]) == ("Jon Privat", True, "EUR")
    assert (private["credit_blocked"], private["active"], private["org_number"]) == (True, False, None)
    supplier = told("suppliers", "Ola Enkeltmann")["supplier"]
    assert (supplier["is_person"], supplier["credit_blocked"], supplier["currency"]) == (True, True, "NOK")


def test_a_project_is_open_for_time_while_it_is_open() -> None:
    project = told("projects", "PROJ-0001")["project"]
    assert (project["number"], project["name"]) == ("PROJ-0001", "Havnegata 4, new roof")
    assert (project["status"], project["open_for_time"], project["kind"]) == ("active", True, "project")
    assert (project["customer"]["source_id"], project["budget_cost"]) == ("Askeheim Eiendom AS", nok("250000.5"))
    assert keys(project["dims"]) == ["cost_center/100 - Havnegata - NB"]
    done = told("projects", "PROJ-0002")["project"]
    assert (done["status"], done["open_for_time"], done["kind"], done["active"]) == (
        "completed",
        False,
        "internal",
        False,
    )


def test_tasks_of_projects_are_project_tasks() -> None:
    task = told("tasks", "TASK-2026-00001")["project_task"]
    assert (task["project"]["source_id"], task["name"], task["status"]) == ("PROJ-0001", "Tear down old roof", "active")
    assert (task["start"], task["end"], task["budget_hours"]) == ("2026-03-02", "2026-05-31", "160.25")
    inner = told("tasks", "TASK-2026-00002")["project_task"]
    assert (inner["parent"]["source_id"], inner["status"]) == ("TASK-2026-00001", "cancelled")
    assert told("tasks", "TASK-2026-00003") == {}


def test_a_kind_of_work_has_a_rate() -> None:
    activity = told("activities", "Carpentry")["activity"]
    assert activity["default_rate"] == {"amount": "890", "currency": "NOK", "per": "HUR"}
    assert told("activities", "Old work")["activity"]["active"] is False


def test_each_row_of_a_timesheet_is_a_time_entry() -> None:
    first, second, approval = told.several("timesheets", "TS-2026-00001")
    assert (first["source_id"], first["employee"]["source_id"]) == ("3f2a9c11aa", "HR-EMP-00001")
    assert (first["work_date"], first["hours"]) == ("2026-11-02", "7.5")
    assert first["start"] == {"time": "07:00:00", "zone": "Europe/Oslo"}
    assert first["end"] == {"time": "14:30:00", "zone": "Europe/Oslo"}
    assert (first["project"]["source_id"], first["project_task"]["source_id"]) == ("PROJ-0001", "TASK-2026-00001")
    assert (first["activity"]["source_id"], first["customer"]["source_id"]) == ("Carpentry", "Askeheim Eiendom AS")
    assert (first["billable"], first["billable_hours"], first["cost"]) == (True, "7", nok("3564.375"))
    assert first["bill_rate"] == {"amount": "890", "currency": "NOK", "per": "HUR"}
    assert (first["approval"]["state"], first["invoiced"]) == ("approved", False)
    assert (second["hours"], second["billable"], second["billable_hours"]) == ("0.3333", False, "0")
    assert (second["invoiced"], second["invoice"]["source_id"]) == (True, "SINV-26-00001")
    assert (approval["from"], approval["to"], approval["state"]) == ("2026-11-02", "2026-11-03", "approved")


def test_a_draft_is_not_approved_and_a_cancelled_one_has_no_hours() -> None:
    entry, approval = told.several("timesheets", "TS-2026-00002")
    assert (entry["approval"]["state"], approval["state"]) == ("draft", "draft")
    assert (entry["project"], entry["activity"], entry["end"], entry["customer"]) == (None, None, None, None)
    assert told("timesheets", "TS-2026-00003") == {}
    assert told("timesheets", "TS-2026-00004") == {}


def test_items_are_goods_services_and_equipment() -> None:
    tile, hour, crane = (told("items", key)["product"] for key in ("TILE-1", "HOUR", "CRANE"))
    assert [one["kind"] for one in (tile, hour, crane)] == ["goods", "service", "equipment"]
    assert [one["unit"] for one in (tile, hour, crane)] == ["EA", "HUR", "Box"]
    assert (tile["sales_price"]["amount"], crane["active"]) == ("12.905", False)


def test_an_order_has_amounts_in_both_currencies() -> None:
    order = told("sales-orders", "SO-26-00001")["sales_order"]
    assert (order["order_date"], order["delivery_date"], order["status"]) == ("2026-10-20", "2026-11-30", "confirmed")
    assert (order["net"], order["vat"], order["gross"]) == (nok("17800"), nok("4450"), nok("22250"))
    (line,) = order["lines"]
    assert (line["net"], line["unit_price"]["amount"], line["discount_percent"]) == (nok("17800"), "712", "20")
    assert (line["project"]["source_id"], keys(line["dims"])) == ("PROJ-0001", ["cost_center/100 - Havnegata - NB"])
    foreign = told("sales-orders", "SO-26-00002")["sales_order"]
    assert (foreign["gross"]["currency"], foreign["gross_company"], foreign["exchange_rate"]) == (
        "EUR",
        nok("1.52"),
        "11.7025",
    )
    assert (foreign["status"], foreign["lines"]) == ("cancelled", [])


def test_an_invoice_shows_what_is_outstanding_in_its_own_currency_only() -> None:
    invoice = told("sales-invoices", "SINV-26-00001")["sales_invoice"]
    assert (invoice["document_type"], invoice["status"], invoice["remaining"]) == ("invoice", "part_paid", nok("10000"))
    assert (invoice["invoice_date"], invoice["due_date"]) == ("2026-11-01", "2026-11-15")
    assert invoice["references"] == {"purchase_order": "PO 4711"}
    assert invoice["lines"][0]["account"]["source_id"] == "3000 - Sales - NB"
    foreign = told("sales-invoices", "SINV-26-00003")["sales_invoice"]
    assert (foreign["remaining"], foreign["rounding"]) == (None, {"amount": "0.25", "currency": "EUR"})


def test_a_return_is_a_negative_credit_note() -> None:
    note = told("sales-invoices", "SINV-26-00002")["sales_invoice"]
    assert (note["document_type"], note["credits"]["source_id"]) == ("credit_note", "SINV-26-00001")
    assert (note["net"], note["gross"], note["lines"][0]["net"]) == (nok("-890"), nok("-1112.5"), nok("-890"))


def test_a_bill_has_the_suppliers_number_and_date() -> None:
    bill = told("purchase-invoices", "PINV-26-00001")["purchase_invoice"]
    assert (bill["invoice_date"], bill["references"], bill["status"]) == ("2026-10-30", {"yours": "F-77"}, "booked")
    assert (bill["lines"][0]["product"], bill["lines"][0]["account"]["source_id"]) == (None, "4000 - Goods - NB")
    returned = told("purchase-invoices", "PINV-26-00002")["purchase_invoice"]
    assert (returned["invoice_date"], returned["gross"]) == ("2026-11-01", nok("-125"))


def test_accounts_without_number_are_known_by_name() -> None:
    assert told("accounts", "3000 - Sales - NB")["account"]["number"] == "3000"
    debtors = told("accounts", "Debtors - NB")["account"]
    assert (debtors["number"], debtors["kind"], debtors["active"]) == ("Debtors - NB", "asset", False)
    assert told("accounts", "Assets - NB") == {}


def test_debit_is_positive_and_cancelled_entries_are_none() -> None:
    debtor, income, creditor, advance = (
        told("ledger-entries", f"ACC-GLE-2026-0000{n}")["ledger_entry"] for n in (1, 2, 3, 4)
    )
    assert (debtor["amount_company"], debtor["party"]["entity"]) == (nok("22250"), "customer")
    assert (income["amount_company"], income["project"]["source_id"]) == (nok("-17800.1"), "PROJ-0001")
    assert (creditor["amount_company"], creditor["amount"]) == (nok("-7312.5"), {"amount": "-625", "currency": "EUR"})
    assert (creditor["party"]["entity"], advance["employee"]["source_id"]) == ("supplier", "HR-EMP-00001")
    assert (advance["party"], advance["currency"]) == (None, "NOK")
    assert told("ledger-entries", "ACC-GLE-2026-00005") == {}
