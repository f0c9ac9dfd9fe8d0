"""Per-tenant field rules."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.errors import Rejected
from schemas.mapping import MappingContext
from tests.support.pages import READ_AT, SCOPE
from transformer.overrides import FieldRule, compile_overrides

CONTEXT = MappingContext(SCOPE[0], "acme-testerp", SCOPE[1], SCOPE[2], READ_AT)
Json = dict[str, Any]


def rule(field: str = "name", **what: Any) -> Json:
    return {"entity": "customer", "field": field, **what}


def applied(body: Json, record: Json, *rules: Json, stream: str = "customers") -> Json:
    compiled = compile_overrides([FieldRule.model_validate(one) for one in rules], stream, "customer")
    after = dict(body)
    for override in compiled:
        override(after, record, CONTEXT)
    return after


def test_a_path_takes_the_value_from_the_record() -> None:
    assert applied({"name": "A"}, {"x": {"y": "B"}}, rule(path="x.y")) == {"name": "B"}
    assert applied({"name": "A"}, {"x": None}, rule(path="x")) == {"name": None}


def test_a_path_that_leads_nowhere_leaves_the_field_as_it_is() -> None:
    assert applied({"name": "A"}, {}, rule(path="x")) == {"name": "A"}
    assert applied({}, {}, rule(path="x")) == {}


def test_a_constant_may_be_null() -> None:
    assert applied({"name": "A"}, {}, rule(constant=None)) == {"name": None}
    assert applied({}, {}, rule(constant="B")) == {"name": "B"}


def test_choices_replace_the_present_value_where_they_have_it() -> None:
    table = {"1": "one", "true": "yes"}
    assert applied({"name": 1}, {}, rule(choices=table)) == {"name": "one"}
    assert applied({"name": True}, {}, rule(choices=table)) == {"name": "yes"}
    assert applied({"name": "2"}, {}, rule(choices=table)) == {"name": "2"}
    assert applied({"name": None}, {}, rule(choices={"None": "x"})) == {"name": None}
    assert applied({}, {}, rule(choices={"ABSENT": "x"})) == {}


def test_a_field_can_be_removed() -> None:
    assert applied({"name": "A", "email": "e"}, {}, rule(remove=True)) == {"email": "e"}
    assert applied({}, {}, rule("custom.shift", remove=True)) == {}


def test_dotted_fields_go_into_objects_and_make_those_that_are_missing() -> None:
    assert applied({}, {"s": 2}, rule("custom.shift", path="s")) == {"custom": {"shift": 2}}
    assert applied({"custom": None}, {}, rule("custom.a", constant=1)) == {"custom": {"a": 1}}
    assert applied({"custom": {"a": 1}}, {}, rule("custom.b", constant=2)) == {"custom": {"a": 1, "b": 2}}


def test_the_raw_record_stays_as_the_erp_gave_it() -> None:
    record = {"extra": {"a": 1}}
    after = applied({"custom": record["extra"]}, record, rule("custom.a", constant=2))
    assert after == {"custom": {"a": 2}}
    assert record == {"extra": {"a": 1}}


def test_a_dotted_field_into_a_text_or_list_rejects_the_record() -> None:
    with pytest.raises(Rejected, match="no object"):
        applied({"addresses": [{"city": "Oslo"}]}, {}, rule("addresses.city", constant="Bergen"))


def test_rules_run_in_their_order_and_see_what_the_ones_before_left() -> None:
    first, second = rule(constant="1"), rule(choices={"1": "one"})
    assert applied({}, {}, first, second) == {"name": "one"}
    assert applied({}, {}, second, first) == {"name": "1"}


def test_a_rule_applies_to_its_stream_only() -> None:
    assert applied({}, {}, rule(constant="x", stream="customers")) == {"name": "x"}
    assert applied({}, {}, rule(constant="x", stream="parties")) == {}


def test_a_rule_applies_where_all_its_conditions_hold() -> None:
    conditional = rule(constant="x", when={"kind": "B", "party.active": True})
    assert applied({}, {"kind": "B", "party": {"active": True}}, conditional) == {"name": "x"}
    assert applied({}, {"kind": "B", "party": {"active": 1}}, conditional) == {}
    assert applied({}, {"kind": "A", "party": {"active": True}}, conditional) == {}
    assert applied({}, {"kind": "B"}, conditional) == {}


def test_a_condition_on_null_does_not_hold_for_what_is_absent() -> None:
    conditional = rule(constant="x", when={"kind": None})
    assert applied({}, {"kind": None}, conditional) == {"name": "x"}
    assert applied({}, {}, conditional) == {}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (rule(), "exactly one"),
        (rule(path="a", constant=1), "exactly one"),
        (rule(path=None), "exactly one"),
        (rule(remove=False), "True"),
        (rule("nonsense", constant=1), "no field 'nonsense'"),
        (rule("tenant", constant="other"), "no field 'tenant'"),
        (rule("id", constant="1"), "no field 'id'"),
        (rule("version", remove=True), "no field 'version'"),
        (rule(path="a["), "not JMESPath"),
        (rule(constant=1, when={"a[": 1}), "not JMESPath"),
        (rule("custom.a.b.c.d", constant=1), "pattern"),
        ({"entity": "kunde", "field": "name", "constant": 1}, "no entity 'kunde'"),
        (rule(constant=1, other=2), "Extra inputs"),
    ],
)
def test_a_rule_that_can_never_work_is_refused(wrong: Json, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        FieldRule.model_validate(wrong)


def test_a_rule_survives_the_way_through_json() -> None:
    one = FieldRule.model_validate(rule(constant=None, when={"a.b": 1}, stream="customers"))
    assert FieldRule.model_validate_json(one.model_dump_json(exclude_unset=True)) == one
