"""What Tripletex's masters mean: its samples against values worked out by hand."""

import pytest

from connectors.systems.tripletex import CONNECTOR
from tests.support.mapped_samples import entities, mapped

FIRST = "2026-01-12T08:30:00Z"  # 09:30 in Oslo
LAST = "2026-01-14T13:05:10.250000Z"  # the later of two stamps, 14:05 in Oslo
SUMMER = "2026-06-30T22:30:00Z"  # half past midnight in Oslo, on the next day
TEN = {"dimension": ("dimension", "department"), "value": ("dimension_value", "department/11", "10")}


def org_number(value, scheme="0192", country="NO", valid=True):
    return {"value": value, "scheme": scheme, "country": country, "valid": valid}


def test_the_company_comes_with_its_sub_units_and_the_dimension_of_departments():
    assert entities(CONNECTOR, "companies") == {
        ("company", "1"): {
            "name": "Nordvik Bygg AS", "org_number": org_number("100000563"), "base_currency": "NOK", "country": "NO",
            "time_zone": "Europe/Oslo", "active": True, "changed_at": FIRST,
            "sub_units": [
                {"source_id": "21", "name": "Nordvik Bygg AS avd Bergen", "org_number": org_number("100000571")},
                {"source_id": "22", "name": "Nordvik Bygg AS avd Voss", "org_number": None},
            ],
        },
        ("dimension", "department"): {"code": "department", "name": "Department", "kind": "department"},
    }  # fmt: skip


def test_a_company_is_active_until_its_last_day():
    record = {"id": 2, "name": "Nordvik Maskin AS", "currency": {"code": "NOK"}, "endDate": "2026-03-01"}
    assert entities(CONNECTOR, "companies", [record])["company", "2"]["active"] is False
    assert entities(CONNECTOR, "companies", [{**record, "endDate": "2026-03-02"}])["company", "2"]["active"] is True


def test_a_department_is_a_value_of_its_dimension_too():
    found = entities(CONNECTOR, "departments")
    common = {"number": "10", "name": "Tømrer", "code": "10", "active": True, "changed_at": FIRST}
    assert found["department", "11"] == common | {"manager": ("employee", "301", "1"), "kind": "department"}
    assert found["dimension_value", "department/11"] == common | {"dimension": ("dimension", "department")}
    nameless = found["department", "13"]
    assert (nameless["code"], nameless["number"], nameless["active"]) == ("13", None, False)


def test_free_dimensions_are_known_by_their_index_and_their_values_by_index_and_id():
    assert entities(CONNECTOR, "dimensions")["dimension", "3"] == {
        "code": "3", "name": "Region", "kind": "free", "position": 3, "active": False, "changed_at": FIRST,
    }  # fmt: skip
    found = entities(CONNECTOR, "dimension-values")
    assert found["dimension_value", "1/82"] == {
        "dimension": ("dimension", "1"), "code": "G2", "number": "G2", "name": "Råbygg", "active": True,
        "changed_at": LAST,
    }  # fmt: skip
    assert found["dimension_value", "2/83"]["code"] == "83"


def test_an_employee_starts_with_the_first_employment_and_ends_with_the_last():
    found = entities(CONNECTOR, "employees")
    assert found["employee", "301"] == {
        "number": "1", "first_name": "Tømrer", "last_name": "En", "display_name": "Tømrer En", "name": "Tømrer En",
        "email": "en@nordvik.example", "mobile": "00000001", "department": ("department", "11", "10"), "dims": [TEN],
        "kind": "employee", "can_register_time": True, "start_date": "2019-08-01", "end_date": None,
        "category": "Timelønnet", "changed_at": LAST,
    }  # fmt: skip
    left = found["employee", "302"]
    assert (left["start_date"], left["end_date"], left["email"]) == ("2020-03-01", "2026-02-28", None)


def test_accountants_and_contacts_among_the_employees_are_told_apart():
    found = entities(CONNECTOR, "employees")
    proxy, hired = found["employee", "303"], found["employee", "304"]
    assert (proxy["kind"], proxy["number"], proxy["display_name"]) == ("other", "303", "Revisor Kontor")
    assert (hired["kind"], hired["changed_at"]) == ("contact_only", SUMMER)
    assert "start_date" not in hired  # the credential may not see employments


