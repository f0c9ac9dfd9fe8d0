"""What Tripletex's hours, orders, invoices and postings mean: its samples against values worked out by hand."""

from connectors.systems.tripletex import CONNECTOR
from tests.support.mapped_samples import entities

FIRST = "2026-01-12T08:30:00Z"
LAST = "2026-01-14T13:05:10.250000Z"
TEN = {"dimension": ("dimension", "department"), "value": ("dimension_value", "department/11", "10")}


def nok(amount):
    return {"amount": amount, "currency": "NOK"}


def eur(amount):
    return {"amount": amount, "currency": "EUR"}


def an_hour(amount):
    return {"amount": amount, "currency": "NOK", "per": "HUR"}


PLASTER = {
    "line_id": "1111", "kind": "product", "product": ("product", "1001", "T-100"), "description": "Gipsplate 13 mm",
    "quantity": {"value": "10", "unit": "EA", "unit_source": "EA"},
    "unit_price": {"amount": "129.9", "currency": "NOK", "per": "EA"}, "discount_percent": "10",
    "net": nok("1169.1"), "vat_code": ("vat_code", "3", "3"), "vat_rate": "25", "vat_amount": nok("292.28"),
}  # fmt: skip


def test_hours_with_the_clock_of_the_day():
    found = entities(CONNECTOR, "time-entries")
    assert found["time_entry", "801"] == {
        "employee": ("employee", "301", "1"), "work_date": "2026-03-02", "hours": "7.5",
        "start": {"time": "07:00:00", "zone": "Europe/Oslo"}, "end": {"time": "15:00:00", "zone": "Europe/Oslo"},
        "project": ("project", "701", "1001"), "project_task": None, "activity": ("activity", "41", "10"),
        "billable": True, "billable_hours": "7.5", "bill_rate": an_hour("835.5"), "cost_rate": an_hour("431.25"),
        "locked": False, "invoiced": False, "invoice": None, "comment": "Reist vegger i 2. etasje", "changed_at": LAST,
    }  # fmt: skip


def test_hours_on_an_activity_of_the_project_alone_are_on_its_task():
    found = entities(CONNECTOR, "time-entries")["time_entry", "802"]
    assert found["project_task"] == ("project_task", "701/43")
    assert ("project_task", "701/43") in entities(CONNECTOR, "projects")
    assert (found["invoiced"], found["invoice"], found["locked"]) == (True, ("sales_invoice", "1101", "30001"), True)
    assert (found["start"], found["hours"], found["billable_hours"]) == (None, "3.25", "3")


def test_what_the_credential_may_not_see_is_absent_and_not_null():
    corrected = entities(CONNECTOR, "time-entries")["time_entry", "804"]
    assert corrected["hours"] == "-1.5"
    assert {"bill_rate", "cost_rate", "invoice", "invoiced"}.isdisjoint(corrected)


def test_a_week_is_draft_then_submitted_then_approved():
    found = entities(CONNECTOR, "weeks")
    assert found["time_approval", "301/2026/9"] == {
        "employee": ("employee", "301", "1"), "period": "week", "from": "2026-02-23", "to": "2026-03-01",
        "state": "approved", "completed_by_employee": True, "approved_by": ("employee", "302", "2"),
        "approved_at": "2026-03-02", "changed_at": LAST,
    }  # fmt: skip
    states = {key: one["state"] for (_, key), one in found.items()}
    assert states == {
        "301/2026/9": "approved", "301/2026/10": "submitted", "301/2026/11": "draft", "302/2026/53": "approved",
    }  # fmt: skip
    assert found["time_approval", "302/2026/53"]["to"] == "2027-01-03"


