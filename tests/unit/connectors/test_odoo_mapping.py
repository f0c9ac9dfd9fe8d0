"""What Odoo's records mean, field by field, from the connector's samples."""

from __future__ import annotations

import pytest

from connectors.systems.odoo import CONNECTOR
from schemas.mapping import FollowUpRule
from tests.support.told_samples import Told, keys

told = Told(CONNECTOR, employee_number="barcode")


def nok(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "NOK"}


def test_a_company_gives_its_dimensions_too() -> None:
    company, departments, analytic = told.several("companies", 1)
    assert company["name"] == "Nordvik Bygg AS"
    assert company["org_number"] == {"value": "923609016", "scheme": "0192", "country": "NO", "valid": True}
    assert (company["base_currency"], company["country"], company["time_zone"]) == ("NOK", "NO", "Europe/Oslo")
    assert company["locked_until"] == "2026-08-31"
    assert (departments["source_id"], departments["kind"]) == ("department", "department")
    assert (analytic["source_id"], analytic["kind"]) == ("analytic", "free")


def test_a_department_is_a_value_of_its_dimension_too() -> None:
    entities = told("departments", 5)
    assert (entities["department"]["code"], entities["department"]["name"]) == ("5", "Concrete")
    assert entities["department"]["manager"] is None
    value = entities["dimension_value"]
    assert (value["source_id"], value["parent"]["source_id"]) == ("department/5", "department/4")


def test_an_analytic_account_without_code_is_known_by_its_id() -> None:
    assert told("analytic-accounts", 12)["dimension_value"]["code"] == "P-1001"
    assert told("analytic-accounts", 13)["dimension_value"]["code"] == "13"
    assert told("analytic-accounts", 14)["dimension_value"]["active"] is False


def test_an_employee_has_the_number_that_the_connection_names() -> None:
    employee = told("employees", 7)["employee"]
    assert (employee["number"], employee["display_name"]) == ("1007", "Kari Eksempel")
    assert (employee["email"], employee["mobile"]) == ("kari@nordvik.example", "+47 00 00 00 07")
    assert (employee["department"]["source_id"], keys(employee["dims"])) == ("4", ["department/4"])
    assert (employee["kind"], employee["active"], employee["manager"]) == ("employee", True, None)
    assert Told(CONNECTOR)("employees", 7)["employee"]["number"] == "7"


def test_a_freelancer_without_mobile_is_a_contractor_with_a_phone() -> None:
    employee = told("employees", 8)["employee"]
    assert (employee["number"], employee["kind"], employee["mobile"]) == ("8", "contractor", "+47 00 00 00 08")
    assert (employee["email"], employee["manager"]["source_id"]) == (None, "7")
    assert {"start_date", "national_id", "first_name"} <= set(employee["unknown"])


def test_a_partner_with_a_customers_rank_is_a_customer() -> None:
    entities = told("partners", 20)
    assert list(entities) == ["customer"]
    customer = entities["customer"]
    assert (customer["number"], customer["name"], customer["is_person"]) == ("10020", "Askeheim Eiendom AS", False)
    assert customer["org_number"] == {"value": "974760673", "scheme": "0192", "country": "NO", "valid": True}
    assert customer["vat_number"] == "NO974760673MVA"
    assert customer["addresses"] == [
        {"kind": "postal", "lines": ["Havnegata 35", "2. etasje"], "postal_code": "5003", "city": "Bergen",
         "country": "NO"}
    ]  # fmt: skip
    assert customer["same_party_as"] is None


def test_a_partner_with_both_ranks_is_told_twice() -> None:
    entities = told("partners", 21)
    assert list(entities) == ["customer", "supplier"]
    assert (entities["customer"]["number"], entities["customer"]["email"]) == ("21", None)
    assert entities["customer"]["same_party_as"]["id"] == entities["supplier"]["id"]
    assert entities["supplier"]["same_party_as"]["id"] == entities["customer"]["id"]


def test_people_at_companies_are_contacts_and_delivery_addresses_are_nothing() -> None:
    contact = told("partners", 22)["contact"]
    assert (contact["party"]["entity"], contact["party"]["source_id"]) == ("customer", "20")
    assert (contact["name"], contact["title"]) == ("Siri Kontakt", "Site manager")
    assert told("partners", 23) == {}
    assert told("partners", 25)["contact"]["party"]["entity"] == "supplier"


def test_a_project_is_open_for_time_while_it_is_active_and_has_timesheets() -> None:
    project = told("projects", 30)["project"]
    assert (project["number"], project["name"]) == ("30", "Havnegata 4, new roof")
    assert (project["customer"]["source_id"], keys(project["dims"])) == ("20", ["analytic/12"])
    assert (project["status"], project["open_for_time"], project["kind"]) == ("active", True, "project")
    assert (project["start_date"], project["end_date"], project["budget_hours"]) == (
        "2026-03-01", "2026-12-15", "1200.5",
    )  # fmt: skip
    assert "parent" in project["unknown"]
    internal, old = told("projects", 31)["project"], told("projects", 32)["project"]
    assert (internal["kind"], internal["open_for_time"], internal["customer"]) == ("internal", False, None)
    assert (old["status"], old["open_for_time"], old["active"]) == ("archived", False, False)


