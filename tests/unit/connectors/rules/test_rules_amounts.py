"""Shared rules for exact numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors.rules import decimal, hours, money, price, quantity
from schemas.errors import Rejected
from schemas.mapping import ABSENT, Constant
from tests.support.rules import run

NOK = Constant("NOK")


@pytest.mark.parametrize("given", [12.1, "12.10", 12.1000000000001, " 12.1 "])
def test_an_amount_is_exact_whatever_it_is_written_as(given: Any) -> None:
    assert run(money("sum", NOK), sum=given) == {"amount": Decimal("12.1"), "currency": "NOK"}


def test_minor_units_are_shifted_without_a_float() -> None:
    assert run(money("ore", NOK, minor=2), ore=125000050)["amount"] == Decimal("1250000.5")
    assert run(money("ore", NOK, minor=2), ore="-1")["amount"] == Decimal("-0.01")


def test_a_credit_note_is_negated_by_its_own_condition() -> None:
    rule = money("sum", "cur", negated="type == 'credit'")
    assert run(rule, sum=10, cur="SEK", type="credit")["amount"] == -10
    assert run(rule, sum=10, cur="SEK", type="debit")["amount"] == 10


def test_an_amount_tells_null_from_absent_and_from_an_unknown_currency() -> None:
    rule = money("sum", "cur")
    assert run(rule, sum=None, cur="NOK") is None
    assert run(rule, sum="", cur="NOK") is None
    assert run(rule, cur="NOK") is ABSENT
    assert run(rule, sum=1) is ABSENT
    assert run(rule, sum=0, cur="NOK") == {"amount": 0, "currency": "NOK"}


@pytest.mark.parametrize("given", ["1,5", "abc", True, [1], {"a": 1}, float("nan"), "1e400"])
def test_what_is_no_number_is_refused_and_not_shown(given: Any) -> None:
    with pytest.raises(Rejected) as caught:
        run(money("sum", NOK), sum=given)
    assert str(given) not in str(caught.value)


def test_a_price_has_ten_decimals_and_its_unit() -> None:
    assert run(price("p", NOK, per="unit"), p="0.0123456789", unit="timer") == {
        "amount": Decimal("0.0123456789"), "currency": "NOK", "per": "HUR",
    }  # fmt: skip
    assert run(price("p", NOK), p=5) == {"amount": 5, "currency": "NOK"}


def test_a_quantity_keeps_the_word_of_the_erp_beside_the_code() -> None:
    assert run(quantity("q", "u"), q=2, u="stk.") == {"value": 2, "unit": "EA", "unit_source": "stk."}
    assert run(quantity("q", "u"), q=2, u="pall") == {"value": 2, "unit": None, "unit_source": "pall"}
    assert run(quantity("q", "u", {"t": "TNE"}), q=2, u="t")["unit"] == "TNE"
    assert run(quantity("q", Constant("HUR")), q=2) == {"value": 2, "unit": "HUR", "unit_source": None}
    assert run(quantity("q"), q=None) is None


@pytest.mark.parametrize(
    ("counted", "given", "found"),
    [("hours", "7.5", "7.5"), ("minutes", 100, "1.6667"), ("seconds", 27000, "7.5"), ("clock", "7:30", "7.5"),
     ("clock", "-0:30", "-0.5"), ("minutes", -30, "-0.5")],
)  # fmt: skip
def test_hours_are_decimal_whatever_they_are_counted_in(counted: Any, given: Any, found: str) -> None:
    assert run(hours("h", counted), h=given) == Decimal(found)


def test_hours_that_are_no_clock_are_refused() -> None:
    with pytest.raises(Rejected, match=r"7:30"):
        run(hours("h", "clock"), h="730")


def test_a_decimal_keeps_its_places_and_may_turn_its_sign() -> None:
    assert run(decimal("d", places=2, negated=True), d="1.005") == Decimal("-1")
    assert run(decimal("d"), d=1) == 1
