"""When a credential is renewed, and what a failed renewal means."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.auth import AuthorizationCode, ClientCredentials
from pipeline import custody
from pipeline.custody import CustodyPolicy, Setback
from pipeline.store.tokens import CredentialRow
from schemas.errors import ConfigError, NeedsConsent, RateLimited, Retryable

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
CODE = AuthorizationCode(authorize_url="a", token_url="t")
CLIENT = ClientCredentials(token_url="t")


def row(**changes: Any) -> CredentialRow:
    """A token of an hour, issued now."""
    base = CredentialRow("c", "t", "s", "active", None, 1, 1, NOW, NOW + HOUR, None, None, None, None, 0, None, b"x")
    return replace(base, **changes)


LATER, EARLIER = {"claim_until": NOW + 3 * HOUR}, {"claim_until": NOW - SECOND}


@pytest.mark.parametrize(
    ("changes", "refused", "after", "need"),
    [
        ({}, False, 0 * HOUR, "use"),
        ({}, False, 41 * MINUTE, "use"),
        ({}, False, 55 * MINUTE, "ahead"),
        (LATER, False, 55 * MINUTE, "use"),
        (EARLIER, False, 55 * MINUTE, "ahead"),
        ({"try_at": NOW + 2 * HOUR}, False, 55 * MINUTE, "use"),
        ({"tried_at": NOW}, False, 0 * HOUR, "ahead"),
        ({}, False, HOUR - SECOND, "renew"),
        ({}, True, 0 * HOUR, "renew"),
        (LATER, True, 0 * HOUR, "wait"),
        (LATER, False, 2 * HOUR, "wait"),
        ({"try_at": NOW + 3 * HOUR}, False, 2 * HOUR, "later"),
        ({"issued_at": None, "expires_at": None}, False, 0 * HOUR, "renew"),
        ({"expires_at": None}, False, 9_000 * HOUR, "use"),
        ({"expires_at": None}, True, 0 * HOUR, "renew"),
        ({"state": "dead"}, False, 0 * HOUR, "dead"),
        ({"state": "dead", **LATER}, True, 0 * HOUR, "dead"),
    ],
)
def test_what_to_do_for_a_token(changes: dict[str, Any], refused: bool, after: timedelta, need: str) -> None:
    assert custody.need(row(**changes), refused, NOW + after) == need


def test_credentials_are_renewed_at_different_times_within_the_span() -> None:
    parts = {(custody.renew_at(row(name=f"c{i}")) - NOW) / HOUR for i in range(50)}
    assert len(parts) > 40
    assert min(parts) >= custody.AHEAD[0]
    assert max(parts) <= custody.AHEAD[1]


@pytest.mark.parametrize(
    ("error", "earlier", "dead", "unknown"),
    [
        (NeedsConsent("No."), False, "No.", False),
        (Retryable("Slow."), False, None, True),
        (ValueError("defect"), False, None, True),
        (RateLimited("Less."), False, None, False),
        (ConfigError("Wrong."), False, None, False),
        (ConfigError("Wrong."), True, None, True),
        (RateLimited("Less."), True, None, True),
    ],
)
def test_what_a_failure_means_where_refresh_tokens_rotate(
    error: Exception, earlier: bool, dead: str | None, unknown: bool
) -> None:
    found = custody.setback(error, row(), CODE, earlier)
    assert (found.dead, found.open) == (dead, unknown)


def test_a_refusal_after_a_lost_answer_says_so() -> None:
    found = custody.setback(NeedsConsent("Not known."), row(), CODE, earlier=True)
    assert found.dead is not None
    assert found.dead.startswith("The issuer's answer to an earlier renewal was lost")
    assert found.dead.endswith("Not known.")


def test_nothing_is_open_where_no_refresh_token_can_be_used_up() -> None:
    assert custody.setback(Retryable("Slow."), row(), CLIENT, earlier=False).open is False


@pytest.mark.parametrize(
    ("error", "failures", "pause"),
    [
        (Retryable("x"), 0, 2 * SECOND),
        (Retryable("x"), 3, 16 * SECOND),
        (Retryable("x"), 99, 5 * MINUTE),
        (Retryable("x", retry_after=600), 0, 10 * MINUTE),
        (RateLimited("x"), 0, MINUTE),
        (RateLimited("x", retry_after=90), 0, 90 * SECOND),
        (ConfigError("x"), 0, MINUTE),
    ],
)
def test_an_issuer_is_left_alone_for_longer_and_longer(error: Exception, failures: int, pause: timedelta) -> None:
    assert custody.setback(error, row(failures=failures), CODE, earlier=False).pause == pause


def test_an_open_attempt_is_repeated_soon_whatever_the_issuer_said() -> None:
    assert custody.setback(RateLimited("x"), row(), CODE, earlier=True) == Setback(None, open=True, pause=2 * SECOND)


@pytest.mark.parametrize(
    ("changes", "neglected"),
    [
        ({}, False),
        ({"tried_at": NOW - HOUR}, True),
        ({"tried_at": NOW - HOUR, **LATER}, False),
        ({"tried_at": NOW - HOUR, "try_at": NOW + SECOND}, False),
        ({"tried_at": NOW - HOUR, "state": "dead"}, False),
        ({"keep_at": NOW - SECOND}, True),
        ({"keep_at": NOW + SECOND}, False),
    ],
)
def test_what_nobody_asks_for_is_renewed_where_it_must(changes: dict[str, Any], neglected: bool) -> None:
    assert custody.neglected(row(**changes), NOW) is neglected


def test_a_refresh_token_that_dies_of_idleness_is_renewed_before() -> None:
    idle = CODE.model_copy(update={"idle": timedelta(days=60)})
    kept = custody.keep_at(idle, "c", NOW)
    assert kept is not None
    assert timedelta(days=30) <= kept - NOW <= timedelta(days=42)
    assert custody.keep_at(CODE, "c", NOW) is None
    assert custody.keep_at(CLIENT, "c", NOW) is None


@pytest.mark.parametrize("grace", [0, 5, 10, 30, 60, 1800])
def test_a_claim_outlives_the_call_and_leaves_time_within_the_grace(grace: int) -> None:
    auth, policy = CODE.model_copy(update={"grace": grace * SECOND}), CustodyPolicy()
    call, claim = policy.call(auth), policy.claim(auth)
    assert call < claim
    assert call <= policy.within
    if grace:
        assert claim + call <= grace * SECOND / 2


def test_connections_that_ask_the_issuer_differently_cannot_share_a_token() -> None:
    auth = CLIENT.model_copy(update={"extra": {"tenant_id": "{company}"}})
    same = {"client_id": "a", "client_secret": "b", "company": "1"}
    assert custody.differing(auth, same, dict(same)) == []
    assert custody.differing(auth, same, same | {"company": "2"}) == ["company"]
    assert custody.differing(CLIENT, same, same | {"company": "2"}) == []
