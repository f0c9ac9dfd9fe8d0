"""What Fortnox's masters, hours and pay mean, worked out by hand from the connector's own samples."""

from __future__ import annotations

from typing import Any

from connectors.systems.fortnox import CONNECTOR
from tests.support.mapped_samples import entities

MARK = [{"dimension": ("dimension", "cost-center"), "value": ("dimension_value", "cost-center/MARK", "MARK")}]
TIME = "6f1c9a52-0d6e-4c2e-9a55-00000000000"
PAY = "0b8f5a10-0000-4000-8000-000000000"


def of(stream: str, **options: Any) -> Any:
    return entities(CONNECTOR, stream, **options)


def sek(amount: str, **more: str) -> dict[str, str]:
    return {"amount": amount, "currency": "SEK", **more}


def test_a_company_shows_until_when_its_books_are_locked() -> None:
    found = of("company")
    assert found["company", "1204411"] == {
        "name": "Björkvallen Bygg AB",
        "org_number": {"value": "5599871018", "scheme": "0007", "country": "SE", "valid": True},
        "vat_number": "SE559987101801",
        "base_currency": "SEK",
        "country": "SE",
        "time_zone": "Europe/Stockholm",
        "locked_until": "2025-12-31",
    }
    assert found["dimension", "cost-center"] == {"code": "cost-center", "name": "Cost centre", "kind": "cost_centre"}


def test_a_companys_currency_and_zone_are_those_of_the_connection() -> None:
    found = of("company", currency="EUR", time_zone="Europe/Helsinki")["company", "1204411"]
    assert (found["base_currency"], found["time_zone"]) == ("EUR", "Europe/Helsinki")


def test_the_wage_codes_of_the_contract_come_with_the_company() -> None:
    codes = {key: body for (entity, key), body in of("company").items() if entity == "wage_code"}
    assert len(codes) == 26 + 23  # as many as the contract lists for attendance and for absence
    assert codes["TID"] == {
        "code": "TID",
        "number": "TID",
        "name": "Working time",
        "kind": "hourly",
        "unit": "HUR",
        "use_in_timesheet": True,
        "active": True,
    }
    kinds = {code: codes[code]["kind"] for code in ("OT1", "OK0", "OB5", "BE2", "RES", "SEM", "VAB", "ATF")}
    assert kinds == {
        "OT1": "overtime",
        "OK0": "overtime",
        "OB5": "supplement",
        "BE2": "supplement",
        "RES": "other",
        "SEM": "absence",
        "VAB": "absence",
        "ATF": "absence",
    }


def test_a_cost_centre_is_a_department_and_a_value_of_the_dimension() -> None:
    found = of("cost-centers")
    assert found["department", "MARK"] == {
        "code": "MARK",
        "number": "MARK",
        "name": "Markarbeten",
        "kind": "cost_centre",
        "active": True,
    }
    assert found["dimension_value", "cost-center/GL"] == {
        "dimension": ("dimension", "cost-center"),
        "code": "GL",
        "number": "GL",
        "name": "Gamla verkstaden",
        "active": False,
    }


def test_an_employee_has_one_employment() -> None:
    found = of("employees")
    assert found["employee", "1"] == {
        "number": "1",
        "first_name": "Test",
        "last_name": "Ett",
        "display_name": "Test Ett",
        "name": "Test Ett",
        "email": "ett@bjorkvallen.example",
        "mobile": "0701740601",
        "department": ("department", "MARK", "MARK"),
        "dims": MARK,
        "kind": "employee",
        "start_date": "2021-03-01",
        "end_date": None,
        "category": "ARB",
        "active": True,
    }
    assert found["employment", "1"] == {
        "employee": ("employee", "1", "1"),
        "start": "2021-03-01",
        "end": None,
        "remuneration": "hourly",
        "hours_per_week": "40",
        "active": True,
    }


def test_an_employee_who_left_and_one_without_employment() -> None:
    found = of("employees")
    left, known = found["employee", "2"], found["employee", "LAG3"]
    assert (left["display_name"], left["end_date"], left["active"]) == ("Test Nummer Två", "2026-01-31", False)
    assert (left["email"], left["department"], left["dims"]) == (None, None, [])
    assert found["employment", "2"]["remuneration"] == "monthly"
    assert found["employment", "2"]["hours_per_week"] == "28.75"
    assert known["start_date"] is None
    assert ("employment", "LAG3") not in found


