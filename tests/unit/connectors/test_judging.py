"""What answers mean by an error dialect."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.dialect import ErrorDialect, ErrorRule
from connectors.http import Request, Response
from connectors.judging import AnswerJudge
from schemas.errors import ConfigError, NeedsConsent, RateLimited, Retryable

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
REQUEST = Request("GET", "https://x.example/things", headers={"X-Key": "s3cret-key"})
FORTNOX = ErrorDialect(
    code="ErrorInformation.Code",
    message="ErrorInformation.Message",
    rules=(
        ErrorRule(code="2000310", means="refused"),
        ErrorRule(status=503, says="closed for good", means="config"),
        ErrorRule(status=404, code="2000423", means="empty"),
        ErrorRule(code="20004*", means="retryable", wait=timedelta(seconds=7)),
    ),
)
GRAPHQL = ErrorDialect(
    inside="errors",
    code="errors.0.code",
    message="errors.0.message",
    other="retryable",
    rules=(
        ErrorRule(code="BURST", means="rate-limited", wait=timedelta(seconds=9)),
        ErrorRule(code="CREDITS", means="rate-limited"),
        ErrorRule(says="token", means="needs-consent"),
    ),
)


def judged(dialect, status, json=None, *, text="", accepts=(), empty=(), **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    judge = AnswerJudge(dialect, timedelta(seconds=5), frozenset(accepts), frozenset(empty))
    return judge(REQUEST, Response(status, named, json, text), NOW)


def fortnox(code, message="It failed"):
    return {"ErrorInformation": {"Code": int(code), "Message": message}}


def graphql(code, message="No"):
    return {"data": None, "errors": [{"code": code, "message": message}]}


def test_a_good_answer_has_no_meaning_of_its_own():
    assert judged(GRAPHQL, 200, {"data": {"a": 1}, "errors": []}) is None
    assert judged(GRAPHQL, 200, {"errors": None}) is None
    assert judged(FORTNOX, 200, fortnox(2000310)) is None


@pytest.mark.parametrize(
    ("answer", "kind", "after"),
    [
        ((GRAPHQL, 200, graphql("BURST")), RateLimited, 9),
        ((GRAPHQL, 200, graphql("CREDITS")), RateLimited, 5),
        ((GRAPHQL, 200, graphql("X", "Bad TOKEN.")), NeedsConsent, None),
        ((GRAPHQL, 200, graphql("X")), Retryable, None),
        ((FORTNOX, 400, fortnox(2000499)), Retryable, 7),
        ((FORTNOX, 400, fortnox(1)), ConfigError, None),
        ((FORTNOX, 503, fortnox(1, "Closed for good")), ConfigError, None),
        ((FORTNOX, 503, fortnox(1)), Retryable, None),
        ((FORTNOX, 429), RateLimited, 5),
        ((FORTNOX, 500), Retryable, None),
        ((FORTNOX, 401), NeedsConsent, None),
        ((FORTNOX, 404, fortnox(2000423)), ConfigError, None),
    ],
)
def test_an_error_is_what_its_rule_says_and_else_what_http_says(answer, kind, after):
    error = judged(*answer)
    assert type(error) is kind
    assert getattr(error, "retry_after", None) == after
    assert str(error).endswith(".")
    assert str(error).count("\n") == 0


@pytest.mark.parametrize(("value", "seconds"), [("30", 30), ("Mon, 23 Nov 2026 12:01:00 GMT", 60)])
def test_a_wait_that_the_api_names_counts_before_those_of_the_spec(value, seconds):
    assert judged(FORTNOX, 429, retry_after=value).retry_after == seconds
    assert judged(GRAPHQL, 200, graphql("BURST"), retry_after=value).retry_after == seconds


def test_an_empty_list_may_be_an_error_status_or_a_rule():
    assert judged(FORTNOX, 404, fortnox(2000423), accepts={"empty"}).meaning == "empty"
    assert judged(FORTNOX, 204, accepts={"empty"}, empty={204}).meaning == "empty"
    assert judged(FORTNOX, 204, accepts={"empty"}) is None


def test_absent_is_seen_only_where_it_is_asked_for():
    assert judged(FORTNOX, 410, accepts={"empty", "absent"}).meaning == "absent"
    assert judged(FORTNOX, 404, fortnox(2000423), accepts={"empty", "absent"}).meaning == "empty"
    assert type(judged(FORTNOX, 404, accepts={"empty"})) is ConfigError


def test_a_refused_token_may_have_a_code_of_its_own():
    assert judged(FORTNOX, 400, fortnox(2000310), accepts={"refused"}).meaning == "refused"
    assert judged(FORTNOX, 401, accepts={"refused"}).meaning == "refused"
    assert type(judged(FORTNOX, 400, fortnox(2000310))) is NeedsConsent


def test_a_rule_without_code_looks_into_the_text_where_there_is_no_message():
    dialect = ErrorDialect(rules=(ErrorRule(says="maintenance", means="retryable"),))
    assert type(judged(dialect, 400, text="<h1>Maintenance</h1>")) is Retryable


def test_messages_show_what_the_api_said_without_secrets_or_pages():
    error = judged(FORTNOX, 400, fortnox(9, "Bad key s3cret-key."))
    assert str(error) == (
        "GET https://x.example/things refused the request (400): Bad key ***; check the connection's settings."
    )
    assert "<html" not in str(judged(FORTNOX, 400, text="<html>no</html>"))
    assert len(str(judged(FORTNOX, 400, fortnox(9, "x" * 10_000)))) < 300
