"""A replay grows step by step, and stops by itself."""

from __future__ import annotations

import pytest

from pipeline.deadletters.pace import MOST, portion, wait
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
    assert [portion(10_000, rate) for rate in (None, 1.0, 200.0, 1e9)] == [MOST, 1, 20, MOST]
    assert portion(3, None) == 3
    assert wait(20, 0.04, 200.0) == pytest.approx(0.06)
    assert wait(20, 5.0, 200.0) == wait(20, 0.0, None) == 0.0
