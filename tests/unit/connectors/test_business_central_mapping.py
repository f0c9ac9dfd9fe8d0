"""What Business Central's records mean, field by field, from the connector's samples."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.systems.business_central import CONNECTOR
from tests.support.told_samples import Told, keys

told = Told(CONNECTOR)

(DIMENSION, VALUE, EMPLOYEE, CUSTOMER, VENDOR, CONTACT, PROJECT, TIME, ITEM, ORDER, PURCHASE, INVOICE, MEMO, BILL,
 RETURN, ACCOUNT, ENTRY) = range(0xA0, 0xB1)  # fmt: skip


def guid(kind: int, number: int) -> str:
    return f"{kind:08x}-1a2b-4c3d-8e4f-{number:012d}"


def nok(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "NOK"}


def shown(ref: dict[str, Any]) -> tuple[str, str, str | None]:
    return ref["entity"], ref["source_id"], ref.get("number")


PRODUCTION, SITE = guid(VALUE, 1), guid(VALUE, 2)


def test_the_company_is_locked_up_to_the_day_before_the_first_that_may_be_posted_on() -> None:
    company = told("company", guid(1, 1))["company"]
    assert (company["source_id"], company["name"], company["base_currency"]) == ("1", "Nordvik Bygg AS", "NOK")
    assert company["org_number"] == {"value": "923609016", "scheme": "0192", "country": "NO", "valid": True}
    assert (company["country"], company["locked_until"]) == ("NO", "2026-08-31")
    assert "time_zone" in company["unknown"]


def test_the_dimension_that_the_connection_names_stands_for_departments() -> None:
    assert told("dimensions", guid(DIMENSION, 1))["dimension"]["kind"] == "department"
    site = told("dimensions", guid(DIMENSION, 2))["dimension"]
    assert (site["code"], site["name"], site["kind"]) == ("SITE", "Building site", "free")
    assert told("dimensions", guid(DIMENSION, 3))["dimension"]["name"] == "AREA"
    assert (
        Told(CONNECTOR, department_dimension="SITE")("dimensions", guid(DIMENSION, 2))["dimension"]["kind"]
        == "department"
    )


def test_a_value_of_that_dimension_is_a_department_too() -> None:
    entities = told("dimension-values", PRODUCTION)
    assert (entities["department"]["code"], entities["department"]["name"]) == ("PROD", "Production")
    assert shown(entities["dimension_value"]["dimension"]) == ("dimension", guid(DIMENSION, 1), "DEPARTMENT")
    assert list(told("dimension-values", SITE)) == ["dimension_value"]


def test_an_employee_has_the_department_of_the_default_dimensions() -> None:
    employee = told("employees", guid(EMPLOYEE, 1))["employee"]
    assert (employee["number"], employee["display_name"]) == ("E-001", "Kari Berg Eksempel")
    assert (employee["first_name"], employee["last_name"]) == ("Kari Berg", "Eksempel")
    assert (employee["email"], employee["mobile"]) == ("kari@nordvik.example", "+47 00 00 00 01")
    assert shown(employee["department"]) == ("department", PRODUCTION, "PROD")
    assert keys(employee["dims"]) == [PRODUCTION, SITE]
    assert (employee["start_date"], employee["end_date"], employee["category"]) == ("2021-08-01", None, "MONTH")
    assert (employee["active"], employee["changed_at"]) == (True, "2026-11-02T08:15:30.127000Z")
    assert {"bank_account", "national_id", "manager"} <= set(employee["unknown"])


def test_who_left_is_not_active_and_who_has_no_name_is_known_by_the_number() -> None:
    left = told("employees", guid(EMPLOYEE, 2))["employee"]
    assert (left["active"], left["end_date"], left["department"], left["dims"]) == (False, "2026-06-30", None, [])
    nameless = told("employees", guid(EMPLOYEE, 3))["employee"]
    assert (nameless["display_name"], nameless["name"], nameless["start_date"]) == ("E-003", None, None)


def test_a_customer_has_terms_in_days_where_the_formula_is_days() -> None:
    customer = told("customers", guid(CUSTOMER, 1))["customer"]
    assert (customer["number"], customer["name"], customer["is_person"]) == ("10020", "Askeheim Eiendom AS", False)
    assert customer["org_number"] == {"value": "974760673", "scheme": "0192", "country": "NO", "valid": True}
    assert customer["addresses"] == [
        {"kind": "postal", "lines": ["Havnegata 35", "2. etasje"], "postal_code": "5003", "city": "Bergen",
         "country": "NO"}
    ]  # fmt: skip
    assert (customer["payment_terms_days"], customer["credit_blocked"], customer["active"]) == (14, False, True)
    private = told("customers", guid(CUSTOMER, 2))["customer"]
    assert (private["is_person"], private["payment_terms_days"]) == (True, None)
    assert (private["credit_blocked"], private["active"], private["org_number"]) == (True, True, None)
    blocked = told("customers", guid(CUSTOMER, 3))["customer"]
    assert (blocked["active"], blocked["currency"], blocked["org_number"]["scheme"]) == (False, "EUR", "0007")


def test_a_vendor_is_a_supplier() -> None:
    supplier = told("vendors", guid(VENDOR, 1))["supplier"]
    assert (supplier["number"], supplier["name"], supplier["payment_terms_days"]) == ("20010", "Brattvåg Betong AS", 30)
    assert (supplier["email"], supplier["addresses"][0]["city"]) == ("ordre@brattvag.example", "Ålesund")
    assert told("vendors", guid(VENDOR, 3))["supplier"]["active"] is False
    assert told("vendors", guid(VENDOR, 3))["supplier"]["currency"] == "NOK"


def test_persons_of_customers_and_vendors_are_contacts() -> None:
    contact = told("contacts", guid(CONTACT, 1))["contact"]
    assert shown(contact["party"]) == ("customer", guid(CUSTOMER, 1), None)
    assert (contact["name"], contact["title"], contact["phone"]) == ("Siri Kontakt", "Site manager", "+47 00 00 00 22")
    seller = told("contacts", guid(CONTACT, 2))["contact"]
    assert (shown(seller["party"]), seller["active"]) == (("supplier", guid(VENDOR, 1), None), False)
    assert told("contacts", guid(CONTACT, 3)) == {}
    assert told("contacts", guid(CONTACT, 4)) == {}


def test_relations_of_a_contact_may_come_as_a_list() -> None:
    related = [
        {"relatedType": "Bank", "relatedId": guid(9, 9)},
        {"relatedType": "Vendor", "relatedId": guid(VENDOR, 2)},
    ]
    contact = told("contacts", guid(CONTACT, 4), contactInformation=related)["contact"]
    assert shown(contact["party"]) == ("supplier", guid(VENDOR, 2), None)


def test_a_project_has_a_number_and_a_name_and_nothing_else_is_known() -> None:
    project = told("projects", guid(PROJECT, 1))["project"]
    assert (project["number"], project["name"]) == ("P-1001", "Havnegata 4, new roof")
    assert {"open_for_time", "parent", "status", "customer"} <= set(project["unknown"])
    assert told("projects", guid(PROJECT, 2))["project"]["name"] == "P-1002"


def test_time_registered_on_a_project_is_a_time_entry() -> None:
    entry = told("time-entries", guid(TIME, 1))["time_entry"]
    assert shown(entry["employee"]) == ("employee", guid(EMPLOYEE, 1), "E-001")
    assert (entry["work_date"], entry["hours"], entry["kind"]) == ("2026-11-02", "7.5", "normal")
    assert shown(entry["project"]) == ("project", guid(PROJECT, 1), "P-1001")
    assert shown(entry["project_task"]) == ("project_task", f"{guid(PROJECT, 1)}/100", "100")
    assert entry["approval"] == {"state": "approved", "status_source": "Approved"}
    assert (keys(entry["dims"]), entry["changed_at"]) == ([PRODUCTION], "2026-11-02T08:15:30.127000Z")


def test_absence_has_a_cause_and_no_project() -> None:
    entry = told("time-entries", guid(TIME, 2))["time_entry"]
    assert (entry["kind"], entry["project"], entry["project_task"]) == ("absence", None, None)
    assert (entry["hours"], entry["approval"]["state"]) == ("3.25", "submitted")
    correction = told("time-entries", guid(TIME, 3))["time_entry"]
    assert (correction["hours"], correction["approval"]["state"]) == ("-0.3333", "rejected")


def test_days_need_the_hours_of_a_day() -> None:
    reject = told.result("time-entries", guid(TIME, 1), unitOfMeasureCode="DAY", quantity=1.5).reject
    assert reject is not None
    assert "hours_per_day" in reject.reason
    days = Told(CONNECTOR, hours_per_day="7.5")("time-entries", guid(TIME, 1), unitOfMeasureCode="DAY", quantity=1.5)
    assert days["time_entry"]["hours"] == "11.25"


@pytest.mark.parametrize("unit", ["", "KM", None])
def test_time_in_no_unit_of_time_is_refused(unit: str | None) -> None:
    reject = told.result("time-entries", guid(TIME, 1), unitOfMeasureCode=unit).reject
    assert reject is not None
    assert reject.field == "hours"


def test_an_item_shows_a_price_where_it_is_without_taxes() -> None:
    tile = told("items", guid(ITEM, 1))["product"]
    assert (tile["number"], tile["kind"], tile["unit"], tile["gtin"]) == ("1001", "goods", "EA", "7038010000010")
    assert tile["sales_price"] == {"amount": "12.905", "currency": "NOK", "per": "EA"}
    hour, box = told("items", guid(ITEM, 2))["product"], told("items", guid(ITEM, 3))["product"]
    assert (hour["kind"], hour["unit"], hour["cost_price"]["amount"]) == ("service", "HUR", "475.25")
    assert (box["kind"], box["sales_price"], box["active"], box["unit"]) == ("goods", None, False, "BOKS")


def test_an_order_has_lines_with_their_own_coding() -> None:
    order = told("sales-orders", guid(ORDER, 1))["sales_order"]
    assert (order["number"], order["order_date"], order["delivery_date"]) == ("S-ORD101", "2026-10-20", "2026-11-30")
    assert (order["status"], order["customer_reference"]) == ("confirmed", "PO 4711")
    assert (order["net"], order["vat"], order["gross"]) == (nok("17800"), nok("4450"), nok("22250"))
    note, work = order["lines"]
    assert (note["kind"], note["net"], note["product"]) == ("text", nok("0"), None)
    assert shown(work["product"]) == ("product", guid(ITEM, 2), "1002")
    assert (work["quantity"]["value"], work["quantity"]["unit"], work["discount_percent"]) == ("25", "HUR", "20")
    assert (work["net"], work["vat_rate"], work["vat_amount"]) == (nok("17800"), "25", nok("4450"))
    assert (keys(work["dims"]), work["account"]) == ([PRODUCTION], None)


def test_orders_say_how_far_they_are() -> None:
    assert told("sales-orders", guid(ORDER, 2))["sales_order"]["status"] == "delivered"
    review = told("sales-orders", guid(ORDER, 3))["sales_order"]
    assert (review["status"], review["status_source"]) == ("draft", "In Review")
    assert review["net"] == {"amount": "0.1", "currency": "EUR"}
    bought = told("purchase-orders", guid(PURCHASE, 1))["purchase_order"]
    assert (shown(bought["party"]), bought["delivery_date"]) == (("supplier", guid(VENDOR, 1), "20010"), "2026-10-25")
    assert shown(bought["lines"][0]["account"]) == ("account", guid(ACCOUNT, 2), "4000")
    assert (bought["lines"][0]["kind"], bought["lines"][0]["unit_price"]["amount"]) == ("account", "5000")


def test_an_invoice_of_which_less_remains_is_part_paid() -> None:
    invoice = told("sales-invoices", guid(INVOICE, 1))["sales_invoice"]
    assert (invoice["number"], invoice["document_type"], invoice["status"]) == ("103001", "invoice", "part_paid")
    assert (invoice["invoice_date"], invoice["due_date"], invoice["remaining"]) == (
        "2026-11-01",
        "2026-11-15",
        nok("10000"),
    )
    assert shown(invoice["order"]) == ("sales_order", guid(ORDER, 1), "S-ORD101")
    assert invoice["references"] == {"yours": "REF-9", "purchase_order": "PO 4711"}
    assert (keys(invoice["dims"]), keys(invoice["lines"][1]["dims"])) == ([PRODUCTION], [SITE])
    assert told("sales-invoices", guid(INVOICE, 2))["sales_invoice"]["status"] == "paid"
    assert told("sales-invoices", guid(INVOICE, 4))["sales_invoice"]["status"] == "booked"


def test_a_draft_without_a_date_has_that_of_posting_and_local_currency() -> None:
    draft = told("sales-invoices", guid(INVOICE, 3))["sales_invoice"]
    assert (draft["status"], draft["invoice_date"], draft["due_date"]) == ("draft", "2026-11-01", None)
    assert (draft["currency"], draft["net"], draft["order"]) == ("NOK", nok("0"), None)


def test_a_credit_memo_is_a_negative_invoice() -> None:
    memo = told("sales-credit-memos", guid(MEMO, 1))["sales_invoice"]
    assert (memo["document_type"], memo["invoice_date"]) == ("credit_note", "2026-11-05")
    assert (memo["net"], memo["vat"], memo["gross"]) == (nok("-890"), nok("-222.5"), nok("-1112.5"))
    assert shown(memo["credits"]) == ("sales_invoice", guid(INVOICE, 1), "103001")
    assert (memo["lines"][0]["net"], memo["lines"][0]["vat_amount"]) == (nok("-890"), nok("-222.5"))
    assert {"remaining", "order"} <= set(memo["unknown"])
    assert told("sales-credit-memos", guid(MEMO, 3))["sales_invoice"]["status"] == "other"


def test_bills_and_their_credit_memos_are_purchase_invoices() -> None:
    bill = told("purchase-invoices", guid(BILL, 1))["purchase_invoice"]
    assert (shown(bill["party"]), bill["references"]) == (("supplier", guid(VENDOR, 1), "20010"), {"yours": "F-77"})
    assert (bill["gross"], shown(bill["order"])[2], bill["status"]) == (nok("6250"), "P-ORD101", "booked")
    assert (bill["lines"][0]["quantity"]["unit"], keys(bill["lines"][0]["dims"])) == ("MTQ", [PRODUCTION])
    memo = told("purchase-credit-memos", guid(RETURN, 1))["purchase_invoice"]
    assert (memo["gross"], shown(memo["credits"])[2], memo["references"]) == (nok("-125"), "108001", {"yours": "K-5"})
    assert memo["lines"][0]["net"] == nok("-100")


def test_accounts_that_are_posted_on_have_a_kind() -> None:
    assert told("accounts", guid(ACCOUNT, 1))["account"]["kind"] == "income"
    goods, debtors = told("accounts", guid(ACCOUNT, 2))["account"], told("accounts", guid(ACCOUNT, 3))["account"]
    assert (goods["number"], goods["kind"], debtors["active"]) == ("4000", "expense", False)
    assert told("accounts", guid(ACCOUNT, 4)) == {}
    nameless = told("accounts", guid(ACCOUNT, 5))["account"]
    assert (nameless["kind"], nameless["name"]) == (None, "9999")


@pytest.mark.parametrize(("number", "amount"), [(1, "22250"), (2, "-17800.1"), (3, "5.25")])
def test_debit_is_positive(number: int, amount: str) -> None:
    assert told("ledger-entries", guid(ENTRY, number))["ledger_entry"]["amount_company"] == nok(amount)


def test_a_ledger_entry_without_document_is_known_by_its_number() -> None:
    first, last = (told("ledger-entries", guid(ENTRY, number))["ledger_entry"] for number in (1, 3))
    assert (first["voucher_number"], first["voucher_type"], first["posting_date"]) == (
        "103001",
        "Invoice",
        "2026-11-01",
    )
    assert (shown(first["account"]), keys(first["dims"])) == (("account", guid(ACCOUNT, 3), "1500"), [PRODUCTION])
    assert (last["voucher_number"], last["voucher_type"], last["text"]) == ("5003", None, None)
