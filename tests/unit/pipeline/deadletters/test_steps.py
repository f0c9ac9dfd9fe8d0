"""A replay grows step by step, and stops by itself."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from pipeline.deadletters.pace import CATCHING_UP, MOST, Pace, portion
from pipeline.deadletters.steps import Standing, Steps, move
from schemas.errors import ConfigError


def _run(steps: Steps, outcomes: list[bool]) -> tuple[list[int], str | None]:
    """The sizes of what was run, and why it stopped, where letters end as ``outcomes`` say (True: failed)."""
    standing, sizes, left = Standing(), list[int](), list(outcomes)
    while left:
        following = move(steps, standing)
        if following.stop:
            return sizes, following.stop
        some, left = left[: following.take], left[following.take :]
        sizes.append(len(some))
        standing = following.standing.after(len(some), sum(some))
    return sizes, move(steps, standing).stop


def test_steps_grow_and_the_last_one_repeats() -> None:
    assert _run(Steps((1, 10, 100)), [False] * 311) == ([1, 10, 100, 100, 100], None)


def test_the_first_letter_that_fails_stops_it() -> None:
    sizes, reason = _run(Steps(), [True] * 50)
    assert sizes == [1]
    assert str(reason).startswith(
        "1 of the 1 letters of step 1 failed again, more than 10% of it; the rest is untouched."
    )


def test_a_share_below_the_limit_goes_on() -> None:
    assert _run(Steps((10,), limit=0.2), ([True] * 2 + [False] * 8) * 3) == ([10, 10, 10], None)


def test_a_step_that_can_no_longer_keep_to_the_limit_is_not_gone_through_with() -> None:
    assert move(Steps((100,), limit=0.1), Standing(0, 20, 11)).stop is not None
    assert move(Steps((100,), limit=0.1), Standing(0, 20, 10)).take == 80


@pytest.mark.parametrize(("sizes", "limit"), [((), 0.1), ((0,), 0.1), ((1,), 1.5), ((1,), -0.1)])
def test_wrong_steps_are_told(sizes: tuple[int, ...], limit: float) -> None:
    with pytest.raises(ConfigError):
        Steps(sizes, limit)


def test_a_rate_makes_portions_small_and_waits_for_their_time() -> None:
    assert [portion(10_000, rate) for rate in (None, 1.0, 200.0, 1e9)] == [MOST, 1, 50, MOST]
    assert portion(3, None) == 3
    assert Pace(200.0, 0.0).ran(20, 0.0, 0.04) == pytest.approx(0.06)
    assert Pace(200.0, 0.0).ran(20, 0.0, 5.0) == Pace(None, 0.0).ran(20, 0.0, 0.0) == 0.0


def _paced(rate: float, seconds: float, takes: Callable[[float], float]) -> list[tuple[float, int]]:
    """When how many letters were run in so many seconds, where ``takes`` says how long a portion takes by the time."""
    now, pace, ran = 0.0, Pace(rate, 0.0), list[tuple[float, int]]()
    while now < seconds:
        some = portion(10**9, rate)
        began, now = now, now + takes(now)
        ran.append((now, some))
        now += pace.ran(some, began, now)
    return ran


@pytest.mark.parametrize("rate", [0.5, 3.0, 50.0, 500.0, 2000.0])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_rate_is_kept_within_a_twentieth_however_long_a_portion_takes(rate: float, share: float) -> None:
    seconds, chance = max(60.0, 200 / rate), Random(7)
    each = share * portion(10**9, rate) / rate
    ran = _paced(rate, seconds, lambda _: each * chance.uniform(0.5, 1.1))
    assert sum(many for _, many in ran) / seconds == pytest.approx(rate, rel=0.05)


def test_after_an_outage_a_rate_is_not_made_up_for_by_more_than_a_second() -> None:
    ran = _paced(100.0, 120.0, lambda now: 30.0 if 40 < now < 41 else 0.01)
    for start in range(119):
        assert sum(many for at, many in ran if start <= at < start + 1) <= 100 * (1 + CATCHING_UP) + 10
    assert sum(many for _, many in ran) == pytest.approx(100 * 91, rel=0.05)
