"""What subscribers use: whatever the order and the repetitions, the newest state of each entity is what remains."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.envelope import Envelope
from schemas.errors import Poison
from schemas.information import EntityChange, EventHead, information_event
from schemas.reader import Latest, is_news, open_event, version_of
from schemas.version import Version

HEAD = EventHead("acme", "acme-1", "tryton", "customers", "increment", dt.datetime(2026, 2, 3, tzinfo=dt.UTC))


def event(number: int, change: Any = "updated", entity_id: str = "a") -> Envelope:
    version = str(Version(1, number, 0, 0))
    return information_event(HEAD, EntityChange("customer", change, version, {"id": entity_id, "version": version}))


HISTORY = [
    event(1, "created"),
    event(2),
    event(10),
    event(11, "deleted"),
    event(3, "created", "b"),
    event(9, "updated", "b"),
]


@given(st.permutations(HISTORY * 2), st.integers(0, 12))
def test_any_order_and_repetition_ends_in_the_newest_states(events: list[Envelope], cut: int) -> None:
    latest = Latest()
    for one in [*events[cut:], *events]:
        latest.take(one)
    assert latest.get("a") is None
    assert [body["version"] for body in latest.bodies()] == [version_of(HISTORY[-1])]


def test_an_update_that_arrives_after_the_delete_does_not_bring_the_entity_back() -> None:
    latest = Latest()
    assert latest.take(event(5, "deleted")) is True
    assert latest.take(event(4)) is False
    assert latest.get("a") is None


def test_an_entity_that_comes_back_after_its_delete_is_there_again() -> None:
    latest = Latest()
    latest.take(event(5, "deleted"))
    assert latest.take(event(6, "created")) is True
    assert latest.get("a") == event(6).data["body"]


def test_only_a_newer_version_is_news() -> None:
    seen = version_of(event(5))
    assert is_news(None, event(1))
    assert is_news(seen, event(6))
    assert not is_news(seen, event(5))
    assert not is_news(seen, event(4))


def test_a_notification_is_no_news_about_an_entity() -> None:
    notice = event(1).model_copy(update={"data": {"text": "Hello."}})
    with pytest.raises(Poison, match="no Information event"):
        is_news(None, notice)
    with pytest.raises(Poison, match="no subject"):
        Latest().take(event(1).model_copy(update={"subject": None}))


async def never(reference: str) -> bytes:
    raise AssertionError(f"{reference} was fetched")


async def test_a_small_event_is_opened_without_a_fetch() -> None:
    opened = await open_event(event(1).to_json().decode(), never)
    assert opened == event(1)


async def test_the_data_of_a_big_event_is_fetched() -> None:
    archive = {"events/1": orjson.dumps(event(1).data)}
    big = event(1).model_copy(update={"data": None, "dataref": "events/1"})

    async def fetch(reference: str) -> bytes:
        return archive[reference]

    opened = await open_event(big.to_json(), fetch)
    assert opened.data == event(1).data
    assert Latest().take(opened)


async def test_an_archived_object_that_is_not_json_is_poison() -> None:
    async def fetch(_: str) -> bytes:
        return b"<Error/>"

    big = event(1).model_copy(update={"data": None, "dataref": "events/1"})
    with pytest.raises(Poison, match="events/1"):
        await open_event(big.to_json(), fetch)


async def test_what_the_fetch_raises_passes_through() -> None:
    big = event(1).model_copy(update={"data": None, "dataref": "events/1"})
    with pytest.raises(AssertionError, match="events/1 was fetched"):
        await open_event(big.to_json(), never)


async def test_a_body_that_is_no_event_is_poison() -> None:
    with pytest.raises(Poison):
        await open_event(b"hello", never)
