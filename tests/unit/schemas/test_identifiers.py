"""Organisation numbers and payment references: checked, flagged, never rejected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.entities import check_digits
from schemas.entities.identifiers import OrgNumber, PaymentRef, org_number, payment_ref

DIGITS = st.text("0123456789", min_size=1, max_size=24)


@pytest.mark.parametrize(
    ("text", "country", "value", "scheme", "valid"),
    [
        ("974 760 673", "NO", "974760673", "0192", True),
        ("NO 974 760 673 MVA", None, "974760673", "0192", True),
        ("974760674", "NO", "974760674", "0192", False),
        ("97476067", "no", "97476067", "0192", False),
        ("556016-0680", "SE", "5560160680", "0007", True),
        ("16 556016-0680", "SE", "5560160680", "0007", True),
        ("SE556016068001", None, "5560160680", "0007", True),
        ("556016-0681", "SE", "5560160681", "0007", False),
        ("24 25 67 90", "DK", "24256790", "0184", True),
        ("24256791", "DK", "24256791", "0184", False),
        ("0112038-9", "FI", "01120389", "0212", True),
        ("0112038-8", "FI", "01120388", "0212", False),
        ("HRB 12345", "DE", "HRB12345", None, None),
        ("12345", None, "12345", None, None),
        ("unknown", "NO", "unknown", "0192", False),
    ],
)
def test_an_organisation_number_is_stripped_and_checked(
    text: str, country: str | None, value: str, scheme: str | None, valid: bool | None
) -> None:
    number = OrgNumber.model_validate({"value": text, "country": country})
    assert (number.value, number.scheme, number.valid) == (value, scheme, valid)


def test_a_norwegian_number_whose_check_digit_would_be_ten_is_not_valid() -> None:
    assert not any(check_digits.norwegian_organisation(f"11111112{digit}") for digit in range(10))


@given(st.text(max_size=30), st.sampled_from([None, "NO", "SE", "DK", "FI", "NOR", "12", ""]))
def test_no_organisation_number_is_ever_rejected(text: str, country: str | None) -> None:
    number = OrgNumber.model_validate({"value": text, "country": country})
    assert OrgNumber.model_validate(number.model_dump(mode="json")) == number


def test_a_plain_text_or_number_will_do_as_organisation_number() -> None:
    assert OrgNumber.model_validate("NO974760673MVA").valid is True
    assert OrgNumber.model_validate({"value": 974760673, "country": "NO"}).valid is True


@pytest.mark.parametrize("text", ["", "  "])
def test_a_blank_text_is_no_number_at_all(text: str) -> None:
    assert org_number(text) is None
    assert payment_ref(text, "no_kid") is None


@pytest.mark.parametrize(
    ("scheme", "text", "value", "valid"),
    [
        ("no_kid", "234567 6", "2345676", True),
        ("no_kid", "0002345676", "0002345676", True),
        ("no_kid", "12345678903", "12345678903", True),
        ("no_kid", "2345677", "2345677", False),
        ("no_kid", "1" * 26, "1" * 26, False),
        ("se_ocr", "12345682", "12345682", True),
        ("se_ocr", "12345683", "12345683", False),
        ("fi_viite", "1234561", "1234561", True),
        ("fi_viite", "1234562", "1234562", False),
        ("dk_fik", "123456789012347", "123456789012347", True),
        ("free", " Invoice 7 ", "Invoice 7", None),
    ],
)
def test_a_payment_reference_is_checked_by_its_scheme(scheme: str, text: str, value: str, valid: bool | None) -> None:
    reference = PaymentRef.model_validate({"scheme": scheme, "value": text})
    assert reference.value == value
    assert reference.valid is valid


def test_a_kid_whose_check_digit_would_be_ten_ends_with_a_hyphen() -> None:
    digits = next(str(number) for number in range(1000, 2000) if check_digits.mod11(f"{number}-"))
    assert PaymentRef.model_validate({"scheme": "no_kid", "value": f"{digits}-"}).valid is True
    assert not any(check_digits.mod11(f"{digits}{digit}") for digit in range(10))


@given(DIGITS)
def test_exactly_one_check_digit_fits_luhn_and_731(digits: str) -> None:
    assert sum(check_digits.luhn(f"{digits}{check}") for check in range(10)) == 1
    assert sum(check_digits.weighted_731(f"{digits}{check}") for check in range(10)) == 1


@given(DIGITS, st.data())
def test_a_wrong_digit_is_noticed_by_luhn(digits: str, data: st.DataObject) -> None:
    check = next(digit for digit in "0123456789" if check_digits.luhn(digits + digit))
    number = digits + check
    place = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from(sorted(set("0123456789") - {number[place]})))
    assert not check_digits.luhn(number[:place] + other + number[place + 1 :])


@pytest.mark.parametrize("text", ["", "a", "1", "²³"])
def test_what_has_no_digits_has_no_check_digit(text: str) -> None:
    assert not check_digits.luhn(text)
    assert not check_digits.weighted_731(text)
    assert not check_digits.finnish_organisation(text)
