"""What Tryton's records mean. The samples are made up in the form of 8.2's answers."""

from copy import deepcopy
from datetime import UTC, datetime

import pytest

from connectors.systems.tryton import CONNECTOR
from connectors.systems.tryton.values import encode_stamp
from schemas.mapping import MappingContext
from schemas.pages import PageHead, RawPage
from schemas.version import ReadNumber
from transformer.transform import compile_stream, transform

STAMP = datetime(2026, 11, 23, 15, 21, 20, 904166, tzinfo=UTC)
AT = encode_stamp(STAMP)
NOK = {"id": 1, "code": "NOK"}


def decimal(text):
    return {"__class__": "Decimal", "decimal": text}


def day(year, month, number):
    return {"__class__": "date", "year": year, "month": month, "day": number}


def seconds(number):
    return {"__class__": "timedelta", "seconds": number}


def mapped(stream, record, **options):
    """(entities by name, the domain page) of one record."""
    head = PageHead(
        tenant="t", connection="c", system="tryton", company="1", stream=stream, run="r", number=0,
        read=ReadNumber(1, 1), origin="increment", read_at=STAMP, count=1, traceparent="",
    )  # fmt: skip
    plan = compile_stream(("id",), CONNECTOR.mappings[stream], stream=stream)
    context = MappingContext("t", "c", "tryton", "1", STAMP, options)
    page = transform(plan, RawPage(head=head, records=[record]), context)
    result = page.results[0]
    assert result.status != "rejected", result.reject
    return {entity.entity: entity.body for entity in result.entities}, page


PARTY = {
    "id": 36, "name": "Askeheim Eiendom AS", "full_name": "Askeheim Eiendom AS", "code": "36", "active": 1,
    "last_modified_at": AT, "categories": [{"id": 1, "name": "Customer"}],
    "addresses": [
        {"id": 1, "street": "Havnegata 35\n2. etasje", "postal_code": "5003", "city": "Bergen", "active": 1,
         "country": {"id": 1, "code": "NO"}, "delivery": 1, "invoice": 1, "party_name": "Lager", "attn": None},
        {"id": 2, "street": "Gamleveien 1", "postal_code": None, "city": None, "active": 0, "country": None},
    ],
    "identifiers": [{"id": 1, "type": "no_orgnr", "code": "100 000 687", "active": 1},
                    {"id": 2, "type": "no_mva", "code": "NO 100 000 687 MVA", "active": 1}],
    "contact_mechanisms": [
        {"id": 1, "type": "email", "value": "her@askeheim.example", "name": "Ada", "active": 1, "invoice": 1},
        {"id": 2, "type": "email", "value": "post@askeheim.example", "name": None, "active": 1, "invoice": 0},
        {"id": 3, "type": "phone", "value": "+47 00 26 92 46", "name": "", "active": 0},
        {"id": 4, "type": "mobile", "value": "+47 00 26 92 47", "name": "", "active": 1},
    ],
}  # fmt: skip


def test_a_party_is_a_customer_by_its_category():
    entities, _ = mapped("parties", PARTY)
    assert list(entities) == ["customer"]
    customer = entities["customer"]
    assert customer["org_number"] == {"value": "100000687", "scheme": "0192", "country": "NO", "valid": True}
    assert customer["vat_number"] == "NO 100 000 687 MVA"
    assert (customer["email"], customer["invoice_email"]) == ("post@askeheim.example", "her@askeheim.example")
    assert customer["phone"] == "+47 00 26 92 47"
    assert customer["addresses"] == [
        {"kind": "delivery", "lines": ["Lager", "Havnegata 35", "2. etasje"], "postal_code": "5003",
         "city": "Bergen", "country": "NO"}
    ]  # fmt: skip
    assert customer["active"] is True
    assert customer["same_party_as"] is None
    assert "payment_terms_days" in customer["unknown"]


