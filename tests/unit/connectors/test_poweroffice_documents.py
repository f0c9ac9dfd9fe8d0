"""What PowerOffice's orders, invoices and postings mean: its samples against values worked out by hand."""

from connectors.systems.poweroffice import CONNECTOR
from tests.support.mapped_samples import entities

FIRST = "2026-01-12T08:30:00.123000Z"
LAST = "2026-03-02T13:05:10.250000Z"
CODED = [
    {"dimension": ("dimension", "department"), "value": ("dimension_value", "department/11", "10")},
    {"dimension": ("dimension", "location"), "value": ("dimension_value", "location/11", "BGO")},
    {"dimension": ("dimension", "1"), "value": ("dimension_value", "1/81", "G1")},
    {"dimension": ("dimension", "2"), "value": ("dimension_value", "2/83", "M8")},
    {"dimension": ("dimension", "3"), "value": ("dimension_value", "3/84", "V")},
]


def guid(number):
    return f"00000000-0000-4000-8000-{number:012d}"


def nok(amount):
    return {"amount": amount, "currency": "NOK"}


def eur(amount):
    return {"amount": amount, "currency": "EUR"}


PLASTER = {
    "kind": "product", "product": ("product", "1001", "T-100"), "description": "Gipsplate 13 mm",
    "quantity": {"value": "10", "unit": "EA", "unit_source": "EA"},
    "unit_price": {"amount": "129.9", "currency": "NOK", "per": "EA"}, "discount_percent": "10",
    "net": nok("1169.1"), "vat_code": ("vat_code", "3", "3"), "vat_rate": "25", "vat_amount": nok("292.28"),
    "project": ("project", "701", "1001"), "dims": CODED,
}  # fmt: skip


def test_vat_rates_are_in_per_cent():
    found = entities(CONNECTOR, "vat-codes")
    assert found["vat_code", "12"] == {
        "code": "12", "number": "12", "name": "Inngående mva, råfisk", "rate_percent": "11.11", "direction": "input",
        "reverse_charge": False, "standard_code": "12", "valid_from": "2013-01-01", "valid_to": "2030-12-31",
        "active": True,
    }  # fmt: skip
    abroad, own = found["vat_code", "86"], found["vat_code", "101"]
    assert (abroad["rate_percent"], abroad["direction"], abroad["reverse_charge"]) == ("25", "import", True)
    assert (own["direction"], own["standard_code"], own["active"]) == ("other", None, False)


def test_products_keep_the_units_of_the_api():
    found = entities(CONNECTOR, "products")
    assert found["product", "1001"] == {
        "number": "T-100", "name": "Gipsplate 13 mm", "kind": "goods", "unit": "EA",
        "sales_price": {"amount": "129.9", "currency": "NOK", "per": "EA"},
        "cost_price": {"amount": "71.12", "currency": "NOK", "per": "EA"},
        "sales_account": ("account", "30", "3000"), "gtin": "7000000000014", "active": True, "changed_at": LAST,
    }  # fmt: skip
    assert found["product", "1002"]["sales_price"] == {"amount": "795.5", "currency": "NOK", "per": "HUR"}
    rig = found["product", "1003"]
    assert (rig["number"], rig["unit"], rig["sales_price"], rig["active"]) == ("1003", "XPK", None, False)


def test_an_order_with_a_sum_a_fee_and_a_text():
    order = entities(CONNECTOR, "sales-orders")["sales_order", guid(1201)]
    lines = order.pop("lines")
    assert order == {
        "number": "5001", "party": ("customer", "501", "10001"), "order_date": "2026-02-20",
        "delivery_date": "2026-03-01", "status": "confirmed", "status_source": "Confirmed",
        "project": ("project", "701", "1001"), "customer_reference": "Rekvisisjon 77", "currency": "NOK",
        "exchange_rate": "1", "net": nok("1219.1"), "vat": nok("304.78"), "gross": nok("1523.88"),
        "external_ref": "EF-O-1", "changed_at": LAST,
    }  # fmt: skip
    assert lines[0] == PLASTER | {"line_id": guid(1211)}
    assert [line["kind"] for line in lines] == ["product", "text", "other", "text"]
    assert [line["net"] for line in lines] == [nok("1169.1"), nok("0"), nok("50"), nok("0")]  # the sum counts nothing


def test_an_order_without_number_and_day_of_its_own():
    found = entities(CONNECTOR, "sales-orders")
    imported, bare = found["sales_order", guid(1202)], found["sales_order", guid(1203)]
    assert (imported["number"], imported["order_date"]) == ("990", "2026-02-20")  # made at 23:30 UTC on the 19th
    assert (imported["currency"], imported["exchange_rate"], imported["net"]) == ("EUR", "11.5", eur("800"))
    assert (imported["lines"][0]["unit_price"], imported["customer_reference"]) == (
        {"amount": "100", "currency": "EUR", "per": "HUR"}, "PO-9",
    )  # fmt: skip
    assert (bare["number"], bare["currency"], bare["lines"]) == (guid(1203), "NOK", None)


