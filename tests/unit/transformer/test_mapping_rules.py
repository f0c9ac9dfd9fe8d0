"""The rules of a mapping, one by one."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.errors import ConfigError, Rejected
from schemas.ids import entity_id
from schemas.mapping import ABSENT, Choice, Constant, Convert, Items, MappingContext, Ref, Rule
from tests.support.pages import READ_AT, SCOPE
from transformer.rules import compile_rule

CONTEXT = MappingContext(SCOPE[0], "acme-testerp", SCOPE[1], SCOPE[2], READ_AT, {"zone": "Europe/Oslo"})


def run(rule: Rule, record: Any) -> Any:
    return compile_rule(rule)(record, CONTEXT)


def test_a_function_sees_the_record_and_the_context() -> None:
    assert run(lambda record, context: (record["a"], context.options["zone"]), {"a": 1}) == (1, "Europe/Oslo")


def test_a_constant_is_the_same_for_every_record() -> None:
    assert run(Constant("NOK"), {}) == "NOK"
    assert run(Constant(None), {}) is None


def test_a_conversion_is_not_called_for_absent_and_null() -> None:
    rule = Convert("n", lambda value: value * 2)
    assert run(rule, {"n": 2}) == 4
    assert run(rule, {"n": None}) is None
    assert run(rule, {}) is ABSENT


@pytest.mark.parametrize(
    ("value", "chosen"), [("A", "active"), ("Z", "other"), (None, None), (["A"], "other"), (1, "one")]
)
def test_a_choice_looks_up_its_table_and_falls_back_to_other(value: Any, chosen: Any) -> None:
    assert run(Choice("s", {"A": "active", 1: "one"}), {"s": value}) == chosen


def test_a_choice_of_an_absent_value_is_absent() -> None:
    assert run(Choice("s", {}), {}) is ABSENT


def test_a_reference_carries_the_derived_id_and_the_number() -> None:
    found = run(Ref("project", "p.id", number="p.code"), {"p": {"id": 12, "code": 3}})
    assert found == {"entity": "project", "id": entity_id(SCOPE, "project", "12"), "source_id": "12", "number": "3"}


@pytest.mark.parametrize("key", [None, ""])
def test_a_reference_with_a_null_or_empty_key_is_null(key: Any) -> None:
    assert run(Ref("project", "p"), {"p": key}) is None


def test_a_reference_with_an_absent_key_is_absent_and_zero_is_a_key() -> None:
    assert run(Ref("project", "p"), {}) is ABSENT
    assert run(Ref("project", "p"), {"p": 0})["source_id"] == "0"


def test_a_reference_without_its_number_has_none() -> None:
    assert "number" not in run(Ref("project", "p", number="n"), {"p": 1, "n": None})


@pytest.mark.parametrize("key", [True, {"id": 1}, [1]])
def test_what_is_no_key_rejects_the_record(key: Any) -> None:
    with pytest.raises(Rejected, match="A key is text or a number"):
        run(Ref("project", "p"), {"p": key})


def test_a_reference_to_an_unknown_entity_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigError, match="refers to 'projekt'"):
        compile_rule(Ref("projekt", "p"))


def test_items_become_objects_by_rules_that_start_at_the_item() -> None:
    rule = Items("lines", {"net": "sum", "project": Ref("project", "p"), "tags": Items("tags", {"t": "@"})})
    found = run(rule, {"lines": [{"sum": 1, "p": None, "tags": ["x"]}, {}]})
    assert found == [{"net": 1, "project": None, "tags": [{"t": "x"}]}, {}]


def test_absent_and_null_lists_stay_what_they_are_and_anything_else_is_rejected() -> None:
    rule = Items("lines", {})
    assert run(rule, {}) is ABSENT
    assert run(rule, {"lines": None}) is None
    with pytest.raises(Rejected, match="has an object in its place"):
        run(rule, {"lines": {}})
