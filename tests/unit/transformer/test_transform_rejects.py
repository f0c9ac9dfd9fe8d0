"""Records that cannot be mapped, and mappings that never could."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.errors import ConfigError, Rejected
from schemas.mapping import Constant, Convert, EntityMapping, FollowUpRule, Items, MappingContext, StreamMapping
from schemas.pages import Record
from tests.support.mapping import ADA, CARD, CUSTOMER, HOURS, broken, mapped, only, refusal
from transformer.overrides import FieldRule
from transformer.transform import compile_stream


def test_one_record_that_cannot_be_mapped_does_not_stop_its_page() -> None:
    page = mapped(StreamMapping((CUSTOMER,)), ADA | {"name": None}, ADA)
    assert [result.status for result in page.results] == ["rejected", "mapped"]
    assert page.results[0].key == "1"


def test_a_record_without_key_is_a_reject_without_key() -> None:
    (result,) = mapped(StreamMapping((CUSTOMER,)), {"code": "K1"}).results
    assert (result.key, result.status) == (None, "rejected")
    assert result.reject is not None
    assert result.reject.field == "id"


@pytest.mark.parametrize("key", ["x" * 401, "a\x00b", "half \ud800 of a pair"])
def test_a_key_that_no_store_could_carry_is_a_reject_without_key(key: str) -> None:
    result = only(CUSTOMER, ADA | {"id": key})
    assert (result.key, result.status) == (None, "rejected")


def test_one_item_that_cannot_be_mapped_rejects_its_whole_record() -> None:
    reject = refusal(HOURS, CARD | {"days": [CARD["days"][0], {"date": "2026-03-04", "hours": "many"}]})  # type: ignore[index]
    assert (reject.field, reject.error) == ("hours", "ValidationError")
    assert "many" not in reject.reason


@pytest.mark.parametrize("days", ["2", {"a": 1}, [1]])
def test_items_that_are_no_objects_reject_the_record(days: Any) -> None:
    assert refusal(HOURS, CARD | {"days": days}).field == "days"


def test_two_entities_with_one_key_reject_the_record() -> None:
    reject = refusal(HOURS, CARD | {"days": [CARD["days"][0]] * 2})  # type: ignore[index]
    assert reject.reason == "The record gives two entities time_entry with one source key."


def test_an_entity_without_a_key_of_its_own_rejects_the_record() -> None:
    assert refusal(replace(CUSTOMER, key="party"), ADA | {"party": None}).field == "source_id"


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        (StreamMapping((CUSTOMER,), prepare=broken), None),
        (StreamMapping((replace(CUSTOMER, when=broken),)), None),
        (StreamMapping((replace(CUSTOMER, key=broken),)), "source_id"),
        (StreamMapping((replace(CUSTOMER, fields={"number": "code", "name": broken}),)), "name"),
        (StreamMapping((replace(CUSTOMER, fields={"name": Convert("name", broken)}),)), "name"),
        (StreamMapping((CUSTOMER,), follow_ups=(FollowUpRule("parties", broken),)), "parties"),
        (StreamMapping((replace(CUSTOMER, each="length(code)", key="id"),)), "length(code)"),
        (StreamMapping((replace(CUSTOMER, fields={"name": "abs(name)"}),)), "name"),
    ],
)
def test_any_error_of_a_mapping_rejects_its_record_without_showing_what_the_error_says(
    mapping: StreamMapping, field: str | None
) -> None:
    (result,) = mapped(mapping, ADA).results
    assert result.status == "rejected"
    assert result.reject is not None
    assert result.reject.field == field
    assert "12345" not in result.reject.reason
    assert result.reject.reason.endswith(".")


def test_a_mapping_says_itself_why_it_rejects() -> None:
    def rule(record: Record, context: MappingContext) -> Any:
        raise Rejected("A day of unknown length cannot be hours.", field="hours")

    reject = refusal(replace(CUSTOMER, fields={"number": rule}), ADA)
    assert (reject.field, reject.reason, reject.error) == (
        "hours", "A day of unknown length cannot be hours.", "Rejected",
    )  # fmt: skip


def test_a_field_that_is_not_valid_is_named_with_the_number_of_the_others() -> None:
    reject = refusal(replace(CUSTOMER, fields={"number": Constant(None), "name": Constant(None)}), ADA)
    assert reject.field == "number"
    assert reject.reason == "customer.number: Input should be a valid string (and 1 more)."


def test_a_place_inside_a_list_is_named() -> None:
    rule = Items("lines", {"country": "land"})
    reject = refusal(
        replace(CUSTOMER, fields={**CUSTOMER.fields, "addresses": rule}), ADA | {"lines": [{}, {"land": "?"}]}
    )
    assert reject.field == "addresses.1.country"


def test_a_field_rule_that_does_not_fit_rejects_the_record() -> None:
    rule = FieldRule(entity="customer", field="addresses.city", constant="Oslo")
    fields = {**CUSTOMER.fields, "addresses": Constant([{"city": "Bergen"}])}
    assert refusal(replace(CUSTOMER, fields=fields), ADA, rules=[rule]).field == "addresses"


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (EntityMapping("kunde", {}), "'kunde'"),
        (EntityMapping("customer", {"nmae": "name"}), "nmae"),
        (EntityMapping("customer", {"tenant": "t"}), "tenant"),
        (EntityMapping("customer", {}, unknown=("nonsense",)), "nonsense"),
        (EntityMapping("customer", {"gln": "g"}, unknown=("gln",)), "both"),
        (EntityMapping("customer", {"name": "a["}), "JMESPath"),
        (replace(HOURS, key=None), "no key"),
    ],
)
def test_a_mapping_that_can_never_work_is_refused_at_once(mapping: EntityMapping, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        compile_stream(("id",), StreamMapping((mapping,)), stream="customers")


@pytest.mark.parametrize("key", ["x" * 401, "\ud800"])
def test_a_follow_up_by_a_key_that_no_store_could_carry_rejects_the_record(key: str) -> None:
    page = mapped(StreamMapping((CUSTOMER,), (FollowUpRule("parties", "party"),)), ADA | {"party": key}, ADA)
    assert [result.status for result in page.results] == ["rejected", "mapped"]
    assert page.follow_ups == []