def test_a_party_may_be_both_or_neither_and_names_of_categories_are_an_option():
    both = {**PARTY, "categories": [{"id": 1, "name": "kunde"}, {"id": 2, "name": "Leverandør"}]}
    assert mapped("parties", both)[0] == {}
    entities, _ = mapped("parties", both, customer_categories="VIP, Kunde", supplier_categories=["leverandør"])
    assert set(entities) == {"customer", "supplier"}
    assert entities["customer"]["same_party_as"]["id"] == entities["supplier"]["id"]
    assert entities["supplier"]["same_party_as"]["id"] == entities["customer"]["id"]


def test_an_archived_party_is_inactive_and_not_deleted():
    assert mapped("parties", {**PARTY, "active": 0})[0]["customer"]["active"] is False


def test_a_mechanism_with_a_name_is_a_contact_and_each_has_its_party_read_again():
    record = {
        "id": 9, "type": "email", "value": "ada@askeheim.example", "name": "Ada", "active": 1,
        "last_modified_at": AT, "party": {"id": 36, "code": "36", "categories": PARTY["categories"]},
    }  # fmt: skip
    entities, page = mapped("contacts", record)
    assert entities["contact"]["email"] == "ada@askeheim.example"
    assert entities["contact"]["phone"] is None
    assert entities["contact"]["party"]["id"] == mapped("parties", PARTY)[0]["customer"]["id"]
    nobody, page = mapped("contacts", {**record, "name": ""})
    assert nobody == {}
    assert [(follow.stream, follow.key) for follow in page.follow_ups] == [("parties", "36")]


@pytest.mark.parametrize(
    ("stream", "record", "wanted"),
    [
        ("addresses", {"id": 1, "party": 36}, ("parties", "36")),
        ("identifiers", {"id": 1, "party": 36}, ("parties", "36")),
        ("employee-parties", {"id": 4, "party": {"id": 60, "last_modified_at": AT}}, ("employees", "4")),
        ("product-templates", {"id": 5, "template": {"id": 2}}, ("products", "5")),
        ("sale-lines", {"id": 1, "sale": 12}, ("sales-orders", "12")),
        ("invoice-lines", {"id": 1, "invoice": 8}, ("invoices", "8")),
        ("invoice-lines", {"id": 1, "invoice": None}, None),
    ],
)
def test_an_edit_seen_elsewhere_has_the_record_read_again(stream, record, wanted):
    entities, page = mapped(stream, record)
    assert entities == {}
    assert [(follow.stream, follow.key) for follow in page.follow_ups] == ([wanted] if wanted else [])


def work(number, kind, parent=None, **more):
    path = f"{parent['path']}{number}/" if parent else f"{number}/"
    return {
        "id": number, "number": str(number), "name": f"Work {number}", "type": kind, "parent": parent, "path": path,
        "status": {"id": 1, "name": "Open"}, "timesheet_available": True, "effort_duration": None,
        "last_modified_at": AT, **more,
    }  # fmt: skip


def test_projects_and_tasks_come_out_of_one_tree():
    project = work(1, "project", party={"id": 36, "code": "36"})
    below = work(2, "project", project)
    task = work(3, "task", below, effort_duration=seconds(5400.0))
    subtask = work(4, "task", task)
    assert mapped("project-works", project)[0]["project"]["kind"] == "project"
    sub = mapped("project-works", below)[0]["project"]
    assert (sub["kind"], sub["level"], sub["parent"]["source_id"]) == ("sub_project", 1, "1")
    found = mapped("project-works", task)[0]["project_task"]
    assert (found["project"]["source_id"], found["parent"], found["budget_hours"]) == ("2", None, "1.5")
    found = mapped("project-works", subtask)[0]["project_task"]
    assert (found["project"]["source_id"], found["parent"]["source_id"]) == ("2", "3")


def test_an_unknown_status_is_other_and_keeps_its_name():
    named = {**work(1, "project"), "status": {"id": 9, "name": "På vent hos kunde"}}
    project = mapped("project-works", named)[0]["project"]
    assert (project["status"], project["status_source"]) == ("other", "På vent hos kunde")