def test_an_employment_shows_the_details_that_hold_on_the_day_of_reading():
    found = entities(CONNECTOR, "employments")
    assert found["employment", "401"] == {
        "employee": ("employee", "301", "1"), "start": "2024-01-01", "end": None, "fte_percent": "80.5",
        "remuneration": "hourly", "occupation_code": "7115104", "changed_at": LAST,
        "sub_unit": {"source_id": "21", "name": "Nordvik Bygg AS avd Bergen", "org_number": org_number("100000571")},
    }  # fmt: skip
    to_come = found["employment", "403"]
    assert (to_come["remuneration"], to_come["fte_percent"], to_come["sub_unit"]) == ("piecework", "50", None)
    assert found["employment", "402"]["remuneration"] == "other"
    assert "fte_percent" not in found["employment", "404"]


def test_a_rate_holds_until_the_day_before_the_next():
    found = entities(CONNECTOR, "employee-rates")
    assert found["employee_rate", "451"] == {
        "employee": ("employee", "301", "1"), "valid_from": "2025-01-01", "valid_to": "2025-12-31",
        "cost_rate": {"amount": "412.5", "currency": "NOK", "per": "HUR"},
        "bill_rate": {"amount": "790", "currency": "NOK", "per": "HUR"}, "changed_at": FIRST,
    }  # fmt: skip
    assert found["employee_rate", "452"]["valid_to"] is None
    assert len(found) == 3


def test_a_leave_without_end_is_not_told():
    assert entities(CONNECTOR, "leaves") == {
        ("absence", "461"): {
            "employee": ("employee", "301", "1"), "from": "2026-03-02", "to": "2026-03-20", "percent": "100",
            "code": "FURLOUGH", "changed_at": LAST,
        },
        ("absence", "462"): {
            "employee": ("employee", "302", "2"), "from": "2026-01-05", "to": "2026-06-30", "percent": "49.9",
            "code": "PARENTAL_BENEFITS", "changed_at": FIRST,
        },
    }  # fmt: skip


def test_a_customer_that_is_a_supplier_points_to_it():
    found = entities(CONNECTOR, "customers")
    assert found["customer", "501"] == {
        "number": "10001", "name": "Askeheim Eiendom AS", "is_person": False, "org_number": org_number("100000687"),
        "gln": "7080000000012", "email": "post@askeheim.example", "invoice_email": "faktura@askeheim.example",
        "phone": "00 00 10 01", "currency": "NOK", "payment_terms_days": 30, "invoice_channel": "ehf_peppol",
        "department": ("department", "11", "10"), "dims": [TEN], "same_party_as": ("supplier", "501", "20007"),
        "addresses": [
            {"kind": "postal", "lines": ["Postboks 12"], "postal_code": "5003", "city": "Bergen", "country": "NO"},
            {"kind": "visit", "lines": ["Havnegata 35", "2. etasje"], "postal_code": "5003", "city": "Bergen",
             "country": "NO"},
            {"kind": "delivery", "lines": ["Lagerveien 2"], "postal_code": "5004", "city": "Bergen", "country": "NO"},
        ],
        "active": True, "changed_at": LAST,
    }  # fmt: skip
    supplier = entities(CONNECTOR, "suppliers")["supplier", "501"]
    assert supplier["same_party_as"] == ("customer", "501", "10001")


def test_terms_in_months_and_numbers_of_0_are_none():
    person = entities(CONNECTOR, "customers")["customer", "502"]
    assert (person["payment_terms_days"], person["gln"], person["org_number"], person["is_person"]) == (
        None, None, None, True,
    )  # fmt: skip
    assert (person["phone"], person["invoice_channel"], person["same_party_as"]) == ("00001002", "paper", None)


def test_a_foreign_number_follows_the_address_and_a_wrong_one_is_flagged():
    found = entities(CONNECTOR, "customers")["customer", "503"]
    assert found["org_number"] == org_number("5500000000", "0007", "SE", valid=False)
    assert (found["currency"], found["invoice_channel"]) == ("SEK", "other")


def test_a_supplier_field_by_field():
    found = entities(CONNECTOR, "suppliers")
    assert found["supplier", "601"] == {
        "number": "20001", "name": "Trelast og Tre AS", "is_person": False, "org_number": org_number("100000598"),
        "email": "ordre@trelast.example", "invoice_email": None, "phone": "00002001", "currency": "NOK",
        "addresses": [
            {"kind": "postal", "lines": ["Sagveien 4"], "postal_code": "2335", "city": "Stange", "country": "NO"}
        ],
        "same_party_as": None, "active": True, "changed_at": LAST,
    }  # fmt: skip
    assert found["supplier", "602"]["active"] is False
    assert found["supplier", "602"]["org_number"] == org_number("DE000000000", None, "DE", None)