def test_wage_lines_of_both_lists_are_told_apart():
    assert entities(CONNECTOR, "wage-lines")["wage_line", "821"] == {
        "employee": ("employee", "301", "1"), "date": "2026-03-02", "wage_code": ("wage_code", "61", "1010"),
        "quantity": {"value": "1", "unit": None, "unit_source": None}, "text": "Verktøygodtgjørelse",
        "changed_at": FIRST,
    }  # fmt: skip
    found = entities(CONNECTOR, "project-wage-lines")
    assert found["wage_line", "project/821"] == {
        "employee": ("employee", "301", "1"), "date": "2026-03-02", "wage_code": ("wage_code", "61", "1010"),
        "quantity": {"value": "42", "unit": None, "unit_source": None}, "text": "Kilometer til byggeplass",
        "project": ("project", "701", "1001"), "activity": ("activity", "41", "10"), "locked": True,
        "changed_at": LAST,
    }  # fmt: skip
    assert (found["wage_line", "project/824"]["activity"], found["wage_line", "project/824"]["locked"]) == (None, False)


def test_wage_codes():
    found = entities(CONNECTOR, "wage-codes")
    assert found["wage_code", "62"] == {
        "code": "2020", "number": "2020", "name": "Overtid 50 %", "holiday_pay_basis": True,
        "reporting_code": "overtidsgodtgjoerelse", "use_in_timesheet": True, "changed_at": LAST,
    }  # fmt: skip
    assert (found["wage_code", "63"]["code"], found["wage_code", "63"]["reporting_code"]) == ("63", None)


def test_vat_codes_are_known_by_the_norwegian_standard():
    found = entities(CONNECTOR, "vat-codes")
    assert found["vat_code", "11"] == {
        "code": "12", "number": "12", "name": "Inngående avgift, råfisk", "rate_percent": "11.11",
        "direction": "input", "reverse_charge": False, "deductible_percent": "100", "standard_code": "12",
        "changed_at": FIRST,
    }  # fmt: skip
    abroad, own = found["vat_code", "86"], found["vat_code", "99"]
    assert (abroad["direction"], abroad["reverse_charge"]) == ("import", True)
    assert (own["direction"], own["reverse_charge"], own["standard_code"]) == ("other", None, None)
    assert found["vat_code", "3"]["direction"] == "output"


def test_a_product_with_a_price_of_ten_decimals():
    found = entities(CONNECTOR, "products")
    assert found["product", "1001"] == {
        "number": "T-100", "name": "Gipsplate 13 mm", "kind": "goods", "unit": "EA",
        "sales_price": {"amount": "129.9", "currency": "NOK", "per": "EA"},
        "cost_price": {"amount": "71.1234567891", "currency": "NOK", "per": "EA"},
        "vat_code": ("vat_code", "3", "3"), "sales_account": ("account", "3000", "3000"),
        "supplier": ("supplier", "601", "20001"), "gtin": "7000000000014", "el_number": None, "nrf_number": None,
        "active": True, "changed_at": LAST,
    }  # fmt: skip
    cable, pipe = found["product", "1002"], found["product", "1003"]
    assert (cable["kind"], cable["unit"], cable["el_number"]) == (None, "lm", "1000001")
    assert (pipe["number"], pipe["nrf_number"], pipe["active"]) == ("1003", "9000001", False)


def test_an_order_adds_up_from_its_lines():
    found = entities(CONNECTOR, "sales-orders")
    assert found["sales_order", "1201"] == {
        "number": "5001", "name": "Ordre 5001", "party": ("customer", "501", "10001"), "order_date": "2026-02-20",
        "delivery_date": "2026-03-01", "status": "delivered", "status_source": "READY_FOR_INVOICING",
        "project": ("project", "701", "1001"), "customer_reference": "Rekvisisjon 77", "currency": "NOK",
        "net": nok("1669.22"), "vat": nok("417.31"), "gross": nok("2086.53"), "changed_at": LAST,
        "lines": [
            PLASTER | {"line_id": "1211"},
            {"line_id": "1212", "kind": "other", "product": None, "description": "Rigg",
             "quantity": {"value": "1", "unit": None, "unit_source": None},
             "unit_price": {"amount": "500.1234567891", "currency": "NOK", "per": None}, "discount_percent": "0",
             "net": nok("500.12"), "vat_code": ("vat_code", "3", "3"), "vat_rate": "25", "vat_amount": nok("125.03")},
        ],
    }  # fmt: skip


