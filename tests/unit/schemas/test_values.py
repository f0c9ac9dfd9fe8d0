"""Units and value types: money, hours, instants, and the rules that tie the fields of one entity together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.entities import ENTITIES
from schemas.entities.common import Amount, Hours, Instant, Moment, Money, Precise, exact, hours

Make = Callable[[str], dict[str, Any]]
AMOUNT: TypeAdapter[Decimal] = TypeAdapter(Amount)
PRECISE: TypeAdapter[Decimal] = TypeAdapter(Precise)


def reason_of(entity: str, body: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ValidationError) as caught:
        ENTITIES[entity].model_validate(body)
    first = caught.value.errors()[0]
    return ".".join(map(str, first["loc"])), first["msg"]


@pytest.mark.parametrize(
    ("given", "text"),
    [("12.50", "12.5"), ("0012", "12"), ("-0.0", "0"), (7, "7"), (Decimal("1E+3"), "1000"), ("-3.1415", "-3.1415")],
)
def test_an_amount_is_written_as_plain_canonical_text(given: Any, text: str) -> None:
    assert AMOUNT.dump_python(AMOUNT.validate_python(given), mode="json") == text


@pytest.mark.parametrize("given", [1.5, True, "1e3", "1,5", "NaN", "", "+1", " 1", "١", Decimal("Infinity"), "9" * 19])
def test_what_is_no_plain_decimal_is_no_amount(given: Any) -> None:
    with pytest.raises(ValidationError):
        AMOUNT.validate_python(given)


def test_small_prices_are_written_without_exponent() -> None:
    assert PRECISE.dump_python(PRECISE.validate_python("0.0000000001"), mode="json") == "0.0000000001"


@pytest.mark.parametrize("given", ["1.00001", Decimal("123456789012345678.00000000000000000001"), Decimal("1E-60")])
def test_more_decimals_than_the_unit_has_are_refused_not_rounded(given: Any) -> None:
    with pytest.raises(ValidationError, match="more than 4 decimals"):
        AMOUNT.validate_python(given)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**17), max_value=10**17, places=4))
def test_an_amount_keeps_its_value(amount: Decimal) -> None:
    text = AMOUNT.dump_python(AMOUNT.validate_python(amount), mode="json")
    assert Decimal(text) == amount
    assert AMOUNT.validate_python(text) == amount


def test_a_float_amount_is_refused_naming_the_field(least: Make) -> None:
    body = least("sales_invoice") | {"net": {"amount": 99.5, "currency": "NOK"}}
    field, message = reason_of("sales_invoice", body)
    assert field == "net.amount"
    assert "float" in message


def test_money_needs_a_currency_code() -> None:
    with pytest.raises(ValidationError, match="currency"):
        Money.model_validate({"amount": "1", "currency": "kr"})


@pytest.mark.parametrize(
    ("seconds", "expected"), [(30600.0, "8.5"), (1200, "0.3333"), (Decimal("0.5"), "0.0001"), (-3600, "-1")]
)
def test_hours_of_seconds_have_four_decimals(seconds: Any, expected: str) -> None:
    assert hours(seconds=seconds) == Decimal(expected)
    assert TypeAdapter(Hours).validate_python(hours(seconds=seconds)) == Decimal(expected)


def test_hours_of_minutes() -> None:
    assert hours(minutes=450) == Decimal("7.5")


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [(0.1, 4, "0.1"), (2.675, 2, "2.68"), ("1.00005", 4, "1"), (1e-7, 10, "0.0000001"), (10**17, 2, "1" + "0" * 17)],
)
def test_exact_takes_a_float_by_its_shortest_text_and_rounds_half_even(value: Any, places: int, expected: str) -> None:
    assert exact(value, places) == Decimal(expected)


@pytest.mark.parametrize("value", ["seven", float("nan"), float("inf"), "", True])
def test_exact_refuses_what_is_no_number(value: Any) -> None:
    with pytest.raises(ValueError, match="is not a decimal number"):
        exact(value)


def test_an_instant_is_written_in_utc() -> None:
    adapter: TypeAdapter[dt.datetime] = TypeAdapter(Instant)
    moment = adapter.validate_python("2026-06-01T12:00:00+02:00")
    assert adapter.dump_python(moment, mode="json") == "2026-06-01T10:00:00Z"


def test_a_stamp_without_zone_is_refused(least: Make) -> None:
    field, _ = reason_of("customer", least("customer") | {"changed_at": "2026-06-01T12:00:00"})
    assert field == "changed_at"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2026-06-01", dt.date(2026, 6, 1)), ("2026-06-01T00:00:00Z", dt.datetime(2026, 6, 1, tzinfo=dt.UTC))],
)
def test_an_approval_may_be_dated_or_stamped(text: str, expected: dt.date) -> None:
    moment: dt.date = TypeAdapter(Moment).validate_python(text)
    assert (type(moment), moment) == (type(expected), expected)


def test_a_date_with_a_time_of_day_is_refused(least: Make) -> None:
    field, _ = reason_of("time_entry", least("time_entry") | {"work_date": "2026-02-03T08:00:00"})
    assert field == "work_date"


def test_a_number_of_a_thing_may_come_as_a_json_number(least: Make) -> None:
    body = least("customer") | {"number": 10001}
    assert ENTITIES["customer"].model_validate(body).number == "10001"


def test_an_enum_takes_other_with_the_source_text(least: Make) -> None:
    body = least("project") | {"status": "other", "status_source": "Under befaring"}
    project = ENTITIES["project"].model_validate(body)
    assert project.model_dump(mode="json", exclude_unset=True) == body


def test_an_enum_refuses_the_raw_word(least: Make) -> None:
    assert reason_of("project", least("project") | {"status": "Under befaring"})[0] == "status"


def test_open_for_time_may_only_be_missing_when_it_is_unknown(least: Make) -> None:
    body = least("project")
    del body["open_for_time"]
    assert "open_for_time" in reason_of("project", body)[1]
    ENTITIES["project"].model_validate(body | {"unknown": ["open_for_time"]})


def test_the_cause_of_an_absence_may_only_be_null_when_it_is_withheld(least: Make) -> None:
    body = least("absence") | {"code": None}
    assert "code" in reason_of("absence", body)[1]
    ENTITIES["absence"].model_validate(body | {"unknown": ["code"]})


def test_a_wage_line_has_a_day_or_a_period(least: Make) -> None:
    body = least("wage_line")
    del body["date"]
    assert "neither a date nor a period" in reason_of("wage_line", body)[1]
    assert "neither a date nor a period" in reason_of("wage_line", body | {"from": "2026-02-01"})[1]
    period = body | {"from": "2026-02-01", "to": "2026-02-28"}
    written = ENTITIES["wage_line"].model_validate(period).model_dump(mode="json", exclude_unset=True)
    assert written == period


def test_a_credit_note_is_negative(least: Make) -> None:
    body = least("sales_invoice") | {"document_type": "credit_note"}
    assert "must be negative" in reason_of("sales_invoice", body)[1]
    minus = {"amount": "-100", "currency": "NOK"}
    ENTITIES["sales_invoice"].model_validate(body | {"net": minus, "gross": minus})


def test_amounts_of_a_document_are_in_its_currency_and_the_twins_need_not_be(least: Make) -> None:
    euro = {"amount": "100", "currency": "EUR"}
    body = least("purchase_invoice")
    assert "amounts in EUR" in reason_of("purchase_invoice", body | {"vat": euro})[1]
    line = {"line_id": "1", "net": euro}
    assert "amounts in EUR" in reason_of("purchase_invoice", body | {"lines": [line]})[1]
    assert "amounts in EUR" in reason_of("sales_order", least("sales_order") | {"currency": "NOK", "net": euro})[1]
    ENTITIES["purchase_invoice"].model_validate(body | {"net_company": euro, "exchange_rate": "0.0876543210"})
