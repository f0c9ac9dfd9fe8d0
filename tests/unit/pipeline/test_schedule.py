from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.spec import StreamSpec
from pipeline.schedule import FIRST_RETRY, LAST_RETRY, after_failure, every, next_due

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
FIVE = timedelta(minutes=5)
STREAM = StreamSpec(name="customers", resource="c", every=FIVE, deletes_every=timedelta(hours=24))


@given(
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=9000)).map(lambda passed: NOW + passed),
    st.floats(min_value=1, max_value=7 * 86_400),
    st.text(max_size=20),
)
def test_the_next_instant_is_after_now_and_at_most_one_interval_away(now: datetime, seconds: float, seed: str) -> None:
    due = next_due(now, timedelta(seconds=seconds), seed)
    assert now < due + timedelta(milliseconds=1)
    assert due - now <= timedelta(seconds=seconds) + timedelta(milliseconds=1)


def test_a_stream_keeps_to_its_own_grid() -> None:
    first = next_due(NOW, FIVE, "7:every")
    second = next_due(first, FIVE, "7:every")
    late = next_due(second + timedelta(seconds=100), FIVE, "7:every")
    assert second - first == FIVE
    assert late - second == FIVE


def test_a_thousand_streams_are_spread_over_the_interval() -> None:
    dues = [next_due(NOW, FIVE, f"{number}:every") - NOW for number in range(1000)]
    tenths = [sum(part * FIVE / 10 <= due < (part + 1) * FIVE / 10 for due in dues) for part in range(10)]
    assert min(tenths) > 50
    assert max(tenths) < 200


def test_an_interval_of_nothing_is_no_busy_loop() -> None:
    assert next_due(NOW, timedelta(0), "x") > NOW


def test_the_pause_doubles_with_each_failure_up_to_a_bound() -> None:
    pauses = [after_failure(NOW, failures, None) - NOW for failures in (1, 2, 3, 100_000)]
    assert pauses == [FIRST_RETRY, 2 * FIRST_RETRY, 4 * FIRST_RETRY, LAST_RETRY]


def test_nothing_is_tried_sooner_than_the_erp_asked_for() -> None:
    assert after_failure(NOW, 1, 3600.0) == NOW + timedelta(hours=1)
    assert after_failure(NOW, 9, 1.0) == NOW + LAST_RETRY


def test_the_interval_comes_from_the_stream_then_the_connection_then_the_spec() -> None:
    schedule = {"every": 60, "streams": {"customers": {"deletes_every": 30}, "other": {"every": 1}}}
    assert every(STREAM, {}) == FIVE
    assert every(STREAM, {}, "deletes_every") == timedelta(hours=24)
    assert every(STREAM, schedule) == timedelta(minutes=1)
    assert every(STREAM, schedule, "deletes_every") == timedelta(seconds=30)
    assert every(STREAM, {"streams": {"customers": {"every": 2.5}}}) == timedelta(seconds=2.5)
