"""What Visma.net's masters and time cards mean, worked out by hand from the connector's own samples."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.systems.visma_net import CONNECTOR
from connectors.testing.samples import load_samples
from schemas.pages import Record
from tests.support.mapped_samples import entities, mapped

AT = "2026-02-27T13:05:09.123000Z"  # 14:05 in Oslo
LINE = "7d1f0000-0000-4000-8000-00000000000"


def of(stream: str, records: Any = None, **options: Any) -> Any:
    return entities(CONNECTOR, stream, records, **options)


def sample(stream: str, place: int = 0, **changes: Any) -> Record:
    assert CONNECTOR.folder is not None
    return load_samples(CONNECTOR.folder / "samples")[stream][place] | changes


def value(dimension: str, number: str) -> dict[str, Any]:
    return {
        "dimension": ("dimension", dimension),
        "value": ("dimension_value", f"{dimension}/{number}", number),
    }


def test_a_company_is_locked_until_the_first_open_period() -> None:
    found = of("company")
    assert found["company", "1"] == {
        "number": "1",
        "name": "Nordvik Bygg AS",
        "org_number": {"value": "123456785", "scheme": "0192", "country": "NO", "valid": True},
        "vat_number": "NO123456785MVA",
        "base_currency": "NOK",
        "country": "NO",
        "time_zone": "Europe/Oslo",
        "locked_until": "2026-01-31",
        "changed_at": AT,
    }
    kinds = {key: body["kind"] for (entity, key), body in found.items() if entity == "dimension"}
    assert kinds == {"department": "department", "branch": "branch", "subaccount": "free"}


def test_a_company_without_closed_periods_is_not_locked() -> None:
    open_period = {"startDate": "2025-12-01T00:00:00", "endDate": "2025-12-31T00:00:00", "closedInGeneralLedger": False}
    periods = [*sample("company")["periods"], open_period | {"startDate": "2025-11-01T00:00:00"}]
    found = of("company", [sample("company", periods=periods)])["company", "1"]
    assert found["locked_until"] is None


def test_departments_branches_and_subaccounts_are_values_of_dimensions() -> None:
    department = of("departments")
    assert department["department", "GRUNN"] == {
        "code": "GRUNN",
        "number": "GRUNN",
        "name": "Grunnarbeid",
        "kind": "department",
        "changed_at": AT,
    }
    assert department["dimension_value", "department/TRE"]["name"] == "TRE"
    assert of("branches")["dimension_value", "branch/2"] == {
        "dimension": ("dimension", "branch"),
        "code": "2",
        "number": "2",
        "name": "Nordvik Bergen",
        "active": False,
        "changed_at": "2025-07-01T06:00:00Z",
    }
    assert of("subaccounts")["dimension_value", "subaccount/10-200"]["name"] == "Anlegg nord"


def test_an_employee_with_department_and_branch() -> None:
    found = of("employees")
    assert found["employee", "5"] == {
        "number": "5",
        "first_name": "Test M.",
        "last_name": "En",
        "display_name": "Test En",
        "name": "Test En",
        "email": "en@nordvik.example",
        "mobile": "+47 00 00 00 05",
        "department": ("department", "GRUNN", "GRUNN"),
        "dims": [value("department", "GRUNN"), value("branch", "1")],
        "category": "Timelønte",
        "active": True,
        "changed_at": AT,
    }
    left = found["employee", "6"]
    assert (left["display_name"], left["active"], left["department"], left["dims"]) == ("Test To", False, None, [])


def test_a_customer_with_three_addresses() -> None:
    customer = of("customers")["customer", "10000"]
    addresses = customer.pop("addresses")
    assert customer == {
        "number": "10000",
        "name": "Fjordheim Borettslag",
        "legal_name": "Fjordheim Borettslag SA",
        "active": True,
        "org_number": {"value": "987654325", "scheme": "0192", "country": "NO", "valid": True},
        "vat_number": "NO987654325MVA",
        "gln": "7080000000005",
        "email": "post@fjordheim.example",
        "invoice_email": "faktura@fjordheim.example",
        "phone": "+47 00 00 00 10",
        "currency": "NOK",
        "payment_terms_days": 14,
        "invoice_channel": "ehf_peppol",
        "credit_blocked": False,
        "changed_at": AT,
    }
    assert [one["kind"] for one in addresses] == ["visit", "postal", "delivery"]
    assert addresses[0]["lines"] == ["Fjordveien 1", "Oppgang B", "3. etasje"]
    assert (addresses[1]["postal_code"], addresses[1]["city"], addresses[1]["country"]) == ("5003", "Bergen", "NO")


def test_a_stopped_customer_abroad_and_one_who_is_inactive() -> None:
    found = of("customers")
    stopped, old = found["customer", "10001"], found["customer", "10002"]
    assert (stopped["active"], stopped["credit_blocked"], stopped["payment_terms_days"]) == (True, True, None)
    assert stopped["org_number"]["scheme"] == "0007"
    assert (old["active"], old["currency"], old["addresses"], old["org_number"]["valid"]) == (False, "NOK", [], False)
    assert old["changed_at"] == "2025-10-26T00:30:00Z"  # 02:30, when clocks are set back: the earlier one


def test_a_supplier_without_bank_accounts() -> None:
    found = of("suppliers")
    supplier = found["supplier", "50000"]
    assert (supplier["legal_name"], supplier["invoice_email"]) == ("Pukk og Grus Holding AS", "oppgjor@pukk.example")
    assert (supplier["phone"], supplier["payment_terms_days"]) == ("+47 00 00 00 50", 30)
    assert [one["kind"] for one in supplier["addresses"]] == ["visit", "postal", "other"]
    assert (found["supplier", "50001"]["credit_blocked"], found["supplier", "50001"]["currency"]) == (True, "EUR")
    kept = CONNECTOR.spec.stream("suppliers").fields
    assert kept
    assert "supplierPaymentMethodDetails" not in kept


def test_contacts_are_of_customers_or_suppliers_and_others_are_none() -> None:
    found = of("contacts")
    assert found["contact", "70"] == {
        "party": ("customer", "10000", "10000"),
        "number": "70",
        "name": "Kontakt Syv",
        "first_name": "Kontakt",
        "last_name": "Syv",
        "title": "Vaktmester",
        "email": "syv@fjordheim.example",
        "phone": "+47 00 00 00 70",
        "active": True,
        "changed_at": AT,
    }
    assert found["contact", "71"]["party"] == ("supplier", "50000", "50000")
    assert found["contact", "71"]["name"] == "Kontakt Åtte"
    assert ("contact", "72") not in found


def test_a_project_that_is_restricted_to_its_employees() -> None:
    assert of("projects")["project", "301"] == {
        "number": "P1001",
        "name": "Kaifront, trinn 1",
        "kind": "project",
        "customer": ("customer", "10000", "10000"),
        "manager": ("employee", "5", "5"),
        "dims": [value("branch", "1"), value("subaccount", "10-200")],
        "status": "active",
        "status_source": "Active",
        "open_for_time": True,
        "restricted_to": [("employee", "5", "5"), ("employee", "6", "6")],
        "start_date": "2026-01-12",
        "end_date": "2026-09-30",
        "active": True,
        "changed_at": AT,
    }


def test_only_active_projects_that_time_cards_show_are_open() -> None:
    found = of("projects")
    hidden, template, done = (found["project", key] for key in ("302", "303", "304"))
    assert (hidden["status"], hidden["open_for_time"], hidden["restricted_to"]) == ("active", False, None)
    assert (template["kind"], template["status"], template["open_for_time"]) == ("template", "other", False)
    assert (done["status"], done["active"], done["open_for_time"]) == ("completed", False, False)
    held = of("projects", [sample("projects", hold=True)])["project", "301"]
    assert held["open_for_time"] is False


def test_a_task_has_its_own_days_before_planned_ones() -> None:
    found = of("project-tasks")
    assert found["project_task", "9001"] == {
        "project": ("project", "301"),
        "code": "10",
        "number": "10",
        "name": "Spunting",
        "status": "active",
        "status_source": "Active",
        "start": "2026-01-19",
        "end": "2026-03-31",
        "active": True,
        "changed_at": AT,
    }
    assert (found["project_task", "9002"]["start"], found["project_task", "9002"]["name"]) == ("2026-04-01", "20")
    assert found["project_task", "9003"]["status"] == "cancelled"


def test_earning_types_are_wage_codes() -> None:
    found = of("earning-types")
    assert found["wage_code", "OT50"] == {
        "code": "OT50",
        "number": "OT50",
        "name": "Overtid 50 %",
        "kind": "overtime",
        "unit": "HUR",
        "percent": "150",
        "use_in_timesheet": True,
        "active": True,
        "changed_at": AT,
    }
    assert (found["wage_code", "RG"]["kind"], found["wage_code", "GML"]["active"]) == (None, False)


def test_each_cell_of_a_time_card_is_an_entry() -> None:
    found = of("time-cards")
    cells = sorted(key for entity, key in found if entity == "time_entry" and key.startswith("TC0101"))
    assert cells == [f"TC0101/{LINE}1/{day}" for day in ("fri", "mon", "tue")] + [f"TC0101/{LINE}2/tue"]
    assert found["time_entry", f"TC0101/{LINE}1/tue"] == {
        "employee": ("employee", "5", "5"),
        "work_date": "2026-02-24",
        "hours": "7.75",
        "project": ("project", "301", "P1001"),
        "project_task": ("project_task", "9001", "10"),
        "wage_code": ("wage_code", "RG", "RG"),
        "kind": "normal",
        "billable": True,
        "billable_hours": "7.75",
        "approval": {"state": "approved", "status_source": "ApprovedInApproval", "by_name": "Test To"},
        "locked": False,
        "posted": False,
        "comment": "Forskaling",
        "changed_at": AT,
    }


def test_overtime_of_100_minutes_is_rounded_to_four_decimals() -> None:
    entry = of("time-cards")["time_entry", f"TC0101/{LINE}2/tue"]
    assert (entry["hours"], entry["kind"], entry["billable_hours"]) == ("1.6667", "overtime", "0")
    assert entry["approval"]["state"] == "submitted"


def test_a_correction_replaces_the_card_that_it_corrects() -> None:
    found = of("time-cards")
    entry = found["time_entry", f"TC0102/{LINE}4/sun"]
    assert (entry["work_date"], entry["hours"], entry["project"]) == ("2026-01-04", "1.25", None)
    assert (entry["locked"], entry["posted"]) == (True, True)
    assert not any(key.startswith("TC0090") for _, key in found)


def test_a_card_tells_the_approval_of_its_week() -> None:
    found = of("time-cards")
    assert found["time_approval", "TC0101"] == {
        "employee": ("employee", "5", "5"),
        "number": "TC0101",
        "period": "week",
        "from": "2026-02-23",
        "to": "2026-03-01",
        "state": "submitted",
        "status_source": "Open",
        "completed_by_employee": True,
        "changed_at": AT,
    }
    draft = found["time_approval", "TC0103"]
    assert (draft["state"], draft["completed_by_employee"], draft["from"]) == ("draft", False, "2026-03-02")


@pytest.mark.parametrize("week", ["2026-09", "202609", "2026/9"])
def test_weeks_may_be_written_in_several_ways(week: str) -> None:
    card = sample("time-cards", week={"number": week})
    assert of("time-cards", [card])["time_approval", "TC0101"]["from"] == "2026-02-23"


@pytest.mark.parametrize("week", ["2026-60", "uke 9", None])
def test_a_week_that_there_is_not_rejects_the_card(week: str | None) -> None:
    (result,) = mapped(CONNECTOR, "time-cards", [sample("time-cards", week={"number": week})])
    assert result.reject is not None
    assert "week" in result.reject.reason