def test_a_task_ends_on_the_companys_day_of_its_deadline() -> None:
    task = told("tasks", 40)["project_task"]
    assert (task["project"]["source_id"], task["code"], task["name"]) == ("30", "40", "Tear down old roof")
    assert (task["status"], task["end"], task["budget_hours"]) == ("active", "2026-06-01", "160.25")
    inner = told("tasks", 41)["project_task"]
    assert (inner["parent"]["source_id"], inner["status"], inner["end"]) == ("40", "completed", None)


def test_a_timesheet_line_is_a_time_entry() -> None:
    entry = told("time-entries", 50)["time_entry"]
    assert (entry["employee"]["source_id"], entry["work_date"], entry["hours"]) == ("7", "2026-11-02", "7.5")
    assert (entry["project"]["source_id"], entry["project_task"]["source_id"]) == ("30", "40")
    assert (entry["customer"]["source_id"], entry["cost"]) == ("20", nok("3562.5"))
    assert (entry["approval"]["state"], entry["invoiced"], entry["invoice"]["source_id"]) == ("approved", True, "80")
    assert entry["comment"] == "Scaffolding on the west side"
    assert keys(entry["dims"]) == ["department/4", "analytic/12"]
    assert entry["changed_at"] == "2026-11-02T16:01:07Z"


def test_a_correction_is_negative_and_a_slash_is_no_comment() -> None:
    entry = told("time-entries", 51)["time_entry"]
    assert (entry["hours"], entry["comment"], entry["invoiced"], entry["dims"]) == ("0.3333", None, False, [])
    correction = told("time-entries", 52)["time_entry"]
    assert (correction["hours"], correction["cost"]) == ("-2", nok("-800.1"))
    assert "invoiced" not in correction
    assert "approval" not in correction


def test_days_need_the_hours_of_a_day() -> None:
    days = {"product_uom_id": [5, "Days"], "unit_amount": 0.5}
    reject = told.result("time-entries", 50, **days).reject
    assert reject is not None
    assert "hours_per_day" in reject.reason
    assert Told(CONNECTOR, hours_per_day="7.5")("time-entries", 50, **days)["time_entry"]["hours"] == "3.75"


def test_hours_counted_in_pieces_are_refused() -> None:
    reject = told.result("time-entries", 50, product_uom_id=[1, "Units"]).reject
    assert reject is not None
    assert (reject.field, reject.error) == ("hours", "Rejected")


def test_a_product_has_a_vat_code_where_there_is_a_single_tax() -> None:
    product = told("products", 60)["product"]
    assert (product["number"], product["kind"], product["unit"]) == ("H-10", "service", "HUR")
    assert product["sales_price"] == {"amount": "890", "currency": "NOK", "per": "HUR"}
    assert product["cost_price"] == {"amount": "475.25", "currency": "NOK", "per": "HUR"}
    assert product["vat_code"]["source_id"] == "3"
    tile = told("products", 61)["product"]
    assert (tile["number"], tile["unit"], tile["gtin"], tile["vat_code"]) == ("61", "EA", "7038010000010", None)
    assert tile["sales_price"]["amount"] == "12.905"


def test_taxes_in_per_cent_are_vat_codes() -> None:
    tax = told("taxes", 4)["vat_code"]
    assert (tax["code"], tax["rate_percent"], tax["direction"]) == ("4", "15", "input")
    assert told("taxes", 5) == {}


@pytest.mark.parametrize(
    ("key", "number", "kind", "tax"),
    [
        (70, "3000", "income", "3"),
        (71, "1500", "asset", None),
        (72, "9999", "other", None),
        (73, "2400", "liability", None),
    ],
)
def test_accounts_have_a_kind(key: int, number: str, kind: str, tax: str | None) -> None:
    account = told("accounts", key)["account"]
    assert (account["number"], account["kind"]) == (number, kind)
    assert (account["vat_code"] and account["vat_code"]["source_id"]) == tax


def test_an_order_has_the_companys_day_and_its_lines() -> None:
    order = told("sales-orders", 75)["sales_order"]
    assert (order["number"], order["party"]["source_id"], order["order_date"]) == ("S00075", "20", "2026-10-20")
    assert (order["delivery_date"], order["status"]) == ("2026-11-30", "confirmed")
    assert (order["net"], order["vat"], order["gross"]) == (nok("17800"), nok("4450"), nok("22250"))
    assert order["customer_reference"] == "PO 4711"
    heading, work = order["lines"]
    assert (heading["kind"], heading["net"]) == ("text", nok("0"))
    assert (work["product"]["source_id"], work["quantity"]["value"], work["quantity"]["unit"]) == ("60", "25", "HUR")
    assert (work["net"], work["vat_amount"], work["discount_percent"]) == (nok("17800"), nok("4450"), "20")
    assert (work["vat_code"]["source_id"], keys(work["dims"])) == ("3", ["analytic/12"])