def test_what_is_sensitive_of_employees_and_suppliers_is_not_even_kept() -> None:
    wages = {"MonthlySalary", "HourlyPay", "DatedWages", "PersonalIdentityNumber", "BankAccountNo", "ClearingNo"}
    assert CONNECTOR.spec.stream("employees").fields
    assert not wages & set(CONNECTOR.spec.stream("employees").fields)
    assert not {"BG", "PG", "IBAN", "BankAccountNumber"} & set(CONNECTOR.spec.stream("suppliers").fields)


def test_a_customer_of_the_building_trade() -> None:
    assert of("customers")["customer", "100"] == {
        "number": "100",
        "name": "Lindholmens Fastigheter AB",
        "is_person": False,
        "org_number": {"value": "5599871026", "scheme": "0007", "country": "SE", "valid": True},
        "vat_number": "SE559987102601",
        "gln": "7350000000005",
        "email": "info@lindholmen.example",
        "invoice_email": "faktura@lindholmen.example",
        "phone": "031-7740601",
        "addresses": [
            {
                "kind": "postal",
                "lines": ["Box 12", "Kajen 3"],
                "postal_code": "41755",
                "city": "Göteborg",
                "country": "SE",
            },
            {"kind": "visit", "lines": ["Kajen 3"], "postal_code": "41755", "city": "Göteborg", "country": "SE"},
            {
                "kind": "delivery",
                "lines": ["Port 7", "Lastkajen"],
                "postal_code": "41756",
                "city": "Göteborg",
                "country": "SE",
            },
        ],
        "currency": "SEK",
        "payment_terms_days": 30,
        "invoice_channel": "email",
        "vat_treatment": "domestic_reverse",
        "department": ("department", "MARK", "MARK"),
        "dims": MARK,
        "active": True,
        "external_ref": "crm-77",
    }


def test_the_identity_number_of_a_person_is_never_taken() -> None:
    person = of("customers")["customer", "101"]
    assert (person["is_person"], person["org_number"], person["phone"]) == (True, None, "0701740614")
    assert (person["vat_treatment"], person["invoice_channel"], person["payment_terms_days"]) == (
        "domestic",
        "paper",
        10,
    )


def test_a_foreign_customer_has_a_number_of_its_own_country() -> None:
    found = of("customers")["customer", "E5"]
    assert found["org_number"] == {"value": "123456785", "scheme": "0192", "country": "NO", "valid": True}
    assert (found["currency"], found["vat_treatment"], found["active"]) == ("NOK", "export", False)
    assert found["payment_terms_days"] is None  # 30N is a code, and no number of days


def test_suppliers_at_home_and_abroad() -> None:
    found = of("suppliers")
    assert found["supplier", "500"] == {
        "number": "500",
        "name": "Grus och Sten i Väst AB",
        "org_number": {"value": "5599871034", "scheme": "0007", "country": "SE", "valid": True},
        "vat_number": "SE559987103401",
        "email": "order@grus.example",
        "phone": "0302-774061",
        "addresses": [
            {
                "kind": "postal",
                "lines": ["Täktvägen 9", "Hus B"],
                "postal_code": "44330",
                "city": "Lerum",
                "country": "SE",
            },
            {"kind": "visit", "lines": ["Täktvägen 11"], "postal_code": "44331", "city": "Lerum", "country": "SE"},
        ],
        "currency": "SEK",
        "payment_terms_days": 30,
        "vat_treatment": "domestic_reverse",
        "department": ("department", "MARK", "MARK"),
        "dims": MARK,
        "active": True,
    }
    abroad = found["supplier", "501"]
    assert (abroad["org_number"], abroad["vat_treatment"], abroad["currency"]) == (None, "eu", "EUR")


