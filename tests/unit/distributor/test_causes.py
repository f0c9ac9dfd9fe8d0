"""One cause has one fingerprint, whatever the values; two causes have two."""

from __future__ import annotations

import pytest

from distributor.causes import cause_of, shape


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Value 'abc' is no number", "Value 'x y' is no number"),
        ("It has 12 lines of at most 10.", "It has 7 lines of at most 5."),
        ("Order SO-2024-17 is unknown.", "Order SO-2023-9 is unknown."),
        ('The unit "m2" is unknown.', 'The unit "kg" is unknown.'),
        ("Two  blanks", "Two blanks"),
    ],
)
def test_reasons_that_differ_in_values_are_one_cause(one: str, other: str) -> None:
    assert cause_of("transformer", "Rejected", "unit", one) == cause_of("transformer", "Rejected", "unit", other)


def test_positions_in_lists_are_values() -> None:
    one, other = (cause_of("transformer", "Rejected", f"lines.{index}.unit", "wrong") for index in (0, 17))
    assert one == other


def test_stage_error_field_and_reason_each_make_another_cause() -> None:
    base = ("transformer", "Rejected", "unit", "wrong")
    others = [(*base[:place], "another", *base[place + 1 :]) for place in range(4)]
    assert len({cause_of(*parts) for parts in (base, *others)}) == 5


def test_a_cause_is_the_same_on_every_machine() -> None:
    assert cause_of("transformer", "Rejected", "email", "It is 'x'.") == "5ec6a338027d0970"


def test_a_reason_keeps_its_words() -> None:
    assert shape("The mapping of customer.name failed with KeyError; correct it.") == (
        "The mapping of customer.name failed with KeyError; correct it."
    )
