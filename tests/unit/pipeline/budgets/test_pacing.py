from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest

from connectors.limits import Limit
from pipeline.budgets.pacing import AHEAD, Lane, given_back, held, may_take, pace, reserve


def limit(requests: int, seconds: float) -> Limit:
    return Limit(requests=requests, per=timedelta(seconds=seconds))


def slots(given: Limit, arrivals: list[float]) -> list[float]:
    one, mark, found = pace(given), 0.0, []
    for now in arrivals:
        reserved = reserve([one], [mark], now)
        (mark,) = reserved.marks
        found.append(reserved.at)
    return found


def most_in_any_window(sent: list[float], seconds: float) -> int:
    return max(sum(1 for other in sent if at <= other < at + seconds) for at in sent)


@pytest.mark.parametrize(("requests", "seconds"), [(1, 1), (10, 1), (25, 5), (60, 60), (600, 300)])
def test_no_window_ever_holds_more_than_the_limit(requests: int, seconds: float) -> None:
    random = Random(7)
    arrivals, now = [], 1_000.0
    for _ in range(requests * 6):
        now += random.choice([0, 0, 0, seconds / requests, seconds * 2 if random.random() < 0.02 else 0])
        arrivals.append(now)
    assert most_in_any_window(slots(limit(requests, seconds), arrivals), seconds) <= requests


@pytest.mark.parametrize(("requests", "seconds"), [(10, 1), (25, 5), (600, 300)])
def test_a_crowd_uses_nine_tenths_of_the_limit(requests: int, seconds: float) -> None:
    sent = slots(limit(requests, seconds), [0.0] * requests * 20)
    assert len(sent) / (sent[-1] - sent[0]) >= 0.9 * requests / seconds


def test_a_first_request_goes_at_once_and_a_long_limit_allows_a_burst() -> None:
    assert slots(limit(10, 1), [50.0]) == [50.0]
    assert slots(limit(6_000, 300), [50.0] * 300) == [50.0] * 300
    assert slots(limit(6_000, 300), [50.0] * 302)[-1] > 50.0


def test_the_slowest_of_several_limits_counts_and_all_are_used_up() -> None:
    fast, slow = pace(limit(10, 1)), pace(limit(1, 60))
    first = reserve([fast, slow], [0.0, 0.0], 100.0)
    second = reserve([fast, slow], first.marks, 100.0)
    assert first.at == 100.0
    assert second.at >= 160.0
    assert second.marks[0] > second.at


def test_a_slot_that_was_not_used_is_given_back_where_nobody_has_one_behind_it() -> None:
    one = pace(limit(10, 1))
    reserved = reserve([one], [0.0], 100.0)
    assert reserve([one], given_back([one], reserved.marks, reserved.marks), 100.2).at == 100.2
    behind = reserve([one], reserved.marks, 100.0)
    assert given_back([one], reserved.marks, behind.marks) == behind.marks


def test_a_held_limit_allows_nothing_before_its_time_not_even_a_burst() -> None:
    one = pace(limit(6_000, 300))
    mark = held(one, 0.0, until=500.0)
    assert reserve([one], [mark], 100.0).at >= 500.0


def test_a_load_takes_no_slot_far_ahead_until_it_was_overtaken_for_long() -> None:
    assert may_take(Lane.INCREMENT, ahead=30.0, waited=0.0)
    assert may_take(Lane.BACKFILL, ahead=AHEAD, waited=0.0)
    assert not may_take(Lane.BACKFILL, ahead=AHEAD + 0.1, waited=5.0)
    assert may_take(Lane.BACKFILL, ahead=5.0, waited=30.0)


def test_requests_are_spaced_wider_than_the_limit_so_that_one_may_arrive_late() -> None:
    sent = slots(limit(10, 1), [0.0] * 11)
    assert sent[-1] - sent[0] >= 1.0 + pace(limit(10, 1)).slack
    assert all(later - earlier > 0.1 for earlier, later in pairwise(sent))
