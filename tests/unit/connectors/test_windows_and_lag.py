"""Windows by date, their tiers, and how late a change is seen: pure."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.increment import Increment
from connectors.lag import Cadence, lags, shown, worst
from connectors.spec import StreamSpec
from connectors.windows import (
    Tier,
    Windows,
    bounds,
    due_tier,
    first_step,
    next_step,
    of_tier,
    reaching,
    tiers_read,
    unread,
    whole,
)

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TIERS = (
    Tier(back=timedelta(days=14), every=5 * MINUTE),
    Tier(back=timedelta(days=90), every=DAY),
    Tier(back=timedelta(days=400), every=7 * DAY),
)


def windows(**more):
    return Windows(params={"from": "{from}", "to": "{to}"}, **{"tiers": TIERS, **more})


def steps(about, days):
    step, found = first_step(about, days), []
    while step is not None:
        found.append(step)
        step = next_step(about, step, days[1])
    return found


@given(st.integers(1, 40), st.integers(0, 400))
def test_steps_leave_out_no_day_and_read_none_twice(length, days):
    about = windows(step=timedelta(days=length))
    last = TODAY + timedelta(days=days)
    read = [a + timedelta(days=n) for a, b in steps(about, (TODAY, last)) for n in range((b - a).days + 1)]
    assert read == [TODAY + timedelta(days=n) for n in range(days + 1)]


def test_an_exclusive_end_is_the_day_after():
    step = (date(2026, 1, 1), date(2026, 1, 31))
    assert bounds(windows(), step) == {"from": "2026-01-01", "to": "2026-01-31"}
    assert bounds(windows(exclusive_end=True), step) == {"from": "2026-01-01", "to": "2026-02-01"}


def test_days_reach_ahead_and_leave_room_for_time_zones():
    about = windows(start=date(2026, 1, 1), ahead=timedelta(days=10))
    assert whole(about, TODAY) == (date(2026, 1, 1), date(2026, 12, 3))
    assert of_tier(about, 0, TODAY) == (date(2026, 11, 8), date(2026, 12, 3))
    assert of_tier(about, 2, TODAY)[0] == date(2026, 1, 1)
    assert whole(windows(ahead=timedelta(0)), TODAY)[1] == TODAY + DAY


def test_the_widest_tier_that_would_else_be_late_is_read():
    about, read = windows(), {}
    assert due_tier(about, read, NOW, 5 * MINUTE) == 2
    read = tiers_read(about, read, 2, NOW)
    assert due_tier(about, read, NOW + 5 * MINUTE, 5 * MINUTE) == 0
    read = tiers_read(about, read, 0, NOW + 5 * MINUTE)
    assert due_tier(about, read, NOW + DAY - 5 * MINUTE, 5 * MINUTE) == 1
    read = tiers_read(about, read, 1, NOW + DAY)
    assert due_tier(about, read, NOW + DAY + HOUR, 5 * MINUTE) == 0
    assert due_tier(about, read, NOW + 7 * DAY, 5 * MINUTE) == 2
    assert due_tier(about, tiers_read(about, {}, None, NOW), NOW + MINUTE, 5 * MINUTE) == 0


@given(st.lists(st.integers(1, 300), min_size=1, max_size=300))
def test_no_tier_is_ever_read_later_than_it_promises(pauses):
    """Polls at each interval; those that are missed make it late by no more than they are."""
    about, now, interval = windows(), NOW, 5 * MINUTE
    read = tiers_read(about, {}, None, now)
    for pause in pauses:
        late = pause * MINUTE
        now += interval + late
        read = tiers_read(about, read, due_tier(about, read, now, interval), now)
        for tier in about.tiers:
            assert now - datetime.fromisoformat(read[str(int(tier.back.total_seconds()))]) <= tier.every + late


def test_a_tier_that_a_new_spec_brings_is_due_and_a_lost_one_forgotten():
    read = tiers_read(windows(), {}, None, NOW)
    changed = windows(tiers=(TIERS[0], Tier(back=timedelta(days=60), every=HOUR)))
    assert due_tier(changed, read, NOW, MINUTE) == 1
    assert len(tiers_read(changed, read, 1, NOW)) == 2


def test_what_is_asked_for_again_is_the_narrowest_tier_that_reaches_it():
    about = windows()
    assert reaching(about, date(2026, 11, 10), TODAY) == 0
    assert reaching(about, date(2026, 10, 1), TODAY) == 1
    assert reaching(about, date(2020, 1, 1), TODAY) is None
    read = unread(about, tiers_read(about, {}, None, NOW), 1)
    assert due_tier(about, read, NOW, MINUTE) == 1


@pytest.mark.parametrize(
    "tiers", [(), (TIERS[1], TIERS[0]), (TIERS[0], Tier(back=timedelta(days=90), every=MINUTE))], ids=len
)
def test_tiers_that_do_not_widen_are_refused(tiers):
    with pytest.raises(ValidationError):
        windows(tiers=tiers)


def stream(**more):
    return StreamSpec(name="things", resource="/things", **more)


def texts(about, real=None):
    return [lag.text for lag in lags(about, real)]


CHANGED = Increment(field="at", param="since")


@pytest.mark.parametrize(
    ("about", "change", "delete"),
    [
        (stream(increment=CHANGED, deletes="keys", lookup_size=1), 5 * MINUTE, DAY),
        (stream(increment=CHANGED), 5 * MINUTE, 2 * DAY),
        (stream(increment=CHANGED, deletes="none"), 5 * MINUTE, None),
        (stream(every="1h"), HOUR, 2 * HOUR),
        (stream(every="1h", lookup_size=1), HOUR, HOUR),
        (stream(windows=windows()), 7 * DAY, 2 * DAY),
        (stream(windows=windows(), deletes="none"), None, None),
    ],
)
def test_the_worst_lag_of_changes_and_deletes_follows_from_the_spec(about, change, delete):
    assert worst(lags(about), "change") == change
    assert worst(lags(about), "delete") == delete


def test_every_tier_tells_its_lag():
    assert texts(stream(windows=windows())) == [
        "changes of the last 14d within 5m",
        "changes of the last 90d within 1d",
        "changes of the last 400d within 7d",
        "changes of older days within 1d, by a full scan",
        "deletes within 2d, after two complete lists without the record",
    ]


def test_a_slower_cadence_makes_it_later():
    real = Cadence(every=2 * DAY, deletes_every=3 * DAY)
    assert texts(stream(windows=windows(), deletes="keys"), real)[:2] == [
        "changes of the last 14d within 2d",
        "changes of the last 90d within 2d",
    ]
    assert worst(lags(stream(increment=CHANGED), real), "delete") == 6 * DAY


def test_durations_are_shown_in_the_largest_exact_unit():
    assert [shown(d) for d in (DAY * 14, HOUR * 36, 90 * MINUTE, timedelta(seconds=61))] == ["14d", "36h", "90m", "61s"]
