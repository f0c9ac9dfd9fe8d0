"""Notifications: one plain sentence, fields that say the same, ids that repeat with the notice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.envelope import decode
from schemas.notifications import (
    EVERY,
    NOTICES,
    ApiChange,
    ConnectionErased,
    ConnectionState,
    DeletesHeld,
    EntityBooks,
    Notice,
    RecordBooks,
    RejectOpened,
    RunUnbalanced,
    SyncCompleted,
    notification_event,
    topic_of,
)

AT = dt.datetime(2026, 2, 3, 10, tzinfo=dt.UTC)
HEAD: dict[str, Any] = {"tenant": "acme", "connection": "acme-1", "system": "tryton", "at": AT}
RECORDS = RecordBooks(read=10, mapped=8, skipped=1, rejected=1, held=0)
ENTITIES = EntityBooks(produced=9, created=3, updated=2, unchanged=4, stale=0, deleted=0, swept=1)
SYNC = SyncCompleted(
    **HEAD,
    stream="customers",
    run="r1",
    origin="scan",
    started_at=None,
    pages=1,
    records=RECORDS,
    entities=ENTITIES,
)
CONSENT = ConnectionState(**HEAD, state="needs_consent", stream=None, reason="The login was refused.", failures=1)
REJECT = RejectOpened(
    **HEAD,
    stream="customers",
    key="12",
    run="r1",
    version="v",
    field="name",
    reason="It is empty.",
    error="Rejected",
)
HELD = DeletesHeld(**HEAD, stream="customers", run="r1", held=38, live=700)
CHANGE = ApiChange(
    **HEAD | {"tenant": EVERY, "connection": EVERY},
    stream="customers",
    fingerprint="ab",
    paths=["address.street"],
    tenants=4,
    dangerous=True,
    holding=True,
)
UNBALANCED = RunUnbalanced(
    **HEAD, stream="customers", run="r1", read=10, accounted=9, reasons=["1 records are in flight."]
)
ERASED = ConnectionErased(**HEAD, version="0000000009.0000000000.0000000.00000")
ALL: list[Notice] = [SYNC, CONSENT, REJECT, HELD, UNBALANCED, CHANGE, ERASED]


def test_every_kind_of_notice_is_tried_here() -> None:
    assert {type(notice) for notice in ALL} == set(NOTICES.values())


@pytest.mark.parametrize("notice", ALL, ids=lambda notice: notice.name)
def test_a_notice_survives_the_wire(notice: Notice) -> None:
    event = decode(notification_event(notice, "00-1").to_json())
    assert event.type == f"erpflow.notification.{notice.name}.v1"
    assert NOTICES[notice.name].model_validate(event.data) == notice
    assert event.data["text"] == notice.text


@pytest.mark.parametrize("notice", ALL, ids=lambda notice: notice.name)
def test_the_text_is_one_sentence(notice: Notice) -> None:
    assert notice.text[0].isupper()
    assert notice.text.endswith(".")
    assert "\n" not in notice.text
    assert "None" not in notice.text


@pytest.mark.parametrize("notice", ALL, ids=lambda notice: notice.name)
def test_the_same_notice_has_the_same_id(notice: Notice) -> None:
    ids = {notification_event(one).id for one in (notice, notice.model_copy())}
    elsewhere = notification_event(notice.model_copy(update={"connection": "acme-2"})).id
    assert len(ids) == 1
    assert elsewhere not in ids


def test_ids_differ_between_notices() -> None:
    again = CONSENT.model_copy(update={"at": AT + dt.timedelta(hours=1)})
    more = HELD.model_copy(update={"held": 39})
    ids = {notification_event(notice).id for notice in [*ALL, again, more]}
    assert len(ids) == len(ALL) + 2


def test_the_topics_are_the_four_of_the_design() -> None:
    assert [topic_of(notice) for notice in ALL] == [
        "notification-sync",
        "notification-connection",
        "notification-rejects",
        "notification-sync",
        "notification-sync",
        "notification-api-change",
        "notification-connection",
    ]


@pytest.mark.parametrize(
    ("notice", "words"),
    [
        (SYNC, ["10 records", "3 created", "2 updated", "1 deleted", "books balance", "runs show r1"]),
        (CONSENT, ["acme-1 to tryton is paused", "The login was refused."]),
        (CONSENT.model_copy(update={"state": "failing", "failures": 5, "stream": "jobs"}), ["jobs", "5 times"]),
        (CONSENT.model_copy(update={"state": "recovered"}), ["works again"]),
        (REJECT, ["Record 12 of stream customers", "at name: It is empty."]),
        (REJECT.model_copy(update={"key": None, "field": None}), ["A record without a key", "rejected: It is"]),
        (HELD, ["lacks 38 of the 700 records", "are held", "look in tryton"]),
        (UNBALANCED, ["run r1 of stream customers", "do not balance: 1 records", "runs show r1"]),
        (ERASED, ["acme-1 of tenant acme to tryton is erased", "before version 0000000009."]),
        (CHANGE, ["customers of tryton", "4 tenants", "address.street", "held until"]),
    ],
)
def test_the_text_names_what_where_and_the_next_step(notice: Notice, words: list[str]) -> None:
    assert [word for word in words if word not in notice.text] == []


def test_a_count_is_never_negative() -> None:
    with pytest.raises(ValidationError, match="held"):
        DeletesHeld(**HEAD, stream="customers", run="r1", held=-1, live=700)
