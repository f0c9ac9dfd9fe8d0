"""Decisions as events, and the topics they go to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
import pytest

from distributor.events import events, messages, outbox_message
from distributor.routes import INFORMATION, TELLING, route
from distributor.rows import Decision
from schemas.entities import ENTITIES
from schemas.envelope import Envelope, decode
from schemas.errors import ConfigError
from schemas.ids import event_id
from schemas.information import EventHead
from schemas.notifications import NOTICES, ConnectionState, notification_event
from schemas.version import Version
from tests.support.ledger_twin import LedgerTwin
from tests.support.pages import domain_page, good, mapped_entity


def told(*contents: dict[str, Any] | None, **changes: Any) -> Envelope:
    """The event of the last of some reads of one customer; None is a read that gives nothing."""
    ledger, found = LedgerTwin(), []
    for read, content in enumerate(contents, start=1):
        entities = [] if content is None else [mapped_entity("1", **content)]
        page = domain_page(good("1", *entities), read=read, **changes)
        decision = ledger.take(page)
        assert decision is not None
        found = messages(page.head, decision)
    assert len(found) == 1
    assert found[0].topic == "information-customer"
    assert found[0].tenant == "acme"
    event = decode(found[0].body)
    assert found[0].id == event.id
    assert found[0].attributes == event.attributes()
    return event


def test_a_created_entity_is_told_whole_under_an_id_derived_from_entity_and_version() -> None:
    event = told({"name": "A"})
    version = str(Version(1, 1, 0, 0))
    identity = mapped_entity("1").id
    assert (event.id, event.subject) == (event_id(identity, version), identity)
    assert event.type == "erpflow.customer.created.v1"
    assert event.data["version"] == event.data["body"]["version"] == version
    assert event.data["body"]["name"] == "A"
    assert event.data["initial"] is False
    assert isinstance(event.time, datetime)


def test_an_update_tells_what_differs_and_what_was_there_before() -> None:
    event = told({"name": "A", "email": None}, {"name": "B", "email": "b@c.no", "phone": "1"})
    assert event.change == "updated"
    assert event.data["changed"] == ["email", "name", "phone"]
    assert event.data["before"] == {"name": "A", "email": None}


def test_a_null_in_a_body_is_told_as_null() -> None:
    assert told({"name": "A", "email": None}).data["body"]["email"] is None


def test_a_delete_tells_the_last_known_state_with_the_version_of_the_delete() -> None:
    event = told({"name": "A"}, None)
    assert event.change == "deleted"
    assert event.data["body"]["name"] == "A"
    assert event.data["body"]["version"] == event.data["version"] == str(Version(1, 2, 0, 0))


def test_what_the_first_load_creates_is_initial_and_what_it_updates_is_not() -> None:
    assert told({"name": "A"}, origin="backfill").data["initial"] is True
    assert told({"name": "A"}, {"name": "B"}, origin="backfill").data["initial"] is False


def test_an_unchanged_entity_tells_nothing() -> None:
    ledger = LedgerTwin().take_all([domain_page(good("1", mapped_entity("1")), read=1)])
    page = domain_page(good("1", mapped_entity("1")), read=2)
    decision = ledger.take(page)
    assert decision is not None
    assert messages(page.head, decision) == []


def test_a_sweep_has_its_own_origin() -> None:
    ledger = LedgerTwin()
    page = domain_page(good("1", mapped_entity("1")))
    decision = ledger.take(page)
    assert isinstance(decision, Decision)
    head = EventHead.of(page.head.model_copy(update={"origin": "sweep"}))
    assert [event.origin for event in events(head, decision)] == ["sweep"]


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("change", ["created", "updated", "deleted"])
def test_every_change_of_every_entity_has_its_topic(entity: str, change: str) -> None:
    event = Envelope.model_construct(id="1", type=f"erpflow.{entity}.{change}.v1")
    assert route(event) == f"information-{entity.replace('_', '-')}"
    assert route(event) in INFORMATION


@pytest.mark.parametrize("name", NOTICES)
def test_every_notice_has_its_topic(name: str) -> None:
    event = Envelope.model_construct(id="1", type=f"erpflow.notification.{name}.v1")
    assert route(event) == f"notification-{NOTICES[name].kind}"
    assert route(event) in TELLING


def test_a_notice_becomes_a_message_too() -> None:
    state = ConnectionState(
        tenant="acme", connection="c", system="s", at="2026-01-01T00:00:00Z",
        state="recovered", stream="customers", reason=None, failures=0,
    )  # fmt: skip
    message = outbox_message(notification_event(state))
    assert message.topic == "notification-connection"
    assert orjson.loads(message.body)["type"].startswith("erpflow.notification.")


def test_internal_pages_have_no_route() -> None:
    with pytest.raises(ConfigError, match="no topic takes"):
        route(Envelope.model_construct(id="1", type="erpflow.raw.page.v1"))
