"""What Fortnox's articles, documents and books mean, worked out by hand from the connector's own samples."""

from __future__ import annotations

from typing import Any

from connectors.systems.fortnox import CONNECTOR
from connectors.testing.samples import load_samples
from tests.support.mapped_samples import entities

MARK = [{"dimension": ("dimension", "cost-center"), "value": ("dimension_value", "cost-center/MARK", "MARK")}]


def of(stream: str, records: Any = None) -> Any:
    return entities(CONNECTOR, stream, records)


def samples(stream: str) -> Any:
    assert CONNECTOR.folder is not None
    return load_samples(CONNECTOR.folder / "samples")[stream]


def sek(amount: str, **more: str | None) -> dict[str, str | None]:
    return {"amount": amount, "currency": "SEK", **more}


def test_an_article_of_goods_is_a_product_alone() -> None:
    found = of("articles")
    assert found["product", "2040"] == {
        "number": "2040",
        "name": "Makadam 8-16",
        "kind": "goods",
        "unit": "TNE",
        "sales_price": sek("289.5", per="TNE"),
        "cost_price": sek("187.1234", per="TNE"),
        "supplier": ("supplier", "500", "500"),
        "gtin": "7350000000012",
        "house_work_type": None,
        "active": True,
    }
    assert ("activity", "2040") not in found


def test_an_article_of_services_is_an_activity_too() -> None:
    found = of("articles")
    assert (found["product", "10"]["kind"], found["product", "10"]["house_work_type"]) == ("service", "CONSTRUCTION")
    assert found["activity", "10"] == {
        "code": "10",
        "number": "10",
        "name": "Snickare",
        "kind": "work",
        "default_rate": sek("620", per="HUR"),
        "active": True,
    }
    assert found["activity", "GRÄV"]["name"] == "GRÄV"


def test_an_order_with_its_lines() -> None:
    order = of("orders")["sales_order", "3001"]
    lines = order.pop("lines")
    assert order == {
        "number": "3001",
        "party": ("customer", "100", "100"),
        "order_date": "2026-02-02",
        "delivery_date": "2026-03-15",
        "status": "confirmed",
        "status_source": "registration",
        "project": ("project", "1001", "1001"),
        "customer_reference": "PO-4411",
        "currency": "SEK",
        "exchange_rate": "1",
        "net": sek("11560"),
        "vat": sek("2890"),
        "gross": sek("14450"),
        "external_ref": "ord-1",
    }
    assert lines[0] == {
        "line_id": "1",
        "kind": "product",
        "product": ("product", "10", "10"),
        "description": "Snickare",
        "quantity": {"value": "16", "unit": "HUR", "unit_source": "h"},
        "unit_price": sek("620", per="HUR"),
        "discount_percent": "10",
        "net": sek("8928"),  # 16 h x 620 less 10 %
        "vat_code": ("vat_code", "MP1", "MP1"),
        "vat_rate": "25",
        "project": ("project", "1001", "1001"),
        "dims": MARK,
    }
    assert (lines[1]["quantity"]["value"], lines[1]["discount_percent"]) == ("9.0915", None)
    assert (lines[2]["kind"], lines[2]["net"]) == ("text", sek("0"))


def test_prices_with_vat_are_shown_without() -> None:
    order = of("orders")["sales_order", "3002"]
    (line,) = order["lines"]
    assert (line["unit_price"], line["net"]) == (sek("500", per="HUR"), sek("1000"))  # 625 and 1250 with 25 %
    assert line["house_work"] == {"type": "CONSTRUCTION", "hours": "2"}
    assert order["status"] == "invoiced"


def test_a_cancelled_order_in_a_currency_that_is_quoted_for_100() -> None:
    order = of("orders")["sales_order", "3003"]
    assert (order["status"], order["currency"], order["exchange_rate"]) == ("cancelled", "NOK", "0.985")