def test_an_order_without_the_status_of_logistics_is_open_or_closed():
    found = entities(CONNECTOR, "sales-orders")
    statuses = {key: (one["status"], one["status_source"]) for (_, key), one in found.items()}
    assert statuses == {
        "1201": ("delivered", "READY_FOR_INVOICING"), "1202": ("confirmed", "NOT_CHOSEN"),
        "1203": ("closed", "NOT_CHOSEN"), "1204": ("cancelled", "CANCELLED"),
    }  # fmt: skip
    (thanks,) = found["sales_order", "1203"]["lines"]
    assert (thanks["kind"], thanks["net"], thanks["vat_code"]) == ("text", nok("0"), None)
    assert found["sales_order", "1202"]["net"] is None


def test_a_purchase_order_is_priced_at_cost():
    found = entities(CONNECTOR, "purchase-orders")
    order = found["purchase_order", "1301"]
    lines = order.pop("lines")
    assert order == {
        "number": "7001", "party": ("supplier", "601", "20001"), "order_date": "2026-02-10",
        "delivery_date": "2026-02-24", "status": "part_delivered", "status_source": "STATUS_RECEIVING",
        "project": ("project", "701", "1001"), "currency": "NOK", "net": nok("14651.78"), "vat": nok("3662.94"),
        "gross": nok("18314.72"), "changed_at": LAST,
    }  # fmt: skip
    assert lines[1] == {
        "line_id": "1312", "kind": "product", "product": ("product", "1002", "E-200"), "description": "Kabel",
        "quantity": {"value": "50.5", "unit": None, "unit_source": "lm"},
        "unit_price": {"amount": "9", "currency": "NOK", "per": None}, "discount_percent": "5", "net": nok("431.78"),
        "vat_amount": nok("107.94"),
    }  # fmt: skip
    assert found["purchase_order", "1302"]["status"] == "other"  # deviations: the word is kept as status_source
    assert found["purchase_order", "1303"]["status"] == "closed"


def test_an_invoice_that_is_paid_in_part():
    invoice = entities(CONNECTOR, "invoices")["sales_invoice", "1101"]
    lines = invoice.pop("lines")
    assert invoice == {
        "document_type": "invoice", "number": "30001", "party": ("customer", "501", "10001"),
        "invoice_date": "2026-03-01", "due_date": "2026-03-31", "delivery_date": "2026-02-27",
        "net": nok("1669.22"), "net_company": nok("1669.22"), "vat": nok("417.78"), "vat_company": nok("417.78"),
        "gross": nok("2087"), "gross_company": nok("2087"), "remaining": nok("1000"), "rounding": nok("0.47"),
        "rounding_company": nok("0.47"), "currency": "NOK", "status": "part_paid",
        "payment_ref": {"scheme": "no_kid", "value": "20260105", "valid": True}, "credits": None,
        "order": ("sales_order", "1201", "5001"), "project": ("project", "701", "1001"), "dims": [TEN],
        "references": {"yours": "Rekvisisjon 77"}, "changed_at": LAST,
    }  # fmt: skip
    assert lines[0] == PLASTER


def test_credit_notes_are_negative_however_they_are_shown():
    found = entities(CONNECTOR, "invoices")
    shown_positive, shown_negative = found["sales_invoice", "1102"], found["sales_invoice", "1105"]
    assert (shown_positive["net"], shown_positive["vat"], shown_positive["gross"]) == (
        nok("-100"),
        nok("-25"),
        nok("-125"),
    )
    assert (shown_positive["lines"][0]["net"], shown_positive["lines"][0]["vat_amount"]) == (nok("-100"), nok("-25"))
    assert shown_positive["credits"] == ("sales_invoice", "1103")
    assert (shown_negative["gross"], shown_negative["gross_company"]) == (eur("-1000"), nok("-11500"))
    assert shown_negative["lines"][0]["net"] == eur("-800")
    assert {one["document_type"] for one in (shown_positive, shown_negative)} == {"credit_note"}


def test_an_invoice_in_euro_has_both_amounts():
    found = entities(CONNECTOR, "invoices")
    invoice = found["sales_invoice", "1104"]
    assert (invoice["net"], invoice["net_company"]) == (eur("800"), nok("9200"))
    assert (invoice["vat"], invoice["vat_company"]) == (eur("200"), nok("2300"))
    assert (invoice["remaining"], invoice["status"]) == (eur("1000"), "booked")
    assert invoice["project"] == ("project", "702", "1001-1")  # of the project's own invoicing, without an order
    assert found["sales_invoice", "1103"]["status"] == "credited"


