"""Information events: derived ids, whole bodies, typed for subscribers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, get_args

import pytest

from schemas.entities import ENTITIES
from schemas.entities.parties import Customer
from schemas.envelope import Change as ChangeKind
from schemas.envelope import Envelope, decode
from schemas.errors import Poison
from schemas.information import Change, EntityChange, EventHead, change_of, information_event
from schemas.pages import PageHead
from schemas.topics import information_topic
from schemas.version import ReadNumber

Make = Callable[[str], dict[str, Any]]
OLDER = str(ReadNumber(1, 1).at(0))
NEWER = str(ReadNumber(1, 2).at(0))
PAGE = PageHead(
    tenant="acme",
    connection="acme-1",
    system="tryton",
    company="1",
    stream="customers",
    run="r1",
    number=0,
    read=ReadNumber(1, 2),
    origin="increment",
    read_at=dt.datetime(2026, 2, 3, 10, tzinfo=dt.UTC),
    count=1,
    traceparent="00-1",
)


def event(entity: str, body: dict[str, Any], change: ChangeKind = "updated") -> Envelope:
    what = EntityChange(entity, change, NEWER, body, changed=["name"], before={"name": None}, initial=True)
    return information_event(EventHead.of(PAGE), what)


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("change", get_args(ChangeKind))
def test_an_event_survives_the_wire_and_is_typed_again(entity: str, change: ChangeKind, filled: Make) -> None:
    told = decode(event(entity, filled(entity), change).to_json())
    data = change_of(told)
    assert told.type == f"erpflow.{entity}.{change}.v1"
    assert type(data.body) is ENTITIES[entity]
    assert (data.change, data.changed, data.before, data.initial, data.origin) == (
        change, ["name"], {"name": None}, True, "erp"
    )  # fmt: skip


def test_the_head_of_the_page_becomes_the_attributes(least: Make) -> None:
    told = event("customer", least("customer"))
    assert told.source == "/erpflow/acme/acme-1"
    assert told.time == PAGE.read_at
    assert told.attributes() == {
        "tenant": "acme", "connection": "acme-1", "system": "tryton", "stream": "customers",
        "entity": "customer", "change": "updated", "origin": "increment", "traceparent": "00-1",
    }  # fmt: skip


def test_the_built_event_is_what_validation_would_have_made(least: Make) -> None:
    built = event("customer", least("customer"))
    assert Envelope.model_validate(built.model_dump()) == built


def test_the_same_change_has_the_same_id_and_another_version_another(least: Make) -> None:
    body = least("customer")
    one = information_event(EventHead.of(PAGE), EntityChange("customer", "updated", NEWER, body))
    replayed = EventHead.of(PAGE.model_copy(update={"origin": "republish"}))
    again = information_event(replayed, EntityChange("customer", "updated", NEWER, body))
    other = information_event(EventHead.of(PAGE), EntityChange("customer", "updated", OLDER, body))
    assert one.id == again.id
    assert one.id != other.id


def test_a_delete_carries_the_last_body_under_its_own_version(least: Make) -> None:
    last = least("customer") | {"version": OLDER}
    told = event("customer", last, "deleted")
    assert told.data["version"] == NEWER
    assert told.data["body"] == last | {"version": NEWER}
    assert last["version"] == OLDER


def test_absent_fields_of_the_body_stay_absent_for_the_subscriber(least: Make) -> None:
    customer: Change[Customer] = change_of(event("customer", least("customer") | {"gln": None}))
    assert "gln" in customer.body.model_fields_set
    assert "phone" not in customer.body.model_fields_set


def test_a_subscriber_with_older_schemas_ignores_new_fields(least: Make) -> None:
    body = least("customer") | {"mood": "good", "org_number": {"value": "974760673", "country": "NO"}}
    body["company"] = body["company"] | {"colour": "red"}
    data = change_of(event("customer", body))
    assert data.body.org_number.valid is True
    assert data.body.company.source_id == "1"


@pytest.mark.parametrize("data", [None, {}, {"change": "created"}])
def test_data_that_is_no_change_is_poison(data: Any, least: Make) -> None:
    told = event("customer", least("customer")).model_copy(update={"data": data})
    with pytest.raises(Poison, match="is not valid at"):
        change_of(told)


def test_an_entity_that_is_not_known_is_poison(least: Make) -> None:
    told = event("customer", least("customer")).model_copy(update={"entity": "spaceship"})
    with pytest.raises(Poison, match="spaceship"):
        change_of(told)


def test_every_entity_has_a_topic_of_its_own() -> None:
    topics = {information_topic(entity) for entity in ENTITIES}
    assert len(topics) == len(ENTITIES)
    assert "information-time-entry" in topics