def test_an_invoice_that_is_partly_paid() -> None:
    invoice = of("invoices")["sales_invoice", "7001"]
    lines = invoice.pop("lines")
    assert invoice == {
        "document_type": "invoice",
        "number": "7001",
        "party": ("customer", "100", "100"),
        "invoice_date": "2026-02-27",
        "due_date": "2026-03-29",
        "delivery_date": "2026-02-26",
        "period_from": "2026-02-01",
        "period_to": "2026-02-28",
        "net": sek("9300.2"),
        "vat": sek("0"),
        "gross": sek("9300"),
        "remaining": sek("4300"),
        "rounding": sek("-0.2"),
        "currency": "SEK",
        "exchange_rate": "1",
        "status": "part_paid",
        "payment_ref": {"scheme": "se_ocr", "value": "7001019", "valid": True},
        "credits": None,
        "order": ("sales_order", "3001", "3001"),
        "project": ("project", "1001", "1001"),
        "dims": MARK,
        "references": {"yours": "Inköp", "ours": "Test Ett", "purchase_order": "PO-4411", "contract": "12"},
        "tax_reduction": None,
        "external_ref": "inv-1",
    }
    assert lines[0]["account"] == ("account", "3231/5", "3231")
    assert lines[0]["vat_code"] == ("vat_code", "BYGG", "BYGG")
    assert (lines[0]["net"], lines[1]["kind"], lines[1]["account"]) == (sek("9300"), "text", None)


def test_an_invoice_with_tax_reduction_that_was_credited() -> None:
    found = of("invoices")
    invoice, credit = found["sales_invoice", "7002"], found["sales_invoice", "7003"]
    assert (invoice["status"], invoice["credits"]) == ("credited", None)
    assert invoice["tax_reduction"] == {"kind": "rot", "amount": sek("375")}
    assert invoice["payment_ref"] == {"scheme": "se_ocr", "value": "700201", "valid": False}
    assert (invoice["lines"][0]["net"], invoice["lines"][0]["discount_percent"]) == (sek("1000"), None)
    assert (credit["document_type"], credit["credits"]) == ("credit_note", ("sales_invoice", "7002", "7002"))
    assert (credit["net"], credit["gross"], credit["lines"][0]["net"]) == (sek("-1000"), sek("-1250"), sek("-1000"))


def test_a_credit_note_of_positive_amounts_is_turned() -> None:
    sample = next(one for one in samples("invoices") if one["DocumentNumber"] == "7003")
    row = sample["InvoiceRows"][0] | {"TotalExcludingVAT": 1000.0, "Total": 1250.0}
    turned = sample | {"Net": 1000.0, "TotalVAT": 250.0, "Total": 1250.0, "Balance": 50.0, "InvoiceRows": [row]}
    credit = of("invoices", [turned])["sales_invoice", "7003"]
    assert (credit["net"], credit["vat"], credit["gross"]) == (sek("-1000"), sek("-250"), sek("-1250"))
    assert (credit["remaining"], credit["lines"][0]["net"]) == (sek("-50"), sek("-1000"))


def test_an_interest_invoice_is_not_in_the_books_yet() -> None:
    invoice = of("invoices")["sales_invoice", "7004"]
    assert (invoice["document_type"], invoice["status"], invoice["exchange_rate"]) == ("interest", "sent", "0.985")
    assert invoice["gross"] == {"amount": "120.5", "currency": "NOK"}


def test_an_invoice_of_the_building_trades_reverse_charge() -> None:
    invoice = of("supplier-invoices")["purchase_invoice", "900"]
    (line,) = invoice.pop("lines")
    assert invoice == {
        "document_type": "invoice",
        "number": "G-55121",
        "party": ("supplier", "500", "500"),
        "invoice_date": "2026-02-18",
        "due_date": "2026-03-20",
        "net": sek("12000"),
        "vat": sek("0"),
        "gross": sek("12000"),
        "remaining": sek("12000"),
        "rounding": sek("0"),
        "currency": "SEK",
        "exchange_rate": "1",
        "status": "booked",
        "payment_ref": {"scheme": "se_ocr", "value": "5512108", "valid": True},
        "credits": None,
        "project": ("project", "1001", "1001"),
        "dims": MARK,
        "references": {"yours": "Order", "ours": "Test Ett"},
        "reverse_charge": True,
        "external_ref": "ext-9",
    }
    assert line == {  # the rows of the debt and of VAT are none
        "line_id": "4",
        "kind": "product",
        "product": ("product", "2040", "2040"),
        "account": ("account", "4425/5", "4425"),
        "description": "Makadam 8-16",
        "quantity": {"value": "40", "unit": "TNE", "unit_source": "ton"},
        "unit_price": sek("300", per="TNE"),
        "net": sek("12000"),
        "project": ("project", "1001", "1001"),
        "dims": MARK,
    }


