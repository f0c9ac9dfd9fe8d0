"""What PowerOffice's masters and wages mean: its samples against values worked out by hand."""

from connectors.systems.poweroffice import CONNECTOR
from tests.support.mapped_samples import entities, mapped

FIRST = "2026-01-12T08:30:00.123000Z"
LAST = "2026-03-02T13:05:10.250000Z"
SUMMER = "2026-06-30T22:30:00Z"
TEN = {"dimension": ("dimension", "department"), "value": ("dimension_value", "department/11", "10")}
BERGEN = {"dimension": ("dimension", "location"), "value": ("dimension_value", "location/11", "BGO")}


def guid(number):
    return f"00000000-0000-4000-8000-{number:012d}"


def org_number(value, scheme="0192", country="NO", valid=True):
    return {"value": value, "scheme": scheme, "country": country, "valid": valid}


def nok(amount):
    return {"amount": amount, "currency": "NOK"}


def test_the_company_is_made_of_its_settings_its_lock_date_and_its_enterprises():
    assert entities(CONNECTOR, "company") == {
        ("company", guid(1)): {
            "name": "Nordvik Bygg AS", "org_number": org_number("100000563"), "base_currency": "NOK", "country": "NO",
            "time_zone": "Europe/Oslo", "locked_until": "2026-01-31", "changed_at": LAST,
            "sub_units": [
                {"source_id": "21", "name": "Nordvik Bygg AS avd Bergen", "org_number": org_number("100000571")},
                {"source_id": "22", "name": "Nordvik Bygg AS avd Voss", "org_number": None},
            ],
        },
        ("dimension", "department"): {"code": "department", "name": "Department", "kind": "department"},
        ("dimension", "location"): {"code": "location", "name": "Location", "kind": "location"},
    }  # fmt: skip


def test_a_company_without_a_name_goes_by_its_legal_one():
    record = {"Id": guid(2), "Name": None, "LegalName": "Fjellheim Rør ANS", "financial": {}, "locks": {}}
    company = entities(CONNECTOR, "company", [record])["company", guid(2)]
    assert (company["name"], company["base_currency"]) == ("Fjellheim Rør ANS", "NOK")


def test_departments_and_locations_are_values_of_their_own_dimensions():
    found = entities(CONNECTOR, "departments")
    common = {"code": "10", "number": "10", "name": "Tømrer", "active": True, "changed_at": LAST}
    assert found["department", "11"] == common | {"manager": ("employee", "301", "1"), "kind": "department"}
    assert found["dimension_value", "department/11"] == common | {"dimension": ("dimension", "department")}
    assert entities(CONNECTOR, "locations")["dimension_value", "location/13"] == {
        "dimension": ("dimension", "location"), "code": "OSL", "number": "OSL", "name": "Oslo", "active": False,
        "changed_at": SUMMER,
    }  # fmt: skip


def test_free_dimensions_go_by_their_ordinal():
    found = entities(CONNECTOR, "dimensions")
    assert found["dimension", "1"] == {
        "code": "1", "name": "Byggetrinn", "kind": "free", "position": 1, "active": True,
    }  # fmt: skip
    assert (found["dimension", "3"]["name"], found["dimension", "3"]["active"]) == ("3", False)
    assert entities(CONNECTOR, "dimension-values")["dimension_value", "1/81"] == {
        "dimension": ("dimension", "1"), "code": "G1", "number": "G1", "name": "Grunnarbeid", "active": True,
        "external_ref": "EF-81", "changed_at": LAST,
    }  # fmt: skip


def test_an_employee_field_by_field():
    found = entities(CONNECTOR, "employees")
    assert found["employee", "301"] == {
        "number": "1", "first_name": "Tømrer", "last_name": "En", "display_name": "Tømrer En", "name": "Tømrer En",
        "email": "en@nordvik.example", "mobile": "00000001", "department": ("department", "11", "10"),
        "dims": [TEN, BERGEN], "manager": ("employee", "302", "2"), "kind": "employee", "start_date": "2019-08-01",
        "end_date": None, "active": True, "external_ref": "EF-301", "changed_at": LAST,
    }  # fmt: skip
    left, new = found["employee", "302"], found["employee", "303"]
    assert (left["start_date"], left["end_date"], left["active"], left["external_ref"]) == (
        "2020-03-01", "2026-02-28", False, "9002",
    )  # fmt: skip
    assert (new["number"], new["display_name"], new["last_name"]) == ("303", "Lærling", None)


