"""Every failure of httpx is one error of our tree."""

import inspect
import ssl
from datetime import UTC, datetime

import httpx
import pytest

from connectors.http_errors import from_httpx, from_status, retry_after
from connectors.retry import NEVER, RetryPolicy
from schemas.errors import ConfigError, NeedsConsent, RateLimited, Retryable

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TRANSPORT = [
    kind
    for _, kind in inspect.getmembers(httpx, inspect.isclass)
    if issubclass(kind, httpx.TransportError) and kind not in (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
]


@pytest.mark.parametrize("kind", TRANSPORT, ids=lambda kind: kind.__name__)
def test_every_transport_error_of_httpx_may_pass(kind):
    assert isinstance(from_httpx(kind("secret words"), "GET x"), Retryable)


@pytest.mark.parametrize("kind", [httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL])
def test_a_request_that_cannot_be_sent_is_for_a_person(kind):
    error = from_httpx(kind("secret words"), "GET x")
    assert isinstance(error, ConfigError)
    assert "secret words" not in str(error)


def test_an_unverifiable_certificate_is_for_a_person():
    error = httpx.ConnectError("x")
    error.__cause__ = ssl.SSLCertVerificationError("expired")
    assert isinstance(from_httpx(error, "GET x"), ConfigError)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ConfigError),
        (401, NeedsConsent),
        (403, NeedsConsent),
        (404, ConfigError),
        (408, Retryable),
        (425, Retryable),
        (429, RateLimited),
        (500, Retryable),
        (502, Retryable),
        (503, Retryable),
        (304, ConfigError),
    ],
)
def test_every_status_says_what_happens_next(status, kind):
    assert type(from_status(status, httpx.Headers(), "GET x", "", NOW)) is kind


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0),
        ("120", 120),
        ("9" * 400, 86_400),
        ("Mon, 23 Nov 2026 12:01:30 GMT", 90),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value, seconds):
    assert retry_after(value, NOW) == seconds


def test_waits_double_up_to_a_bound_and_end():
    policy = RetryPolicy(attempts=8, base=1, longest=10)
    waits = [policy.wait(attempt, Retryable("x"), 1.0) for attempt in range(1, 9)]
    assert waits == [1, 2, 4, 8, 10, 10, 10, None]
    assert policy.wait(1, Retryable("x"), 0.0) == 0


def test_only_what_may_pass_is_tried_again():
    assert RetryPolicy().wait(1, ConfigError("x"), 0.5) is None
    assert RetryPolicy().wait(1, NeedsConsent("x"), 0.5) is None
    assert NEVER.wait(1, Retryable("x"), 0.5) is None


def test_a_wish_to_wait_is_respected_up_to_a_bound():
    policy = RetryPolicy(longest_asked=30)
    assert policy.wait(1, RateLimited("x", retry_after=30), 0.0) == 30
    assert policy.wait(1, RateLimited("x", retry_after=31), 0.0) is None