def test_a_suppliers_credit_note_in_a_foreign_currency() -> None:
    credit = of("supplier-invoices")["purchase_invoice", "901"]
    assert (credit["document_type"], credit["number"], credit["status"]) == ("credit_note", "901", "draft")
    assert credit["net"] == {"amount": "-200", "currency": "EUR"}  # -250.40 less -50.40
    assert credit["lines"][0]["net"] == {"amount": "-200", "currency": "EUR"}
    assert credit["credits"] == ("purchase_invoice", "900", "900")


def test_a_paid_supplier_invoice() -> None:
    invoice = of("supplier-invoices")["purchase_invoice", "902"]
    assert (invoice["status"], invoice["net"], invoice["vat"], invoice["gross"]) == (
        "paid",
        sek("1000"),
        sek("250"),
        sek("1250"),
    )


def test_accounts_are_those_of_a_financial_year() -> None:
    found = of("accounts")
    assert found["account", "3231/5"] == {
        "number": "3231",
        "name": "Försäljning, omvänd skattskyldighet bygg",
        "kind": "income",
        "vat_code": ("vat_code", "BYGG", "BYGG"),
        "requires": ["project"],
        "active": True,
    }
    assert found["account", "4425/5"]["requires"] == ["cost_centre", "project"]
    assert [found["account", key]["kind"] for key in ("4425/5", "2081/5", "8999/5")] == ["expense", "equity", "other"]


def test_a_voucher_gives_its_rows_as_postings_that_add_up() -> None:
    found = of("vouchers")
    assert found["ledger_entry", "B/211/5/2"] == {
        "voucher_number": "B/211/5",
        "voucher_type": "INVOICE",
        "posting_date": "2026-02-27",
        "account": ("account", "3231/5", "3231"),
        "amount_company": sek("-9300.2"),
        "quantity": {"value": "15", "unit": None, "unit_source": None},
        "project": ("project", "1001", "1001"),
        "dims": MARK,
        "text": "Skolgården",
        "active": True,
    }
    assert found["ledger_entry", "B/211/5/1"]["amount_company"] == sek("9300")
    assert found["ledger_entry", "B/211/5/3"]["amount_company"] == sek("0.2")


def test_a_row_that_was_struck_out_keeps_its_place_and_posts_nothing() -> None:
    found = of("vouchers")
    gone, instead = found["ledger_entry", "A/9/5/1"], found["ledger_entry", "A/9/5/2"]
    assert (gone["active"], gone["amount_company"]) == (False, sek("0"))
    assert (instead["active"], instead["amount_company"]) == (True, sek("150"))


def test_a_payment_in_the_book_currency() -> None:
    assert of("invoice-payments")["payment", "incoming/61"] == {
        "number": "61",
        "direction": "incoming",
        "date": "2026-03-01",
        "amount": sek("5000"),
        "amount_company": sek("5000"),
        "currency": "SEK",
        "exchange_rate": "1",
        "party": ("customer", "100", "100"),
        "method": "BG",
        "payment_ref": {"scheme": "se_ocr", "value": "7001019", "valid": True},
        "allocations": [{"invoice": ("sales_invoice", "7001", "7001"), "amount": sek("5000")}],
        "write_off": None,
    }


def test_a_payment_with_write_offs() -> None:
    payment = of("invoice-payments")["payment", "incoming/62"]
    assert (payment["amount"], payment["amount_company"]) == ({"amount": "119", "currency": "NOK"}, sek("117.22"))
    assert payment["write_off"] == sek("1.78")  # 1.50 and 0.28


def test_payments_to_suppliers_count_for_themselves() -> None:
    found = of("supplier-invoice-payments")
    paid, without = found["payment", "outgoing/31"], found["payment", "outgoing/32"]
    assert (paid["direction"], paid["party"]) == ("outgoing", ("supplier", "500", "500"))
    assert paid["allocations"] == [{"invoice": ("purchase_invoice", "902", "902"), "amount": sek("1250")}]
    assert (without["allocations"], without["exchange_rate"]) == ([], "11.2345")