def test_a_line_that_is_split_has_no_coding() -> None:
    order = told("sales-orders", 76)["sales_order"]
    (line,) = order["lines"]
    assert (line["dims"], line["vat_code"], order["status"], order["delivery_date"]) == ([], None, "draft", None)
    assert line["net"] == {"amount": "0.1", "currency": "EUR"}


def test_a_purchase_order_may_be_coded_in_several_plans() -> None:
    order = told("purchase-orders", 77)["purchase_order"]
    assert (order["party"]["entity"], order["customer_reference"]) == ("supplier", "B-900")
    (line,) = order["lines"]
    assert keys(line["dims"]) == ["analytic/12", "analytic/13"]
    assert (line["quantity"]["unit"], line["unit_price"]["amount"]) == ("MTQ", "1250")


def test_an_invoice_shows_what_is_left_to_pay() -> None:
    invoice = told("invoices", 80)["sales_invoice"]
    assert (invoice["number"], invoice["document_type"], invoice["status"]) == ("INV/2026/0001", "invoice", "part_paid")
    assert (invoice["invoice_date"], invoice["due_date"], invoice["delivery_date"]) == (
        "2026-11-01", "2026-11-15", "2026-10-31",
    )  # fmt: skip
    assert (invoice["net"], invoice["gross"], invoice["remaining"]) == (nok("17800"), nok("22250"), nok("10000"))
    assert invoice["references"] == {"yours": "PO 4711"}
    assert invoice["lines"][1]["account"]["source_id"] == "70"
    assert invoice["lines"][1]["vat_amount"] == nok("4450")


def test_a_credit_note_is_negative_in_both_currencies() -> None:
    note = told("invoices", 81)["sales_invoice"]
    assert (note["document_type"], note["credits"]["source_id"]) == ("credit_note", "80")
    assert (note["net"], note["net_company"], note["gross"]) == (nok("-890"), nok("-890"), nok("-1112.5"))
    assert (note["lines"][0]["net"], note["lines"][0]["vat_amount"]) == (nok("-890"), nok("-222.5"))
    bought = told("invoices", 83)["purchase_invoice"]
    assert (bought["gross"], bought["gross_company"], bought["status"]) == (nok("-125"), nok("-125"), "credited")


def test_a_bill_in_another_currency_is_positive_in_both() -> None:
    bill = told("invoices", 82)["purchase_invoice"]
    assert (bill["party"]["entity"], bill["party"]["source_id"]) == ("supplier", "21")
    assert (bill["gross"], bill["gross_company"]) == ({"amount": "625", "currency": "EUR"}, nok("7312.5"))
    assert (bill["net_company"], bill["remaining_company"], bill["status"]) == (nok("5850"), nok("7312.5"), "booked")
    assert bill["payment_ref"] == {"scheme": "free", "value": "00012345678903", "valid": None}


def test_a_draft_without_a_date_is_no_invoice_yet() -> None:
    assert told("invoices", 84) == {}
    assert told("invoices", 85)["sales_invoice"]["number"] == "85"
    assert told("invoices", 85)["sales_invoice"]["status"] == "cancelled"


def test_postings_have_a_party_on_accounts_of_debtors_and_creditors() -> None:
    debtor, income, creditor = (told("postings", key)["ledger_entry"] for key in (110, 111, 112))
    assert (debtor["amount_company"], debtor["party"]["entity"], debtor["match_id"]) == (
        nok("22250"),
        "customer",
        "P12",
    )
    assert (income["amount_company"], income["party"], keys(income["dims"])) == (nok("-17800"), None, ["analytic/12"])
    assert (creditor["party"]["entity"], creditor["amount"]) == ("supplier", {"amount": "-625", "currency": "EUR"})
    assert (creditor["voucher_number"], creditor["posting_date"]) == ("BILL/2026/11/0001", "2026-11-01")


def test_payments_go_in_and_out() -> None:
    received, paid = told("payments", 120)["payment"], told("payments", 121)["payment"]
    assert (received["direction"], received["amount"], received["party"]["entity"]) == (
        "incoming", nok("12250"), "customer",
    )  # fmt: skip
    assert (paid["direction"], paid["amount_company"], paid["party"]["entity"]) == (
        "outgoing",
        nok("7312.5"),
        "supplier",
    )
    assert told("payments", 122) == {}


def test_a_leave_is_an_absence() -> None:
    leave = told("leaves", 130)["absence"]
    assert (leave["employee"]["source_id"], leave["from"], leave["to"]) == ("7", "2026-07-06", "2026-07-24")
    assert (leave["hours"], leave["code"], leave["approval"]["state"]) == ("112.5", "1", "approved")


def test_watched_records_have_what_they_belong_to_read_again() -> None:
    found = {name: mapping.follow_ups for name, mapping in CONNECTOR.mappings.items() if mapping.follow_ups}
    assert found == {
        "sales-order-lines": (FollowUpRule("sales-orders", "order_id.id"),),
        "purchase-order-lines": (FollowUpRule("purchase-orders", "order_id.id"),),
        "invoice-balances": (FollowUpRule("invoices", "id"),),
    }