def test_a_task_without_a_project_is_rejected_with_the_reason():
    with pytest.raises(AssertionError, match="no project among the three works above"):
        mapped("project-works", work(3, "task"))


def time_line(origin):
    return {
        "id": 7, "date": day(2026, 3, 2), "duration": seconds(27_000.0), "description": None, "last_modified_at": AT,
        "employee": {"id": 2, "party": {"id": 60, "code": "60"}}, "work": {"id": 11, "name": None, **origin},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("origin", "refs"),
    [
        ({"origin": "project.work,3", "origin.": work(3, "task", work(1, "project"))}, ("1", "3", None)),
        ({"origin": "project.work,1", "origin.": work(1, "project")}, ("1", None, None)),
        ({"origin": None}, (None, None, "11")),
        ({"origin": "production.work,5"}, (None, None, None)),
    ],
)
def test_hours_are_booked_on_a_task_a_project_or_an_activity(origin, refs):
    entry = mapped("time-entries", time_line(origin))[0]["time_entry"]
    names = ("project", "project_task", "activity")
    assert tuple(entry[name] and entry[name]["source_id"] for name in names) == refs
    assert (entry["hours"], entry["work_date"], entry["employee"]["number"]) == ("7.5", "2026-03-02", "60")
    assert "approval" in entry["unknown"]


PRODUCT = {
    "id": 1, "name": "Betong", "code": None, "active": 1, "cost_price": decimal("62.0000"), "last_modified_at": AT,
    "list_price_used": decimal("100.123456"), "identifiers": [{"id": 1, "type": "ean13", "code": "4006381333931"}],
    "template": {
        "id": 1, "code": "G1000", "type": "goods", "active": 0, "list_price": decimal("100"),
        "default_uom": {"id": 19, "symbol": "m³", "name": "Cubic meter"},
        "list_prices": [{"id": 1, "company": {"id": 2, "currency": {"id": 2, "code": "EUR"}}},
                        {"id": 2, "company": {"id": 1, "currency": NOK}}],
    },
}  # fmt: skip


def test_a_product_has_the_prices_of_this_company():
    product = mapped("products", PRODUCT)[0]["product"]
    assert product["sales_price"] == {"amount": "100.123456", "currency": "NOK", "per": "MTQ"}
    assert product["cost_price"] == {"amount": "62", "currency": "NOK", "per": "MTQ"}
    assert (product["number"], product["kind"], product["unit"]) == ("G1000", "goods", "MTQ")
    assert product["gtin"] == "4006381333931"
    assert product["active"] is False, "an archived template archives its products"


def line(number, amount="100.00", **more):
    return {
        "id": number, "type": "line", "sequence": None, "description": "Betong", "quantity": 2.5,
        "unit": {"id": 19, "symbol": "m³"}, "unit_price": decimal("40.0000"), "amount": decimal(amount),
        "product": {"id": 1, "code": "G1000"}, "taxes": [{"id": 1, "type": "percentage", "rate": decimal("0.25")}],
        **more,
    }  # fmt: skip


SALE = {
    "id": 12, "number": "8", "reference": "PO-1", "description": None, "state": "processing",
    "party": {"id": 36, "code": "36"}, "sale_date": day(2026, 3, 1), "currency": NOK, "last_modified_at": AT,
    "company": {"id": 1, "currency": NOK}, "untaxed_amount": decimal("100.00"), "tax_amount": decimal("25.00"),
    "total_amount": decimal("125.00"), "create_date": AT,
    "lines": [line(2, sequence=2), line(1, sequence=1, type="subtotal", product=None, taxes=[], unit=None,
                                        unit_price=None, quantity=None)],
}  # fmt: skip


def test_a_sale_is_an_order_and_a_subtotal_is_not_counted_twice():
    order = mapped("sales-orders", SALE)[0]["sales_order"]
    assert (order["status"], order["status_source"]) == ("confirmed", "processing")
    assert order["gross"] == order["gross_company"] == {"amount": "125", "currency": "NOK"}
    text, product = order["lines"]
    assert (text["kind"], text["net"]["amount"]) == ("text", "0")
    assert product["quantity"] == {"value": "2.5", "unit": "MTQ", "unit_source": "m³"}
    assert (product["net"]["amount"], product["vat_rate"]) == ("100", "25")


