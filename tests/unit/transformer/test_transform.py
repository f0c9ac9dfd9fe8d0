"""Raw pages into domain pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.digest import digest
from schemas.ids import entity_id
from schemas.mapping import EntityMapping, FollowUpRule, Ref, StreamMapping
from schemas.pages import Record
from schemas.version import Version
from tests.support.mapping import ADA, CARD, CONTEXT, CUSTOMER, HOURS, entity, mapped, only
from tests.support.pages import SCOPE, raw_page
from transformer.overrides import FieldRule
from transformer.transform import compile_stream, transform


def test_an_entity_has_the_header_its_fields_and_the_digest_of_both() -> None:
    found = entity(CUSTOMER, ADA)
    assert found.id == entity_id(SCOPE, "customer", "1")
    assert found.body == {
        "id": found.id,
        "tenant": "acme",
        "connection": "acme-testerp",
        "company": {"entity": "company", "id": entity_id(SCOPE, "company", "1"), "source_id": "1"},
        "system": "testerp",
        "source_id": "1",
        "number": "K1",
        "name": "Ada AS",
        "email": None,
        "read_at": "2026-03-01T12:00:00Z",
        "version": str(Version(1, 1, 0, 0)),
        "unknown": ["department", "gln"],
    }
    assert found.digest == digest(found.body)


def test_null_absent_and_unknown_are_three_things() -> None:
    body = entity(CUSTOMER, {"id": 1, "code": "K1", "name": "Ada AS"}).body
    assert "email" not in body
    assert "email" not in body["unknown"]
    assert entity(CUSTOMER, ADA).body["email"] is None


def test_every_record_has_the_version_of_its_place_in_the_read() -> None:
    page = mapped(StreamMapping((CUSTOMER,)), ADA, ADA | {"id": 2}, first_index=5, pass_number=2)
    versions = [result.entities[0].body["version"] for result in page.results]
    assert versions == [str(Version(1, 1, 5, 2)), str(Version(1, 1, 6, 2))]
    assert [result.index for result in page.results] == [0, 1]


def test_the_head_goes_on_as_it_came_with_its_absent_keys() -> None:
    page = mapped(StreamMapping((CUSTOMER,)), ADA, absent=("7",), origin="lookup")
    assert page.head.absent == ("7",)


def test_a_composite_key_is_joined() -> None:
    compiled = compile_stream(("number", "year"), StreamMapping((CUSTOMER,)), stream="accounts")
    (result,) = transform(compiled, raw_page(ADA | {"number": 1500, "year": 2026}), CONTEXT).results
    assert result.key == "1500/2026"


def test_a_record_of_no_entity_is_skipped() -> None:
    picky = replace(CUSTOMER, when=lambda record, context: bool(record.get("is_customer")))
    assert only(picky, ADA).status == "skipped"
    assert only(picky, ADA | {"is_customer": True}).status == "mapped"
    assert mapped(StreamMapping(), ADA).results[0].status == "skipped"


def test_one_record_may_give_two_entities_that_point_to_each_other() -> None:
    both = StreamMapping(
        (
            replace(CUSTOMER, fields={**CUSTOMER.fields, "same_party_as": Ref("supplier", "id")}),
            EntityMapping("supplier", {"number": "code", "name": "name"}),
        )
    )
    customer, supplier = mapped(both, ADA).results[0].entities
    assert customer.body["same_party_as"]["id"] == supplier.id
    assert customer.id != supplier.id


def test_each_item_of_a_list_becomes_an_entity_with_a_key_of_its_own() -> None:
    result = only(HOURS, CARD)
    assert [found.body["source_id"] for found in result.entities] == ["c1/2026-03-02", "c1/2026-03-03"]
    assert result.entities[0].body["employee"]["source_id"] == "4"
    assert "_parent" not in CARD["days"][0]


def test_an_empty_or_missing_list_gives_no_entity() -> None:
    assert only(HOURS, CARD | {"days": []}).status == "skipped"
    assert only(HOURS, {"id": "c1"}).status == "skipped"


def test_the_record_is_prepared_before_any_rule_but_its_key_is_the_raw_one() -> None:
    def prepare(record: Record) -> Record:
        return {**record, "id": 99, "name": record["name"].upper()}

    (result,) = mapped(StreamMapping((CUSTOMER,), prepare=prepare), ADA).results
    assert (result.key, result.entities[0].body["name"]) == ("1", "ADA AS")


def test_field_rules_run_after_the_mapping_and_before_validation() -> None:
    rules = [
        FieldRule(entity="customer", field="name", path="trade_name"),
        FieldRule(entity="customer", field="custom.zone", constant=3, when={"code": "K1"}),
        FieldRule(entity="customer", field="gln", path="gln", stream="customers"),
    ]
    body = entity(CUSTOMER, ADA | {"name": None, "trade_name": "Ada", "gln": "70"}, rules=rules).body
    assert (body["name"], body["custom"], body["gln"]) == ("Ada", {"zone": 3}, "70")
    assert body["unknown"] == ["department"]  # a rule told what the system could not


ADDRESSES = StreamMapping(follow_ups=(FollowUpRule("parties", "party"),))


def test_follow_ups_come_once_each_and_in_order_and_not_for_null_keys() -> None:
    records = [{"id": number, "party": party} for number, party in enumerate([5, 3, 5, None, "", 4])]
    page = mapped(ADDRESSES, *records, {"id": 9})
    assert [(one.stream, one.key) for one in page.follow_ups] == [("parties", "5"), ("parties", "3"), ("parties", "4")]


@pytest.mark.parametrize("origin", ["backfill", "scan", "lookup", "retransform", "replay"])
def test_only_increments_ask_for_follow_ups(origin: str) -> None:
    assert mapped(ADDRESSES, {"id": 1, "party": 5}, origin=origin).follow_ups == []


def test_a_rejected_record_still_asks_for_its_follow_up() -> None:
    page = mapped(StreamMapping((CUSTOMER,), ADDRESSES.follow_ups), {"id": 1, "party": 5})
    assert page.results[0].status == "rejected"
    assert len(page.follow_ups) == 1


def test_the_same_page_gives_the_same_result_and_stays_as_it_is() -> None:
    record = {**ADA, "contact": {"email": "a@b.no"}}
    first, second = (mapped(StreamMapping((CUSTOMER,)), record) for _ in range(2))
    assert first == second
    assert record == {**ADA, "contact": {"email": "a@b.no"}}