def test_a_suppliers_invoice_and_the_steps_of_its_approval():
    invoice = entities(CONNECTOR, "supplier-invoices")["purchase_invoice", "1401"]
    (line,) = invoice.pop("lines")
    assert invoice == {
        "document_type": "invoice", "number": "T-88771", "party": ("supplier", "601", "20001"),
        "invoice_date": "2026-02-15", "due_date": "2026-03-15", "net": nok("14220"), "net_company": nok("14220"),
        "vat": nok("3555"), "vat_company": nok("3555"), "gross": nok("17775"), "gross_company": nok("17775"),
        "remaining": nok("17775"), "currency": "NOK", "status": "booked",
        "payment_ref": {"scheme": "no_kid", "value": "20260113", "valid": True}, "changed_at": LAST,
        "steps": [
            {"state": "other", "status_source": "2", "by": ("employee", "301", "1"), "by_name": "Tømrer En",
             "at": "2026-02-18", "level": 0, "comment": "Mottatt på plass"},
            {"state": "other", "status_source": "0", "by": ("employee", "302", "2"), "by_name": None, "at": None,
             "level": 1, "comment": None},
        ],
    }  # fmt: skip
    assert (line["net"], line["vat_amount"], line["quantity"]["value"]) == (nok("14220"), nok("3555"), "200")


def test_a_receipt_goes_by_its_voucher_and_may_have_a_message():
    found = entities(CONNECTOR, "supplier-invoices")
    receipt = found["purchase_invoice", "1402"]
    assert (receipt["number"], receipt["status"]) == ("46-2026", "paid")
    assert receipt["payment_ref"] == {"scheme": "free", "value": "Kvittering drivstoff", "valid": None}
    assert found["purchase_invoice", "1403"]["gross"] == nok("-125")


def test_accounts_say_what_a_posting_needs():
    found = entities(CONNECTOR, "accounts")
    assert found["account", "3000"] == {
        "number": "3000", "name": "Salgsinntekt, avgiftspliktig", "kind": "income", "vat_code": ("vat_code", "3", "3"),
        "requires": ["department", "project"], "standard_code": "30", "active": True, "changed_at": LAST,
    }  # fmt: skip
    assert (found["account", "8990"]["kind"], found["account", "8990"]["active"]) == ("other", False)


def test_a_posting_is_coded_by_department_and_free_dimensions():
    found = entities(CONNECTOR, "postings")
    free = [
        ("1", ("dimension_value", "1/81", "G1")),
        ("2", ("dimension_value", "2/83")),
        ("3", ("dimension_value", "3/84", "V")),
    ]
    assert found["ledger_entry", "2001"] == {
        "voucher_number": "45-2026", "voucher_type": "Leverandørfaktura", "posting_date": "2026-02-15",
        "account": ("account", "4300", "4300"), "amount_company": nok("14220"), "amount": nok("14220"),
        "currency": "NOK", "vat_code": ("vat_code", "1", "1"), "vat_amount": nok("3555"), "party": None,
        "employee": None, "product": ("product", "1001", "T-100"),
        "quantity": {"value": "200", "unit": "EA", "unit_source": "EA"}, "project": ("project", "701", "1001"),
        "dims": [TEN, *({"dimension": ("dimension", index), "value": value} for index, value in free)],
        "match_id": None, "payment_ref": None, "text": "Gipsplater",
    }  # fmt: skip


def test_the_party_of_a_posting_is_its_customer_or_its_supplier():
    found = entities(CONNECTOR, "postings")
    owed, due, wage = (found["ledger_entry", key] for key in ("2002", "2003", "2004"))
    assert (owed["party"], owed["match_id"]) == (("supplier", "601", "20001"), "3001")
    assert (due["party"], due["amount"], due["amount_company"]) == (
        ("customer", "503", "10003"), eur("1000"), nok("11500"),
    )  # fmt: skip
    assert (wage["party"], wage["employee"]) == (None, ("employee", "301", "1"))
