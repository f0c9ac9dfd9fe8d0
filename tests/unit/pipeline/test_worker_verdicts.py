"""What becomes of a message that was not handled: a pure decision."""

from __future__ import annotations

import pytest

from pipeline.worker import FIRST_BACK_OFF, LAST_BACK_OFF, MOST_DEFECTS, Verdict, after
from schemas.errors import ConfigError, Drifted, NeedsConsent, Poison, RateLimited, Rejected, Retryable, Superseded


@pytest.mark.parametrize("received", [1, 2, 500])
def test_poison_is_buried_at_its_first_failure(received: int) -> None:
    assert after(Poison("broken"), received) == Verdict("bury")


@pytest.mark.parametrize("kind", [Retryable, RateLimited, ConfigError])
def test_an_outage_is_waited_out_for_ever(kind: type[Exception]) -> None:
    waits = [after(kind("later"), received) for received in (1, 2, 3, 4, 1_000_000)]
    assert [verdict.action for verdict in waits] == ["hide"] * 5
    assert [verdict.seconds for verdict in waits] == [2, 4, 8, 16, LAST_BACK_OFF]


@pytest.mark.parametrize("kind", [Retryable, RateLimited])
def test_the_wish_of_the_other_side_prolongs_the_wait_and_never_shortens_it(
    kind: type[Retryable] | type[RateLimited],
) -> None:
    assert after(kind("later", retry_after=60), 1).seconds == 60
    assert after(kind("later", retry_after=3600), 1).seconds == 3600
    assert after(kind("later", retry_after=1), 5).seconds == FIRST_BACK_OFF * 2**4


@pytest.mark.parametrize("error", [KeyError("x"), ZeroDivisionError(), Rejected("x"), Drifted("x")])
def test_a_defect_is_tried_a_few_times_and_then_buried(error: Exception) -> None:
    actions = [after(error, received).action for received in range(1, MOST_DEFECTS + 2)]
    assert actions == ["hide"] * (MOST_DEFECTS - 1) + ["bury", "bury"]


def test_what_nobody_is_to_have_any_more_is_done_with() -> None:
    assert after(Superseded("erased"), 1) == Verdict("drop")


def test_a_refused_credential_beyond_the_poll_is_a_defect() -> None:
    assert after(NeedsConsent("x"), MOST_DEFECTS).action == "bury"