def test_a_project_is_open_for_time_until_it_is_completed() -> None:
    found = of("projects")
    assert found["project", "1001"] == {
        "number": "1001",
        "name": "Skolgården, etapp 2",
        "status": "active",
        "status_source": "ONGOING",
        "open_for_time": True,
        "active": True,
        "start_date": "2026-01-12",
        "end_date": "2026-08-31",
    }
    assert (found["project", "1002"]["name"], found["project", "1002"]["status"]) == ("1002", "planned")
    assert (found["project", "P-9"]["open_for_time"], found["project", "P-9"]["active"]) == (False, False)


def test_hours_on_an_invoice() -> None:
    assert of("time-registrations")["time_entry", TIME + "1"] == {
        "employee": ("employee", "1", "1"),
        "work_date": "2026-02-23",
        "hours": "7.75",
        "start": {"time": "07:00:00", "zone": "Europe/Stockholm"},
        "end": {"time": "15:15:00", "zone": "Europe/Stockholm"},
        "project": ("project", "1001", "1001"),
        "activity": ("activity", "10", "10"),
        "customer": ("customer", "100", "100"),
        "order": None,
        "wage_code": ("wage_code", "TID", "TID"),
        "kind": "normal",
        "billable": True,
        "billable_hours": "7.5",
        "bill_rate": sek("620", per="HUR"),
        "cost_rate": sek("285.5", per="HUR"),
        "locked": True,
        "invoiced": True,
        "invoice": ("sales_invoice", "7001", "7001"),
        "comment": "Formsättning",
        "internal_note": "väntade på betong",
        "dims": MARK,
    }


def test_overtime_is_not_billed_and_its_clock_is_moved_to_the_companys_zone() -> None:
    entry = of("time-registrations")["time_entry", TIME + "2"]
    assert (entry["kind"], entry["hours"], entry["billable"], entry["billable_hours"]) == (
        "overtime",
        "2.3333",
        False,
        "0",
    )
    assert entry["start"] == {"time": "16:30:00", "zone": "Europe/Stockholm"}  # 15:30 UTC
    assert (entry["locked"], entry["invoiced"], entry["invoice"]) == (False, False, None)


def test_absence_and_travel_among_the_hours() -> None:
    found = of("time-registrations")
    absent, travel = found["time_entry", TIME + "3"], found["time_entry", TIME + "4"]
    assert (absent["kind"], absent["billable"], absent["project"], absent["dims"]) == ("absence", False, None, [])
    assert (travel["kind"], travel["order"], travel["invoice"]) == ("travel", ("sales_order", "3001", "3001"), None)
    assert travel["bill_rate"] == sek("450.25", per="HUR")


def test_attendance_is_a_wage_line_whose_hours_are_text() -> None:
    found = of("attendance")
    assert found["wage_line", PAY + "001"] == {
        "employee": ("employee", "1", "1"),
        "date": "2026-02-23",
        "wage_code": ("wage_code", "TID", "TID"),
        "quantity": {"value": "7.75", "unit": "HUR", "unit_source": None},
        "project": ("project", "1001", "1001"),
        "dims": MARK,
    }
    assert found["wage_line", PAY + "002"]["project"] is None


def test_a_salary_transaction_is_a_wage_line_with_its_amount() -> None:
    found = of("salary-transactions")
    assert found["wage_line", "4101"] == {
        "employee": ("employee", "1", "1"),
        "date": "2026-02-23",
        "wage_code": ("wage_code", "81", "81"),
        "quantity": {"value": "42", "unit": None, "unit_source": None},
        "rate": sek("2.5"),
        "amount": sek("105"),
        "project": ("project", "1001", "1001"),
        "dims": MARK,
        "text": "Egen bil",
    }
    assert found["wage_line", "4102"]["amount"] == sek("-750.5")
    assert found["wage_line", "4103"]["rate"] == sek("395.6667")


def test_absence_is_by_hours_or_by_percent() -> None:
    found = of("absence")
    assert found["absence", PAY + "101"] == {
        "employee": ("employee", "2", "2"),
        "from": "2026-02-25",
        "to": "2026-02-25",
        "hours": "0",
        "percent": "100",
        "code": "SJK",
        "wage_code": ("wage_code", "SJK", "SJK"),
        "project": None,
    }
    assert (found["absence", PAY + "102"]["hours"], found["absence", PAY + "102"]["code"]) == ("4.5", "VAB")
