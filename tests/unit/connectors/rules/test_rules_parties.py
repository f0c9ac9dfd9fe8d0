"""Shared rules for what companies and people are known by."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.rules import address, country, option, org_number, payment_ref
from schemas.mapping import ABSENT, Constant
from tests.support.rules import run

NO = Constant("NO")


def test_an_organisation_number_has_its_scheme_by_country() -> None:
    assert run(org_number("no", NO), no="NO 100 000 008 MVA") == {
        "value": "100000008", "scheme": "0192", "country": "NO", "valid": True,
    }  # fmt: skip
    assert run(org_number("no", "land"), no=5566778899, land="Sverige")["scheme"] == "0007"
    assert run(org_number("no", option("country")), {"country": "DK"}, no="1234")["country"] == "DK"


@pytest.mark.parametrize("given", [None, "", "  "])
def test_a_blank_organisation_number_is_null(given: Any) -> None:
    assert run(org_number("no", NO), no=given) is None
    assert run(org_number("no", NO)) is ABSENT


def test_a_payment_reference_keeps_its_leading_zeros() -> None:
    assert run(payment_ref("kid", "no_kid"), kid="0000000018")["value"] == "0000000018"
    assert run(payment_ref("kid", "no_kid"), kid="") is None


@pytest.mark.parametrize(
    ("given", "found"), [("no", "NO"), ("Norge", "NO"), ("SWE", "SE"), ("47", None), ("Ruritania", None)]
)
def test_a_country_is_two_letters_or_not_known(given: str, found: str | None) -> None:
    assert run(country("land"), land=given) == found


def test_a_country_may_be_a_code_of_the_erp() -> None:
    assert run(country("land", {"161": "NO"}), land=161) == "NO"


def test_an_address_leaves_blank_lines_out_and_takes_them_apart() -> None:
    rule = address("postal", ["a", "b"], "zip", "city", "land")
    found = run(rule, a="Havnegata 4\r\n c/o Lager ", b="", zip=150, city="Oslo", land="Norge")
    assert found == {
        "kind": "postal", "lines": ["Havnegata 4", "c/o Lager"], "postal_code": "150", "city": "Oslo", "country": "NO",
    }  # fmt: skip


def test_an_address_that_says_nothing_is_null_and_a_missing_one_absent() -> None:
    rule = address("postal", ["a"], "zip", "city", "land")
    assert run(rule, a="", zip=None, city="", land="NO") is None
    assert run(rule, land="NO") is ABSENT