@pytest.mark.parametrize(
    ("stream", "wanted"), [("inactive-customers", "customers"), ("inactive-suppliers", "suppliers")]
)
def test_a_party_that_became_inactive_is_read_again_by_its_id(stream, wanted):
    (rule,) = CONNECTOR.mappings[stream].follow_ups
    assert (rule.stream, rule.key) == (wanted, "id")
    assert all(result.status == "skipped" for result in mapped(CONNECTOR, stream))


def test_the_companys_own_contacts_are_of_no_party():
    found = entities(CONNECTOR, "contacts")
    assert set(found) == {("contact", "521"), ("contact", "522")}
    assert found["contact", "521"] == {
        "party": ("customer", "501", "10001"), "name": "Prosjekt Kontakt", "first_name": "Prosjekt",
        "last_name": "Kontakt", "email": "prosjekt@askeheim.example", "phone": "00005211", "active": True,
        "changed_at": LAST,
    }  # fmt: skip
    assert (found["contact", "522"]["name"], found["contact", "522"]["phone"]) == ("Drift", "00005222")


def test_a_fixed_price_project_and_its_tasks():
    found = entities(CONNECTOR, "projects")
    assert found["project", "701"] == {
        "number": "1001", "name": "Havnegata 35, rehabilitering", "parent": None, "level": 0, "kind": "project",
        "customer": ("customer", "501", "10001"), "contact": ("contact", "521"), "manager": ("employee", "301", "1"),
        "department": ("department", "11", "10"), "dims": [TEN], "status": "active", "open_for_time": True,
        "restricted_to": [("employee", "301", "1"), ("employee", "302", "2")],
        "allowed_activities": [("activity", "41", "10"), ("activity", "43")],
        "start_date": "2026-01-05", "end_date": "2026-11-30",
        "site_address": {"kind": None, "lines": ["Havnegata 35"], "postal_code": "5003", "city": "Bergen",
                         "country": "NO"},
        "billing": "fixed_price", "contract_amount": {"amount": "2450000.5", "currency": "NOK"},
        "price_ceiling": None, "on_account_invoiced": {"amount": "600000", "currency": "NOK"},
        "budget_hours": "390.5", "customer_po": "PO-88123", "external_ref": "EF-1001", "changed_at": LAST,
    }  # fmt: skip
    assert found["project_task", "701/43"] == {
        "project": ("project", "701", "1001"), "code": "43", "number": None, "name": "Endringsarbeid tak",
        "status": "completed", "start": "2026-02-01", "end": None, "budget_hours": "40", "active": False,
    }  # fmt: skip


def test_a_sub_project_an_offer_and_an_internal_project():
    found = entities(CONNECTOR, "projects")
    sub, offer, internal = (found["project", key] for key in ("702", "703", "704"))
    assert (sub["kind"], sub["parent"], sub["level"]) == ("sub_project", ("project", "701", "1001"), 1)
    assert (sub["billing"], sub["price_ceiling"]) == ("time", {"amount": "180000", "currency": "NOK"})
    assert (sub["restricted_to"], sub["allowed_activities"]) == (None, None)
    assert (offer["kind"], offer["status"], offer["open_for_time"]) == ("offer", "planned", True)
    assert (internal["kind"], internal["status"], internal["open_for_time"]) == ("internal", "completed", False)


def test_activities_are_work_where_they_are_for_projects():
    found = entities(CONNECTOR, "activities")
    assert found["activity", "41"] == {
        "code": "10", "number": "10", "name": "Tømrerarbeid", "kind": "work", "billable": True, "active": True,
        "default_rate": {"amount": "795.5", "currency": "NOK", "per": "HUR"}, "changed_at": FIRST,
    }  # fmt: skip
    assert (found["activity", "42"]["kind"], found["activity", "42"]["billable"]) == ("other", False)
    assert found["activity", "43"]["active"] is False
    assert entities(CONNECTOR, "activities", currency="SEK")["activity", "41"]["default_rate"]["currency"] == "SEK"