def test_a_sale_without_a_number_is_skipped_until_it_has_one():
    assert mapped("sales-orders", {**SALE, "number": None, "state": "draft"})[0] == {}


def test_in_another_currency_the_company_amounts_stay_out():
    euro = {**deepcopy(SALE), "currency": {"id": 2, "code": "EUR"}}
    order = mapped("sales-orders", euro)[0]["sales_order"]
    assert "gross_company" not in order
    assert order["lines"][1]["unit_price"]["currency"] == "EUR"


INVOICE = {
    **{name: value for name, value in SALE.items() if name != "sale_date"},
    "type": "out", "state": "posted", "invoice_date": day(2026, 3, 1), "accounting_date": None,
    "amount_to_pay": decimal("125.00"), "sales": [{"id": 12, "number": "8"}], "origin_invoices": [],
    "lines_to_pay": [{"id": 1, "maturity_date": day(2026, 3, 31)}, {"id": 2, "maturity_date": day(2026, 4, 30)}],
    "customer_payment_reference": "RF52 9", "supplier_payment_reference": None,
    "lines": [line(3, account={"id": 99, "code": "4.1.1"})],
}  # fmt: skip


def test_an_invoice_to_a_customer():
    invoice = mapped("invoices", INVOICE)[0]["sales_invoice"]
    assert (invoice["document_type"], invoice["status"], invoice["due_date"]) == ("invoice", "booked", "2026-04-30")
    assert invoice["order"]["source_id"] == "12"
    assert invoice["payment_ref"]["value"] == "RF52 9"
    assert invoice["lines"][0]["account"]["number"] == "4.1.1"


def test_a_partly_paid_invoice_says_so():
    invoice = mapped("invoices", {**INVOICE, "amount_to_pay": decimal("25")})[0]["sales_invoice"]
    assert (invoice["status"], invoice["status_source"]) == ("part_paid", "posted")
    assert invoice["remaining"]["amount"] == "25"


def test_a_credit_note_is_negative_and_names_what_it_credits():
    amounts = {name: decimal("-10.00") for name in ("untaxed_amount", "total_amount", "amount_to_pay")}
    note = {**INVOICE, **amounts, "tax_amount": decimal("0"), "origin_invoices": [{"id": 5, "number": "3"}]}
    invoice = mapped("invoices", note)[0]["sales_invoice"]
    assert (invoice["document_type"], invoice["gross"]["amount"]) == ("credit_note", "-10")
    assert invoice["credits"]["source_id"] == "5"


def test_a_suppliers_invoice_has_the_suppliers_number_until_it_has_its_own():
    draft = {**INVOICE, "type": "in", "state": "draft", "number": None, "reference": "INV-77"}
    entities, _ = mapped("invoices", draft)
    assert list(entities) == ["purchase_invoice"]
    assert entities["purchase_invoice"]["number"] == "INV-77"
    assert "remaining" not in entities["purchase_invoice"]
    assert mapped("invoices", {**draft, "reference": None})[0] == {}


@pytest.mark.parametrize(
    ("flags", "kind"),
    [
        ({"statement": "income", "revenue": 1}, "income"),
        ({"statement": "income", "expense": 1}, "expense"),
        ({"statement": "balance", "payable": 1}, "liability"),
        ({"statement": "balance", "stock": 1}, "asset"),
        ({"statement": "balance"}, "other"),
        (None, "other"),
    ],
)
def test_the_kind_of_an_account_is_by_its_flags(flags, kind):
    record = {"id": 1, "code": "1.1", "name": "Konto", "closed": 0, "type": flags, "last_modified_at": AT}
    account = mapped("accounts", record)[0]["account"]
    assert (account["kind"], account["active"]) == (kind, True)
    assert mapped("accounts", {**record, "code": None})[0] == {}
