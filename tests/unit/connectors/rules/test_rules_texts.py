"""Shared rules for texts, truth and words."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.rules import choice, first, join, key, option, present, text, truth, when
from schemas.errors import Rejected
from schemas.mapping import ABSENT
from tests.support.rules import run


def test_a_text_is_stripped_and_a_blank_one_null() -> None:
    assert run(text("t"), t=" a ") == "a"
    assert run(text("t"), t=1001) == "1001"
    assert run(text("t"), t="  ") is None
    assert run(text("t")) is ABSENT
    with pytest.raises(Rejected):
        run(text("t"), t=["a"])


@pytest.mark.parametrize(
    ("given", "found"), [(1, True), (0, False), ("Y", True), ("n", False), (True, True), ("false", False), ("Ja", True)]
)
def test_truth_is_read_from_the_words_of_erps(given: Any, found: bool) -> None:
    assert run(truth("t"), t=given) is found
    assert run(truth("t", negated=True), t=given) is not found


def test_a_word_that_is_neither_true_nor_false_is_refused() -> None:
    with pytest.raises(Rejected):
        run(truth("t"), t="maybe")


def test_truth_may_mean_being_one_of_some() -> None:
    rule = truth("state", among=["open", 7])
    assert [run(rule, state=state) for state in ("open", "7", 7, "shut")] == [True, True, True, False]
    assert run(rule, state=None) is None
    assert run(rule) is ABSENT


def test_present_tells_a_reference_from_none() -> None:
    assert [run(present("id"), id=value) for value in (7, 0, None, "x")] == [True, False, False, True]
    assert run(present("id")) is ABSENT
    assert run(present("id", negated=True), id=None) is True


@pytest.mark.parametrize(
    ("given", "found"), [("OPEN", "active"), (1, "planned"), (True, "on_hold"), ("new word", "other")]
)
def test_a_choice_goes_by_the_text_of_the_value_and_has_an_other(given: Any, found: str) -> None:
    assert run(choice("s", {"open": "active", "1": "planned", "true": "on_hold"}), s=given) == found


def test_the_first_that_says_something_counts_and_null_is_not_absence() -> None:
    rule = first(["a", "b"])
    assert run(rule, a="", b="x") == "x"
    assert run(rule, a=False, b="x") is False
    assert run(rule, a=None) is None
    assert run(rule) is ABSENT


def test_texts_are_joined_without_those_that_say_nothing() -> None:
    assert run(join(["a", "b", "c"], ", "), a="x", b=None, c=3) == "x, 3"
    assert run(join(["a"]), a="") is None
    assert run(join(["a"])) is ABSENT


def test_a_composite_key_needs_all_its_parts() -> None:
    assert run(key(["a", "b"]), a=1, b="x") == "1/x"
    assert run(key(["a", "b"]), a=1, b="") is None


def test_an_option_is_a_setting_of_the_connection() -> None:
    assert run(option("zone"), {"zone": "Europe/Oslo"}) == "Europe/Oslo"
    assert run(option("zone")) is ABSENT


def test_a_condition_holds_where_the_value_is_there_and_not_false() -> None:
    assert [run(when("a"), a=value) for value in (1, 0, None, "", "x", False)] == [
        True,
        False,
        False,
        False,
        True,
        False,
    ]
    assert run(when("a")) is False
    assert run(when("kind == 'x' && lines[0]"), kind="x", lines=[{"a": 1}]) is True
