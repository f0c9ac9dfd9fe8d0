"""The fields of the common model, name by name: what is listed here is the contract, ``*`` marks the required ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.entities import ENTITIES, field_names, required_fields, sensitive_fields

HEADER = (
    "id* tenant* connection* company* system* source_id* number name active changed_at read_at* version* "
    "source_url external_ref custom unknown"
)
PARTY = (
    "number* name* legal_name is_person org_number vat_number gln email invoice_email phone addresses currency "
    "payment_terms_days invoice_channel vat_treatment credit_blocked department dims same_party_as"
)
ORDER = (
    "number* party* order_date* delivery_date status status_source project customer_reference currency "
    "exchange_rate net net_company vat vat_company gross gross_company lines"
)
INVOICE = (
    "document_type number* party* invoice_date* due_date delivery_date period_from period_to net* net_company vat "
    "vat_company gross* gross_company remaining remaining_company rounding rounding_company currency* "
    "exchange_rate status status_source payment_ref credits order project dims references reverse_charge "
    "tax_reduction retention lines"
)
MODEL = {
    "company": "name* org_number vat_number base_currency* country time_zone locked_until sub_units",
    "dimension": "code* name* kind* position",
    "dimension_value": "dimension* code* name* active valid_from valid_to parent",
    "department": "code* name* manager active kind valid_from valid_to",
    "employee": (
        "number* first_name last_name display_name* email mobile department dims manager kind can_register_time "
        "start_date end_date category national_id bank_account"
    ),
    "employment": ("employee* start* end fte_percent remuneration hours_per_week occupation_code sub_unit"),
    "employee_rate": "employee* valid_from* valid_to cost_rate bill_rate",
    "customer": PARTY,
    "supplier": f"{PARTY} bank_accounts",
    "contact": "party* first_name last_name title email phone is_default",
    "project": (
        "number* name* parent level kind customer contact manager department dims status status_source "
        "open_for_time restricted_to allowed_activities start_date end_date site_address billing contract_amount "
        "price_ceiling on_account_invoiced retention_percent budget_hours budget_revenue budget_cost customer_po "
        "contract_number external_number"
    ),
    "project_task": "project* parent code* name* status status_source start end budget_hours",
    "activity": "code name* kind billable default_rate active projects",
    "time_entry": (
        "employee* work_date* hours* start end break_minutes resource_kind project project_task activity customer "
        "order wage_code kind billable billable_hours bill_rate cost_rate cost approval locked invoiced invoice "
        "posted paid_out comment internal_note dims"
    ),
    "wage_line": (
        "employee* date from to wage_code* quantity* rate amount project activity dims time_entry text approval locked"
    ),
    "wage_code": "code* name* kind unit rate percent holiday_pay_basis reporting_code use_in_timesheet active",
    "absence": "employee* from* to* hours percent code* wage_code approval project",
    "time_approval": ("employee* period from* to* state* status_source completed_by_employee approved_by approved_at"),
    "vat_code": (
        "code* name rate_percent* direction reverse_charge deductible_percent standard_code valid_from valid_to"
    ),
    "product": (
        "number* name* kind unit sales_price cost_price vat_code sales_account supplier gtin el_number nrf_number "
        "house_work_type reverse_charge_account active"
    ),
    "sales_order": ORDER,
    "purchase_order": ORDER,
    "sales_invoice": INVOICE,
    "purchase_invoice": f"{INVOICE} approval steps",
    "account": "number* name* kind vat_code requires standard_code active",
    "ledger_entry": (
        "voucher_number* voucher_type posting_date* account* amount_company* amount currency vat_code vat_amount "
        "party employee product quantity project project_task dims match_id reverses payment_ref text"
    ),
    "payment": (
        "direction* date* amount* amount_company currency exchange_rate party method payment_ref allocations write_off"
    ),
}
SENSITIVE = {
    "employee": {"national_id", "bank_account"},
    "employee_rate": {"cost_rate"},
    "supplier": {"bank_accounts"},
    "time_entry": {"cost_rate", "cost"},
    "wage_line": {"rate", "amount"},
    "absence": {"code", "wage_code"},
}
Make = Callable[[str], dict[str, Any]]


def listed(entity: str) -> tuple[set[str], set[str]]:
    """(all fields, required fields) of the list above."""
    words = f"{HEADER} {MODEL[entity]}".split()
    return {word.rstrip("*") for word in words}, {word[:-1] for word in words if word.endswith("*")}


def errors_of(entity: str, body: dict[str, Any]) -> list[str]:
    """Paths at which a body is refused."""
    with pytest.raises(ValidationError) as caught:
        ENTITIES[entity].model_validate(body)
    return [".".join(map(str, error["loc"])) for error in caught.value.errors()]


def test_the_catalogue_has_every_entity_of_the_model() -> None:
    assert set(ENTITIES) == set(MODEL)


@pytest.mark.parametrize("entity", MODEL)
def test_an_entity_has_the_fields_of_the_model_by_name(entity: str) -> None:
    fields, required = listed(entity)
    assert field_names(entity) == fields
    assert required_fields(entity) == required


@pytest.mark.parametrize("entity", MODEL)
def test_sensitive_fields_are_marked(entity: str) -> None:
    assert sensitive_fields(entity) == SENSITIVE.get(entity, set())


@pytest.mark.parametrize("entity", MODEL)
def test_the_least_body_is_given_back_as_it_was(entity: str, least: Make) -> None:
    body = least(entity)
    assert ENTITIES[entity].model_validate(body).model_dump(mode="json", exclude_unset=True) == body


@pytest.mark.parametrize("entity", MODEL)
def test_a_body_with_every_field_survives_reading_and_writing(entity: str, filled: Make) -> None:
    body = filled(entity)
    assert body.keys() == field_names(entity)
    once = ENTITIES[entity].model_validate(body).model_dump(mode="json", exclude_unset=True)
    twice = ENTITIES[entity].model_validate(once).model_dump(mode="json", exclude_unset=True)
    assert once.keys() == body.keys()
    assert twice == once


@pytest.mark.parametrize(
    ("entity", "field"), [(entity, field) for entity in MODEL for field in sorted(listed(entity)[1])]
)
def test_a_body_without_a_required_field_is_refused_by_name(entity: str, field: str, least: Make) -> None:
    body = least(entity)
    del body[field]
    assert field in errors_of(entity, body)


@pytest.mark.parametrize("entity", MODEL)
def test_a_field_that_the_model_does_not_have_is_refused_by_name(entity: str, least: Make) -> None:
    assert errors_of(entity, {**least(entity), "colour": "red"}) == ["colour"]


@pytest.mark.parametrize("entity", MODEL)
def test_null_and_absent_stay_apart(entity: str, least: Make) -> None:
    optional = sorted(field_names(entity) - required_fields(entity) - {"unknown", "resource_kind", "open_for_time"})
    body = {**least(entity), **{name: None for name in optional if name not in least(entity)}}
    written = ENTITIES[entity].model_validate(body).model_dump(mode="json", exclude_unset=True)
    assert written == body


@pytest.mark.parametrize("entity", MODEL)
def test_an_error_does_not_show_the_record(entity: str, least: Make) -> None:
    with pytest.raises(ValidationError) as caught:
        ENTITIES[entity].model_validate({**least(entity), "active": "secret words"})
    assert "secret words" not in str(caught.value)
