"""What Visma.net's products, documents and books mean, worked out by hand from the connector's own samples."""

from __future__ import annotations

from typing import Any

from connectors.systems.visma_net import CONNECTOR
from tests.support.mapped_samples import entities

AT = "2026-02-27T13:05:09.123000Z"  # 14:05 in Oslo
PROJECT = ("project", "301", "P1001")
TASK = ("project_task", "9001", "10")
CODED = [
    {"dimension": ("dimension", "branch"), "value": ("dimension_value", "branch/1", "1")},
    {"dimension": ("dimension", "subaccount"), "value": ("dimension_value", "subaccount/10-200", "10-200")},
]
BRANCH = CODED[:1]


def of(stream: str) -> Any:
    return entities(CONNECTOR, stream)


def nok(amount: str, **more: str | None) -> dict[str, str | None]:
    return {"amount": amount, "currency": "NOK", **more}


def both(name: str, amount: str) -> dict[str, Any]:
    return {name: nok(amount), f"{name}_company": nok(amount)}


def test_a_product_with_its_default_supplier_and_bar_code() -> None:
    found = of("products")
    assert found["product", "SP-10"] == {
        "number": "SP-10",
        "name": "Spunt 10 m",
        "kind": "goods",
        "unit": "EA",
        "sales_price": nok("4200.5", per="EA"),
        "cost_price": nok("3100.1234", per="EA"),
        "vat_code": ("vat_code", "3", "3"),
        "sales_account": ("account", "3000", "3000"),
        "supplier": ("supplier", "50000", "50000"),
        "gtin": "7080000000012",
        "active": True,
        "changed_at": AT,
    }
    labour = found["product", "TIME"]
    assert (labour["kind"], labour["unit"], labour["sales_price"]) == ("labour", "HUR", nok("890", per="HUR"))
    assert (labour["supplier"], labour["gtin"], labour["sales_account"]) == (None, None, None)
    assert found["product", "GEB"]["active"] is False


def test_a_purchase_order_of_one_project() -> None:
    order = of("purchase-orders")["purchase_order", "PO200"]
    lines = order.pop("lines")
    assert order == {
        "number": "PO200",
        "party": ("supplier", "50000", "50000"),
        "order_date": "2026-02-02",
        "delivery_date": "2026-03-01",
        "status": "confirmed",
        "status_source": "Open",
        "project": ("project", "301"),
        "customer_reference": "T-8",
        "currency": "NOK",
        "exchange_rate": "1",
        **both("net", "15000"),
        **both("vat", "3750"),
        **both("gross", "18750"),
        "changed_at": AT,
    }
    assert lines[0] == {
        "line_id": "1",
        "kind": "product",
        "product": ("product", "PUKK", "PUKK"),
        "account": ("account", "4300", "4300"),
        "description": "Pukk 8-16",
        "quantity": {"value": "40", "unit": "TNE", "unit_source": "TONN"},
        "unit_price": nok("312.5", per="TNE"),
        "discount_percent": "4",
        "net": nok("12000"),  # 40 x 312.50 less 4 %
        "project": PROJECT,
        "project_task": TASK,
        "dims": CODED,
    }
    assert (lines[1]["kind"], lines[1]["product"]) == ("account", None)


def test_a_purchase_order_of_several_projects_names_none() -> None:
    order = of("purchase-orders")["purchase_order", "PO201"]
    assert (order["project"], order["status"], order["exchange_rate"]) == (None, "cancelled", "11.25")
    assert (order["gross"]["currency"], order["gross_company"]) == ("EUR", nok("1125"))


