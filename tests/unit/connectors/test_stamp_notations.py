"""Stamps in every notation: what is written is never later than what is meant, clocks set back included."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.increment import Increment
from connectors.stamps import floored, parsed, stamp_of, stamp_text

STAMP = datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=UTC)
OSLO = "Europe/Oslo"
MINUTES = "%Y-%m-%d %H:%M"
FOLD = datetime(2026, 10, 25, 1, tzinfo=UTC)  # Norway sets its clocks back from 3 to 2

PATTERNS = [MINUTES, "%Y-%m-%dT%H:%M:%S", "%Y%m%d%H%M%S", "%d.%m.%Y"]
FORMATS = ["iso", "iso-seconds", "date", "unix", "unix-ms", "http", *PATTERNS]


def increment(form, zone=OSLO, **more):
    return Increment(field="at", format=form, zone=zone, **more)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("http", "Wed, 01 Jul 2026 12:30:15 GMT"),
        (MINUTES, "2026-07-01 14:30"),
        ("%Y-%m-%dT%H:%M:%S.%f", "2026-07-01T14:30:15.123456"),
        ("%d.%m.%Y", "01.07.2026"),
        ("date", "2026-07-01"),
    ],
)
def test_instants_are_written_in_the_zone_of_the_api(form, text):
    assert stamp_text(STAMP, increment(form)) == text


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("http", "Wed, 01 Jul 2026 12:30:14 GMT"),
        (MINUTES, "2026-07-01 14:29"),
        ("%d.%m.%Y", "30.06.2026"),
        ("date", "2026-06-30"),
        ("unix", str(int(STAMP.timestamp()) - 1)),
        ("iso", "2026-07-01T14:30:15.123455+02:00"),
    ],
)
def test_an_exclusive_bound_is_a_step_of_its_notation_earlier(form, text):
    assert stamp_text(STAMP, increment(form, exclusive=True)) == text


@pytest.mark.parametrize(
    ("value", "more", "found"),
    [
        ("Wed, 01 Jul 2026 12:30:15 GMT", {"format": "http"}, STAMP.replace(microsecond=0)),
        ("2026-07-01T12:30:15Z", {"format": "http"}, STAMP.replace(microsecond=0)),
        ("01.07.2026 14:30", {"record_format": "%d.%m.%Y %H:%M"}, datetime(2026, 7, 1, 12, 30, tzinfo=UTC)),
        ("20260701143015", {"format": "%Y%m%d%H%M%S"}, STAMP.replace(microsecond=0)),
        ("2026-07-01T12:30:15.1234567+00:00", {}, STAMP),
        ("2026-07-01", {"format": "date"}, datetime(2026, 6, 30, 22, tzinfo=UTC)),
        (1782909015, {"format": "iso", "record_format": "unix"}, STAMP.replace(microsecond=0)),
        ("2026-07-01T12:30:15Z", {"record_format": "unix"}, None),
        (1782909015, {"format": MINUTES}, None),
        ("%s", {"format": MINUTES}, None),
    ],
)
def test_records_may_show_another_notation_than_the_parameter(value, more, found):
    assert stamp_of({"at": value}, Increment(field="at", zone=OSLO, **more)) == found


def test_a_record_without_a_stamp_of_its_own_has_none():
    assert stamp_of({"": "2026-07-01"}, Increment(field="")) is None


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("exclusive", [False, True])
@given(seconds=st.floats(-7_300, 7_300), later=st.floats(0, 7_300))
def test_whatever_changes_after_an_instant_is_found_by_asking_from_it(form, exclusive, seconds, later):
    """An API that compares its own notation, as a wall clock shows it, with what it is asked."""
    about = increment(form, exclusive=exclusive)
    asked = stamp_text(FOLD + timedelta(seconds=seconds), about)
    shown = _as_the_api_keeps_it(FOLD + timedelta(seconds=seconds + later), form)
    since = _as_read_by_the_api(asked, form)
    assert shown > since if exclusive else shown >= since


@pytest.mark.parametrize("form", PATTERNS)
@given(seconds=st.floats(-7_300, 7_300))
def test_a_stamp_that_is_read_is_never_later_than_it_was(form, seconds):
    true = FOLD + timedelta(seconds=seconds)
    text = true.astimezone(ZoneInfo(OSLO)).strftime(form)
    found = parsed(text, increment(form))
    assert found is not None
    assert found <= true


def test_a_wall_clock_that_never_showed_that_time_is_read_as_the_earlier_instant():
    assert parsed("2026-03-29 02:30", increment(MINUTES)) == datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


def test_the_clock_of_the_api_is_taken_no_finer_than_it_can_be_asked_for():
    assert floored(STAMP, increment(MINUTES, exclusive=True)) == STAMP.replace(second=0, microsecond=0)
    assert floored(STAMP, increment("date", zone="UTC")) == datetime(2026, 7, 1, tzinfo=UTC)
    assert floored(STAMP, increment("iso")) == STAMP


def _as_the_api_keeps_it(true, form):
    plain = Increment(field="at", format=form, zone=OSLO)
    if form in ("iso", "unix", "unix-ms", "http", "iso-seconds"):
        return _as_read_by_the_api(stamp_text(true, plain), form)
    local = true.astimezone(ZoneInfo(OSLO))
    return _as_read_by_the_api(local.date().isoformat() if form == "date" else local.strftime(form), form)


def _as_read_by_the_api(text, form):
    if form in ("iso", "iso-seconds", "date"):
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    if form in ("unix", "unix-ms"):
        return int(text)
    pattern = "%a, %d %b %Y %H:%M:%S GMT" if form == "http" else form
    return datetime.strptime(text, pattern).replace(tzinfo=UTC)