def test_an_employment_shows_the_share_that_holds_on_the_day_of_reading():
    found = entities(CONNECTOR, "employments")
    assert found["employment", "301/401"] == {
        "employee": ("employee", "301"), "start": "2024-01-01", "end": None, "fte_percent": "80.5",
        "hours_per_week": "37.5", "occupation_code": "7115101", "sub_unit": {"source_id": "21"}, "changed_at": LAST,
    }  # fmt: skip
    assert found["employment", "302/403"]["fte_percent"] == "60"
    assert "fte_percent" not in found["employment", "302/402"]  # nothing to ask for


def test_leaves_and_layoffs_that_have_an_end_are_absences():
    found = entities(CONNECTOR, "employments")
    absences = {key: one for (kind, key), one in found.items() if kind == "absence"}
    assert absences == {
        guid(51): {"employee": ("employee", "301"), "from": "2026-01-05", "to": "2026-06-30", "percent": "49.9",
                   "code": "Maternity", "changed_at": LAST},
        guid(61): {"employee": ("employee", "301"), "from": "2026-03-02", "to": "2026-03-20", "percent": "100",
                   "code": "Layoff", "changed_at": LAST},
    }  # fmt: skip


def test_rates_without_a_beginning_are_left_out():
    found = entities(CONNECTOR, "employee-rates")
    assert set(found) == {("employee_rate", key) for key in ("301/1", "301/2", "302/1")}
    assert found["employee_rate", "301/1"] == {
        "employee": ("employee", "301", "1"), "valid_from": "2025-01-01", "valid_to": "2025-12-31",
        "cost_rate": {"amount": "412.5", "currency": "NOK", "per": "HUR"},
        "bill_rate": {"amount": "790", "currency": "NOK", "per": "HUR"},
    }  # fmt: skip
    assert found["employee_rate", "302/1"]["bill_rate"] is None


def test_a_customer_field_by_field():
    assert entities(CONNECTOR, "customers")["customer", "501"] == {
        "number": "10001", "name": "Askeheim Eiendom AS", "legal_name": "Askeheim Eiendom Holding AS",
        "is_person": False, "org_number": org_number("100000687"), "email": "post@askeheim.example",
        "invoice_email": "faktura@askeheim.example", "phone": "00 00 10 01", "currency": "NOK",
        "addresses": [
            {"kind": "postal", "lines": ["Postboks 12"], "postal_code": "5003", "city": "Bergen", "country": "NO"}
        ],
        "payment_terms_days": 30, "invoice_channel": "ehf_peppol", "vat_treatment": None,
        "department": ("department", "11", "10"), "dims": [TEN], "active": True, "external_ref": "EF-501",
        "changed_at": LAST,
    }  # fmt: skip


def test_persons_foreigners_and_customers_that_were_switched_off():
    found = entities(CONNECTOR, "customers")
    person, abroad, off = (found["customer", key] for key in ("502", "503", "504"))
    assert (person["name"], person["is_person"], person["external_ref"]) == ("Byggherre Privat", True, "78")
    assert abroad["org_number"] == org_number("5500000000", "0007", "SE", valid=False)
    assert (abroad["vat_treatment"], abroad["invoice_channel"], abroad["currency"]) == ("exempt", "other", "SEK")
    assert (off["active"], off["payment_terms_days"], off["invoice_channel"]) == (False, None, None)


def test_suppliers():
    found = entities(CONNECTOR, "suppliers")
    assert found["supplier", "601"] == {
        "number": "20001", "name": "Trelast og Tre AS", "legal_name": "Trelast og Tre AS", "is_person": False,
        "org_number": org_number("100000598"), "email": "ordre@trelast.example", "phone": "00002001",
        "addresses": [
            {"kind": "postal", "lines": ["Sagveien 4", "Port 3"], "postal_code": "2335", "city": "Stange",
             "country": "NO"}
        ],
        "currency": "NOK", "active": True, "external_ref": "EF-601", "changed_at": LAST,
    }  # fmt: skip
    assert (found["supplier", "602"]["name"], found["supplier", "602"]["active"]) == ("Enkelt Graver", False)