def test_an_invoice_that_is_partly_paid() -> None:
    invoice = of("invoices")["sales_invoice", "Invoice/100101"]
    lines = invoice.pop("lines")
    assert invoice == {
        "document_type": "invoice",
        "number": "100101",
        "party": ("customer", "10000", "10000"),
        "invoice_date": "2026-02-27",
        "due_date": "2026-03-13",
        "period_from": "2026-02-01",
        "period_to": "2026-02-28",
        **both("net", "10000"),
        **both("vat", "2500"),
        **both("gross", "12500"),
        **both("remaining", "2500"),
        "rounding": nok("0"),
        "currency": "NOK",
        "exchange_rate": "1",
        "status": "part_paid",
        "status_source": "Open",
        "payment_ref": {"scheme": "no_kid", "value": "1001011", "valid": False},
        "project": PROJECT,
        "dims": CODED,
        "references": {"yours": "Styret", "ours": "Test En", "purchase_order": "BEST-7", "contract": "K-12"},
        "tax_reduction": None,
        "external_ref": "inv-1",
        "changed_at": AT,
    }
    assert lines[0] == {
        "line_id": "1",
        "kind": "product",
        "product": ("product", "TIME", "TIME"),
        "account": ("account", "3000", "3000"),
        "description": "Forskaling",
        "quantity": {"value": "11.25", "unit": "HUR", "unit_source": "timer"},
        "unit_price": nok("1000", per="HUR"),
        "discount_percent": "10",
        "net": nok("10125"),  # 11.25 h x 1000 less 10 %
        "vat_code": ("vat_code", "3", "3"),
        "project": PROJECT,
        "project_task": TASK,
        "dims": CODED,
        "house_work": None,
    }
    assert [line["kind"] for line in lines] == ["product", "account", "text"]
    assert (lines[1]["net"], lines[2]["net"]) == (nok("-125"), nok("0"))


def test_a_paid_invoice_in_kronor_with_tax_reduction() -> None:
    invoice = of("invoices")["sales_invoice", "Invoice/100102"]
    assert (invoice["status"], invoice["exchange_rate"], invoice["project"]) == ("paid", "0.985", None)
    assert (invoice["gross"], invoice["gross_company"]) == ({"amount": "1000", "currency": "SEK"}, nok("985"))
    assert invoice["tax_reduction"] == {"kind": "rot", "amount": {"amount": "300", "currency": "SEK"}}
    assert invoice["lines"][0]["house_work"] == {"type": "Bygg"}
    assert invoice["payment_ref"] is None


def test_an_interest_invoice_on_hold_with_a_text_for_the_payer() -> None:
    invoice = of("invoices")["sales_invoice", "FinCharge/100103"]
    assert (invoice["document_type"], invoice["status"]) == ("interest", "draft")
    assert invoice["payment_ref"] == {"scheme": "free", "value": "purregebyr februar", "valid": None}


def test_a_credit_note_of_positive_amounts_is_negative() -> None:
    credit = of("credit-notes")["sales_invoice", "CreditNote/200011"]
    assert (credit["document_type"], credit["status"]) == ("credit_note", "booked")
    assert {name: credit[name] for name in ("net", "vat", "gross", "remaining")} == {
        "net": nok("-1000"),
        "vat": nok("-250"),
        "gross": nok("-1250"),
        "remaining": nok("-1250"),
    }
    assert credit["lines"][0]["net"] == nok("-1000")
    assert credit["tax_reduction"] == {"kind": "rut", "amount": nok("-100")}


def test_a_credit_note_of_negative_amounts_stays_negative() -> None:
    credit = of("credit-notes")["sales_invoice", "CreditNote/200012"]
    assert (credit["status"], credit["gross"]) == ("cancelled", {"amount": "-1000", "currency": "SEK"})
    assert credit["net_company"] == nok("-985")
    assert credit["lines"][0]["net"] == {"amount": "-1000", "currency": "SEK"}


def test_a_supplier_invoice_with_retention_and_approval() -> None:
    invoice = of("supplier-invoices")["purchase_invoice", "Invoice/300201"]
    lines = invoice.pop("lines")
    assert invoice == {
        "document_type": "invoice",
        "number": "F-7781",
        "party": ("supplier", "50000", "50000"),
        "invoice_date": "2026-02-18",
        "due_date": "2026-03-20",
        **both("net", "15000"),  # lines of 15500 less 500
        **both("vat", "3750"),
        **both("gross", "18750"),
        **both("remaining", "18750"),
        **both("rounding", "0"),
        "currency": "NOK",
        "exchange_rate": "1",
        "status": "booked",
        "status_source": "Open",
        "payment_ref": {"scheme": "no_kid", "value": "12345674", "valid": True},
        "order": ("purchase_order", "PO200", "PO200"),
        "project": ("project", "301"),
        "dims": BRANCH,
        "references": {"ours": "Test En"},
        "retention": {"amount": nok("937.5")},
        "approval": {"state": "approved", "status_source": "ApprovedInApproval", "comment": "Mengde kontrollert"},
        "changed_at": AT,
    }
    assert (lines[0]["net"], lines[0]["project_task"], lines[0]["vat_code"]) == (
        nok("12500"),
        TASK,
        ("vat_code", "1", "1"),
    )
    assert (lines[1]["kind"], lines[1]["dims"]) == ("account", BRANCH)