def test_an_invoice_that_is_paid_in_part():
    invoice = entities(CONNECTOR, "invoices")["sales_invoice", guid(1101)]
    lines = invoice.pop("lines")
    assert invoice == {
        "document_type": "invoice", "number": "30001", "party": ("customer", "501", "10001"),
        "invoice_date": "2026-03-01", "due_date": "2026-03-31", "delivery_date": "2026-02-27", "net": nok("1219.1"),
        "net_company": nok("1219.1"), "vat": nok("304.78"), "vat_company": nok("304.78"), "gross": nok("1523.88"),
        "gross_company": nok("1523.88"), "remaining": nok("523.88"), "remaining_company": nok("523.88"),
        "currency": "NOK", "exchange_rate": "1", "status": "part_paid",
        "payment_ref": {"scheme": "no_kid", "value": "20260105", "valid": True},
        "project": ("project", "701", "1001"), "dims": CODED,
        "references": {"yours": "Rekvisisjon 77", "purchase_order": "PO-88123", "contract": "K-17"},
        "external_ref": "EF-F-1", "changed_at": LAST,
    }  # fmt: skip
    assert lines[0] == PLASTER | {"line_id": "1", "account": ("account", "30", "3000")}
    assert [line["kind"] for line in lines] == ["product", "text", "account"]


def test_credit_notes_are_negative_however_they_are_shown():
    found = entities(CONNECTOR, "invoices")
    for number, status in ((1102, "booked"), (1103, "paid")):
        note = found["sales_invoice", guid(number)]
        assert (note["document_type"], note["status"]) == ("credit_note", status)
        assert (note["net"], note["vat"], note["gross"]) == (nok("-100"), nok("-25"), nok("-125"))
        assert (note["lines"][0]["net"], note["lines"][0]["vat_amount"]) == (nok("-100"), nok("-25"))


def test_the_balance_is_in_the_clients_currency_alone():
    invoice = entities(CONNECTOR, "invoices")["sales_invoice", guid(1104)]
    assert (invoice["net"], invoice["net_company"]) == (eur("800"), nok("9200"))
    assert invoice["remaining_company"] == nok("11500")
    assert "remaining" not in invoice
    assert (invoice["status"], invoice["exchange_rate"]) == ("sent", "11.5")


def test_a_reversed_invoice_is_cancelled_and_goes_by_its_voucher():
    invoice = entities(CONNECTOR, "invoices")["sales_invoice", guid(1105)]
    assert (invoice["status"], invoice["number"], invoice["remaining"]) == ("cancelled", "1105", None)


def test_a_suppliers_invoice_that_is_shown_as_in_the_ledger_is_turned():
    invoice = entities(CONNECTOR, "supplier-invoices")["purchase_invoice", guid(1401)]
    assert invoice == {
        "document_type": "invoice", "number": "T-88771", "party": ("supplier", "601", "20001"),
        "invoice_date": "2026-03-01", "due_date": "2026-03-31", "net": nok("14220"), "net_company": nok("14220"),
        "vat": nok("3555"), "vat_company": nok("3555"), "gross": nok("17775"), "gross_company": nok("17775"),
        "remaining": nok("7775"), "remaining_company": nok("7775"), "currency": "NOK", "exchange_rate": "1",
        "status": "part_paid", "payment_ref": {"scheme": "no_kid", "value": "20260113", "valid": True},
        "project": ("project", "701", "1001"), "dims": CODED,
        "references": {"purchase_order": "7001", "contract": "R-3"}, "external_ref": "EF-I-1", "changed_at": LAST,
    }  # fmt: skip


def test_a_suppliers_receipt_and_credit_note():
    found = entities(CONNECTOR, "supplier-invoices")
    receipt, note = found["purchase_invoice", guid(1402)], found["purchase_invoice", guid(1403)]
    assert (receipt["number"], receipt["invoice_date"], receipt["status"]) == ("1402", "2026-02-16", "paid")
    assert receipt["gross"] == nok("250")
    assert (note["gross"], note["remaining"], note["status"]) == (nok("-125"), nok("-125"), "booked")


def test_accounts_say_what_a_posting_needs():
    found = entities(CONNECTOR, "accounts")
    assert found["account", "30"] == {
        "number": "3000", "name": "Salgsinntekt, avgiftspliktig", "kind": "income", "vat_code": ("vat_code", "3", "3"),
        "requires": ["department", "project"], "active": True, "changed_at": LAST,
    }  # fmt: skip
    assert (found["account", "43"]["requires"], found["account", "43"]["active"]) == (["project"], False)


def test_a_posting_field_by_field():
    assert entities(CONNECTOR, "postings")["ledger_entry", "2001"] == {
        "voucher_number": "45", "voucher_type": "IncomingInvoice", "posting_date": "2026-02-15",
        "account": ("account", "43", "4300"), "amount_company": nok("14220"), "amount": nok("14220"),
        "currency": "NOK", "vat_code": ("vat_code", "1", "1"), "vat_amount": nok("3555"), "party": None,
        "employee": None, "product": ("product", "1001", "T-100"),
        "quantity": {"value": "200", "unit": None, "unit_source": None}, "project": ("project", "701", "1001"),
        "dims": CODED, "text": "Gipsplater", "external_ref": "EF-P-1", "changed_at": LAST,
    }  # fmt: skip


def test_a_posting_on_a_sub_ledger_is_of_that_side_of_the_contact():
    found = entities(CONNECTOR, "postings")
    owed, due, wage = (found["ledger_entry", key] for key in ("2002", "2003", "2004"))
    assert (owed["party"], owed["employee"]) == (("supplier", "601", "20001"), None)
    assert owed["text"] == "Leverandørfaktura T-88771"
    assert (due["party"], due["amount"], due["amount_company"]) == (
        ("customer", "503", "10003"), eur("1000"), nok("11500"),
    )  # fmt: skip
    assert (wage["party"], wage["employee"]) == (None, ("employee", "301", "1"))
