"""Shared rules for dates, instants and times of day."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import pytest

from connectors.rules import date, instant, local_time, option
from schemas.errors import Rejected
from schemas.mapping import ABSENT, Constant
from tests.support.rules import run

OSLO = Constant("Europe/Oslo")


@pytest.mark.parametrize(
    "given", ["2026-03-31", "2026-03-31T00:00:00", "2026-03-31 23:59", "2026-03-31T22:00:00Z", "20260331"]
)
def test_a_date_is_iso_with_its_time_cut_off(given: str) -> None:
    assert run(date("d"), d=given) == "2026-03-31"


@pytest.mark.parametrize("given", ["", "  ", "0001-01-01", "0001-01-01T00:00:00", "0000-00-00", None])
def test_a_date_that_means_none_is_null(given: Any) -> None:
    assert run(date("d"), d=given) is None
    assert run(instant("d"), d=given) is None


def test_an_absent_date_is_absent() -> None:
    assert run(date("d")) is ABSENT
    assert run(instant("d")) is ABSENT


def test_the_day_of_an_instant_is_that_of_the_company() -> None:
    assert run(date("d", zone=OSLO), d="2026-03-31T22:30:00Z") == "2026-04-01"


def test_other_notations_are_read_by_their_pattern() -> None:
    assert run(date("d", "%d.%m.%Y"), d="31.03.2026") == "2026-03-31"
    assert run(instant("d", pattern="unix"), d=0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert run(instant("d", pattern="unix-ms"), d="1500") == datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)


@pytest.mark.parametrize("given", ["31.03.2026", "2026-02-30", 7.5, True, {"a": 1}])
def test_what_is_no_date_is_refused(given: Any) -> None:
    with pytest.raises(Rejected):
        run(date("d"), d=given)


def test_an_instant_is_utc_and_keeps_its_microseconds() -> None:
    assert run(instant("d"), d="2026-03-31T12:00:00.1234567+02:00") == datetime(2026, 3, 31, 10, 0, 0, 123_456, UTC)


def test_a_stamp_without_zone_is_that_of_the_zone_and_else_refused() -> None:
    assert run(instant("d", OSLO), d="2026-07-01T12:00:00") == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert run(instant("d", option("zone")), {"zone": "Europe/Oslo"}, d="2026-01-01T12:00") == datetime(
        2026, 1, 1, 11, tzinfo=UTC
    )
    with pytest.raises(Rejected, match="zone"):
        run(instant("d"), d="2026-07-01T12:00:00")
    with pytest.raises(Rejected, match="zone is not known"):
        run(instant("d", Constant("Europe/Nowhere")), d="2026-07-01T12:00:00")


def test_time_on_the_wall_has_the_zone_of_the_company() -> None:
    assert run(local_time("t", OSLO), t="07:30") == {"time": time(7, 30), "zone": "Europe/Oslo"}
    assert run(local_time("t"), t="2026-03-31T07:30:00") == {"time": time(7, 30), "zone": None}
    with pytest.raises(Rejected, match="08:00"):
        run(local_time("t"), t="noon")