def test_what_a_supplier_credits_and_what_is_paid_in_advance() -> None:
    found = of("supplier-invoices")
    credit, advance = found["purchase_invoice", "DebitAdj/300202"], found["purchase_invoice", "Prepayment/300203"]
    assert (credit["document_type"], credit["number"], credit["status"]) == ("credit_note", "300202", "approved")
    assert (credit["gross"], credit["gross_company"]) == ({"amount": "-100", "currency": "EUR"}, nok("-1125"))
    assert credit["lines"][0]["net"] == {"amount": "-100", "currency": "EUR"}
    assert credit["approval"]["state"] == "draft"
    assert (advance["document_type"], advance["status"], advance["lines"]) == ("on_account", "paid", None)


def test_a_payment_of_a_customer() -> None:
    found = of("customer-payments")
    assert found["payment", "incoming/Payment/400001"] == {
        "number": "400001",
        "direction": "incoming",
        "date": "2026-03-01",
        "amount": nok("10000"),
        "amount_company": nok("10000"),
        "currency": "NOK",
        "party": ("customer", "10000", "10000"),
        "method": "1",
        "payment_ref": {"scheme": "no_kid", "value": "1001011", "valid": False},
        "allocations": [{"invoice": ("sales_invoice", "Invoice/100101", "100101"), "amount": nok("10000")}],
        "write_off": nok("0.5"),
        "changed_at": AT,
    }
    refund = found["payment", "incoming/Refund/400002"]
    assert (refund["direction"], refund["amount_company"]) == ("outgoing", nok("98.5"))
    assert len(found) == 2  # a credit note in the list moves no money


def test_a_payment_to_a_supplier_and_its_undoing() -> None:
    found = of("supplier-payments")
    paid, undone = found["payment", "outgoing/Payment/500001"], found["payment", "outgoing/VoidPayment/500001"]
    assert (paid["direction"], paid["method"], paid["write_off"]) == ("outgoing", "2", nok("0.75"))
    assert paid["allocations"][0] == {
        "invoice": ("purchase_invoice", "Invoice/300201", "300201"),
        "amount": nok("18750"),
    }
    assert (undone["direction"], undone["amount"]) == ("incoming", {"amount": "100", "currency": "EUR"})
    assert len(found) == 2


def test_a_vat_code_has_the_rate_of_today() -> None:
    found = of("vat-codes")
    assert found["vat_code", "3"] == {
        "code": "3",
        "number": "3",
        "name": "Utgående høy",
        "rate_percent": "25",  # 24 from 2027 on
        "direction": "output",
        "reverse_charge": False,
        "deductible_percent": "0",
        "valid_from": "2016-01-01",
        "valid_to": None,
        "changed_at": AT,
    }
    assert (found["vat_code", "1"]["direction"], found["vat_code", "1"]["deductible_percent"]) == ("input", "50")
    assert (found["vat_code", "86G"]["reverse_charge"], found["vat_code", "86G"]["valid_to"]) == (True, "2019-12-31")


def test_accounts() -> None:
    found = of("accounts")
    assert found["account", "3000"] == {
        "number": "3000",
        "name": "Salgsinntekt, avgiftspliktig",
        "kind": "income",
        "active": True,
        "changed_at": AT,
    }
    assert (found["account", "2990"]["name"], found["account", "2990"]["kind"]) == ("2990", "liability")


def test_the_lines_of_a_posted_journal_are_postings() -> None:
    found = of("journals")
    assert found["ledger_entry", "ModuleAR/000700/2"] == {
        "voucher_number": "000700",
        "voucher_type": "ModuleAR",
        "posting_date": "2026-02-27",
        "account": ("account", "3000", "3000"),
        **{name: nok("-10000") for name in ("amount", "amount_company")},
        "currency": "NOK",
        "vat_code": ("vat_code", "3", "3"),
        "party": ("customer", "10000", "10000"),
        "product": ("product", "TIME", "TIME"),
        "quantity": {"value": "11.25", "unit": "HUR", "unit_source": "TIME"},
        "project": PROJECT,
        "project_task": TASK,
        "dims": CODED,
        "text": "Forskaling",
        "changed_at": AT,
    }
    foreign = found["ledger_entry", "ModuleAP/000701/1"]
    assert (foreign["amount_company"], foreign["amount"]) == (nok("1125"), {"amount": "100", "currency": "EUR"})
    assert foreign["party"] == ("supplier", "50001", "50001")
    assert not any(key.startswith("ModuleGL") for _, key in found)  # on hold