def test_contacts_are_known_by_their_party_and_their_own_id():
    found = entities(CONNECTOR, "contacts")
    assert found["contact", "501/521"] == {
        "party": ("customer", "501"), "name": "Prosjekt Kontakt", "first_name": "Prosjekt", "last_name": "Kontakt",
        "title": "Byggeleder", "email": "prosjekt@askeheim.example", "phone": "00005211", "is_default": True,
        "active": True, "external_ref": "EF-521", "changed_at": LAST,
    }  # fmt: skip
    assert found["contact", "503/521"]["name"] == "Annen Kontakt"
    assert entities(CONNECTOR, "projects")["project", "701"]["contact"] == ("contact", "501/521")


def test_a_fixed_price_project():
    assert entities(CONNECTOR, "projects")["project", "701"] == {
        "number": "1001", "name": "Havnegata 35, rehabilitering", "parent": None, "level": 0, "kind": "project",
        "customer": ("customer", "501", "10001"), "contact": ("contact", "501/521"),
        "manager": ("employee", "301", "1"), "department": ("department", "11", "10"), "dims": [TEN, BERGEN],
        "status": "active", "status_source": "Active", "open_for_time": True, "start_date": "2026-01-05",
        "end_date": "2026-11-30", "billing": "fixed_price", "contract_amount": nok("2450000.5"),
        "budget_hours": "1200.5", "budget_revenue": nok("2450000.5"), "budget_cost": nok("1550000.75"),
        "customer_po": "PO-88123", "contract_number": "K-17", "external_number": "1001", "active": True,
        "changed_at": LAST,
    }  # fmt: skip


def test_a_sub_project_an_internal_and_a_resting_project():
    found = entities(CONNECTOR, "projects")
    sub, internal, resting = (found["project", key] for key in ("702", "703", "704"))
    assert (sub["parent"], sub["kind"], sub["level"]) == (("project", "701", "1001"), "sub_project", None)
    assert (sub["status"], sub["billing"], sub["contract_amount"]) == ("planned", "time_and_expenses", None)
    assert sub["open_for_time"] is True  # null is the default: not denied
    assert (internal["kind"], internal["billing"], internal["status"]) == ("internal", "non_billable", "archived")
    assert (internal["open_for_time"], internal["active"]) == (False, False)
    assert (resting["status"], resting["billing"], resting["budget_cost"]) == ("on_hold", None, None)


def test_wage_codes_are_known_by_the_words_of_the_a_melding():
    found = entities(CONNECTOR, "pay-items")
    assert found["wage_code", guid(72)] == {
        "code": "2020", "number": "2020", "name": "Overtid 50 %", "kind": "overtime", "rate": None, "percent": "150",
        "holiday_pay_basis": True, "reporting_code": "Overtidsgodtgjoerelse", "active": True, "changed_at": LAST,
    }  # fmt: skip
    kinds = [one["kind"] for one in found.values()]
    assert kinds == ["hourly", "overtime", "mileage", "deduction"]
    assert found["wage_code", guid(73)]["rate"] == nok("3.5")


def test_a_salary_line_has_its_period_or_the_day_it_was_made():
    found = entities(CONNECTOR, "salary-lines")
    assert found["wage_line", "821"] == {
        "employee": ("employee", "301"), "date": None, "from": "2026-02-16", "to": "2026-02-28",
        "wage_code": ("wage_code", guid(71)), "quantity": {"value": "7.5", "unit": None, "unit_source": None},
        "rate": nok("245.25"), "amount": nok("1839.38"), "project": ("project", "701"),
        "dims": [{"dimension": ("dimension", "department"), "value": ("dimension_value", "department/11")}],
        "text": "Uke 8 og 9", "locked": True, "external_ref": "EF-L-821", "changed_at": LAST,
    }  # fmt: skip
    driven, taken = found["wage_line", "822"], found["wage_line", "823"]
    assert (driven["date"], driven["quantity"]["value"]) == ("2026-03-03", "42")  # 23:30 UTC is the next day in Oslo
    assert (taken["quantity"]["value"], taken["amount"]) == ("1", nok("-350.5"))


def test_salary_lines_that_were_taken_back_or_are_nobodys_are_skipped():
    statuses = {result.key: result.status for result in mapped(CONNECTOR, "salary-lines")}
    assert statuses == {"821": "mapped", "822": "mapped", "823": "mapped", "824": "skipped", "825": "skipped"}
