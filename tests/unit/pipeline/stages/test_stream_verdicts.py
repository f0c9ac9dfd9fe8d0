"""What a failure means for a stream and its connection: a pure decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.schedule import FIRST_RETRY
from pipeline.stages.verdicts import FAILURES_BEFORE_TELLING, after
from schemas.errors import ConfigError, Drifted, NeedsConsent, Poison, RateLimited, Retryable, Superseded

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize("kind", [Retryable, RateLimited])
def test_an_outage_is_tried_again_and_told_once_it_lasts(kind: type[Exception]) -> None:
    verdicts = [after(kind("down"), failures, NOW) for failures in range(1, 20)]
    assert {verdict.action for verdict in verdicts} == {"again"}
    assert all(verdict.expected for verdict in verdicts)
    assert [failures for failures, verdict in enumerate(verdicts, 1) if verdict.tell] == [FAILURES_BEFORE_TELLING]
    assert verdicts[0].due == NOW + FIRST_RETRY


def test_the_wish_of_the_erp_is_kept() -> None:
    assert after(RateLimited("slow down", retry_after=7200), 1, NOW).due == NOW + timedelta(hours=2)


def test_a_refused_credential_pauses_the_connection_and_is_told() -> None:
    verdict = after(NeedsConsent("refused"), 1, NOW)
    assert (verdict.action, verdict.tell) == ("pause", True)


def test_a_wrong_setting_is_told_at_once_and_also_when_it_came_after_an_outage() -> None:
    told = [failures for failures in range(1, 20) if after(ConfigError("wrong"), failures, NOW).tell]
    assert told == [1, FAILURES_BEFORE_TELLING]


def test_a_lost_lease_drops_the_visit_and_tells_nobody() -> None:
    verdict = after(Superseded("lost"), 1, NOW)
    assert (verdict.action, verdict.tell) == ("drop", False)


@pytest.mark.parametrize("error", [KeyError("x"), ZeroDivisionError(), Poison("x"), Drifted("x")])
def test_a_defect_of_a_connector_is_tried_again_and_marked_as_unexpected(error: Exception) -> None:
    verdict = after(error, FAILURES_BEFORE_TELLING, NOW)
    assert (verdict.action, verdict.tell, verdict.expected) == ("again", True, False)
