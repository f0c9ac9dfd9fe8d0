from datetime import timedelta

import pytest

from connectors.limits import Limits, QuotaHeaders
from pipeline.budgets.learning import pause

QUOTA = Limits(quota=QuotaHeaders(limit="X-Limit", remaining="X-Remaining", reset="X-Reset"), wait=timedelta(seconds=7))


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (200, {}, 0.0),
        (200, {"x-limit": "100", "x-remaining": "80", "x-reset": "10"}, 0.0),
        (200, {"x-limit": "100", "x-remaining": "10", "x-reset": "30"}, 3.0),
        (200, {"x-limit": "100", "x-remaining": "0", "x-reset": "30"}, 30.0),
        (200, {"x-limit": "100", "x-remaining": "0"}, 7.0),
        (429, {}, 7.0),
        (429, {"x-remaining": "0", "x-reset": "12"}, 12.0),
        (429, {"x-reset": "soon"}, 7.0),
        (200, {"x-limit": "many", "x-remaining": "1", "x-reset": "9"}, 0.0),
        (429, {"x-reset": "99999999"}, 3600.0),
        (429, {"x-reset": "-5"}, 7.0),
        (200, {"x-remaining": "nan", "x-reset": "inf"}, 0.0),
    ],
)
def test_what_answers_say_about_limits_is_heeded_and_nonsense_survived(status, headers, seconds) -> None:
    assert pause(QUOTA, status, headers, now=1_000.0) == seconds


def test_a_reset_may_be_an_instant() -> None:
    quota = QuotaHeaders(remaining="left", reset="at", reset_is="unix")
    assert pause(Limits(quota=quota), 429, {"at": "1030"}, now=1_000.0) == 30.0
    assert pause(Limits(quota=quota), 200, {"left": "0", "at": "990"}, now=1_000.0) == 0.0


def test_without_quota_headers_a_429_waits_as_the_spec_says() -> None:
    assert pause(Limits(wait=timedelta(seconds=3)), 429, {"x-reset": "60"}, now=0.0) == 3.0
    assert pause(Limits(), 200, {}, now=0.0) == 0.0
