"""The envelope: one CloudEvents event, at most ten attributes, broken bodies are Poison."""

from __future__ import annotations

import datetime as dt

import orjson
import pytest

from schemas.envelope import FILTERABLE, Envelope, decode
from schemas.errors import Poison


def event(**changes: object) -> Envelope:
    fields = {
        "id": "1",
        "source": "/erpflow/acme/acme-1",
        "type": "erpflow.customer.created.v1",
        "time": dt.datetime(2026, 2, 3, 10, tzinfo=dt.UTC),
        "tenant": "acme",
        "connection": "acme-1",
        "system": "tryton",
    }
    return Envelope.model_validate(fields | changes)


def test_an_event_survives_its_body() -> None:
    one = event(data={"name": None, "from": [1, None]}, change="created")
    assert decode(one.to_json()) == one


def test_attributes_that_are_not_set_are_left_out_and_nulls_in_the_data_stay() -> None:
    body = orjson.loads(event(data={"name": None}).to_json())
    assert "stream" not in body
    assert body["data"] == {"name": None}


def test_an_event_has_at_most_ten_attributes_and_all_are_text() -> None:
    full = event(stream="s", entity="customer", change="created", origin="increment", traceparent="00-1")
    assert set(full.attributes()) == set(FILTERABLE)
    assert len(FILTERABLE) <= 10
    assert all(isinstance(value, str) for value in full.attributes().values())
    assert set(event().attributes()) == {"tenant", "connection", "system"}


def test_an_attribute_of_a_newer_version_is_no_fault() -> None:
    body = orjson.loads(event().to_json()) | {"shade": "blue"}
    assert decode(orjson.dumps(body)) == event()


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[]", b"{}", b'{"specversion":"0.3"}', event().to_json().replace(b'"1.0"', b'"2.0"')]
)
def test_what_is_no_event_is_poison(body: bytes) -> None:
    with pytest.raises(Poison, match="not a CloudEvents event"):
        decode(body)
