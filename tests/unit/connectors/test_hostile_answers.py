"""What ERPs say that no calendar and no RFC knows: found by the fuzz tests, each kept as a case of its own."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from connectors import cursors
from connectors.base import Access, Mode, ReadRequest
from connectors.http import HttpClient, Response
from connectors.increment import Increment
from connectors.pagination import LinkHeader, PageRead, next_position
from connectors.rest import open_rest
from connectors.rest_spec import RestApi
from connectors.retry import NEVER
from connectors.spec import ConnectorSpec, StreamSpec
from connectors.stamps import stamp_of, stamp_text
from connectors.systems.tryton.answers import server_time
from schemas.errors import ConfigError
from tests.support.fuzz.answers import Answer, Scripted

NEVER_EVER = datetime(1, 1, 1, tzinfo=UTC)
DATES = ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Mon, 1 Jan 2020 0:0:0 +99999999999999"]
SPEC = ConnectorSpec(
    system="one", title="One", rest=RestApi(base_url="http://erp.example", pages=LinkHeader()),
    streams=(StreamSpec(name="customers", resource="/customers", increment=Increment(field="changed", param="since")),),
)  # fmt: skip


def _client(**headers: str) -> HttpClient:
    erp = Scripted()
    erp.answers = [Answer(200, headers, [b'[{"id": 1}]'])]
    return HttpClient(policy=NEVER, transport=erp)


@pytest.mark.parametrize("date", DATES)
async def test_a_date_that_no_calendar_has_is_none(date: str) -> None:
    async with _client(date=date) as http, open_rest(SPEC, Access("1", {}), http) as session:
        assert await session.stamp(SPEC.streams[0]) is None
    assert server_time(Response(200, {"date": date}, None)) is None


@pytest.mark.parametrize("link", ["http://[x", "//[::1"])
async def test_a_next_page_that_is_no_url_is_for_a_person(link: str) -> None:
    async with _client(link=f"<{link}>; rel=next") as http, open_rest(SPEC, Access("1", {}), http) as session:
        first = await session.read(ReadRequest(SPEC.streams[0], Mode.BACKFILL))
        with pytest.raises(ConfigError, match="names a next page that is no URL"):
            await session.read(ReadRequest(SPEC.streams[0], Mode.BACKFILL, first.position))


def test_a_link_header_of_nothing_but_brackets_is_read_at_once() -> None:
    began = time.process_time()
    assert next_position(LinkHeader(), PageRead(None, 1, [{}], [], "<" * 60_000)) is None
    assert time.process_time() - began < 1


@pytest.mark.parametrize("newest", [NEVER_EVER, datetime(1970, 1, 1, 0, 0, 30, tzinfo=UTC)])
def test_an_erp_that_writes_never_as_the_first_day_is_asked_from_the_beginning(newest: datetime) -> None:
    cursor = cursors.start(newest)
    assert cursors.since(cursor, timedelta(minutes=1)) == cursors.EPOCH
    moved = cursors.advance(cursor, [{"id": 1}], ["1"], [NEVER_EVER], timedelta(minutes=1))
    assert moved.newest == newest


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Adak", "UTC"])
@pytest.mark.parametrize("stamp", [NEVER_EVER, datetime.max.replace(tzinfo=UTC)])
@pytest.mark.parametrize("form", ["iso", "date", "unix"])
def test_the_first_and_the_last_day_can_be_asked_from_in_every_zone(form: str, stamp: datetime, zone: str) -> None:
    increment = Increment(field="changed", format=form, zone=zone, exclusive=True)
    assert stamp_text(stamp, increment)


@pytest.mark.parametrize("zone", ["Nowhere/Land", "../../etc/passwd", "", "Europe"])
def test_a_time_zone_that_there_is_not_is_for_a_person(zone: str) -> None:
    with pytest.raises(ConfigError, match="There is no time zone"):
        stamp_of({"changed": "2026-05-01T08:00:00"}, Increment(field="changed", zone=zone))


@pytest.mark.parametrize(
    "change", [{"key": ()}, {"every": timedelta(0)}, {"every": timedelta.max}, {"deletes_every": -timedelta(1)}]
)
def test_a_stream_without_a_key_or_with_an_impossible_interval_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="StreamSpec"):
        StreamSpec.model_validate({"name": "customers", "resource": "/", **change})


@pytest.mark.parametrize("overlap", [-timedelta(1), timedelta.max])
def test_an_overlap_that_cannot_be_is_refused(overlap: timedelta) -> None:
    with pytest.raises(ValueError, match="Increment"):
        Increment(field="changed", overlap=overlap)
