from __future__ import annotations

import inspect
import string
from typing import Any

import aiohttp
import pytest
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from pipeline.aws.errors import FOREIGN, HINTS, PASSING, THROTTLED, from_botocore, translated
from schemas.errors import ConfigError, ErpflowError, Poison, RateLimited, Retryable

WHAT = "Publishing to topic domain-pages"


def _client_error(code: str, status: int = 400, message: str = "No.") -> boto.ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return boto.ClientError(answer, "PublishBatch")


def _instances() -> list[boto.BotoCoreError]:
    """One of each error class that botocore has, with made-up details."""
    made = []
    for _, kind in inspect.getmembers(boto, inspect.isclass):
        if issubclass(kind, boto.BotoCoreError):
            names = [name for _, name, _, _ in string.Formatter().parse(kind.fmt) if name]
            needed = {name for name in inspect.signature(kind).parameters if name not in ("kwargs", "msg", "args")}
            made.append(kind(**{name: name for name in {*names, *needed}}))
    return made


@pytest.mark.parametrize("error", _instances(), ids=lambda error: type(error).__name__)
def test_every_error_of_botocore_becomes_one_sentence_of_ours(error: boto.BotoCoreError) -> None:
    assert isinstance(error, FOREIGN)
    ours = from_botocore(error, WHAT)
    assert isinstance(ours, ErpflowError)
    assert str(ours).startswith(WHAT)
    assert str(ours).endswith(".")
    assert "\n" not in str(ours)


@pytest.mark.parametrize(
    "error",
    [
        boto.EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
        boto.ConnectTimeoutError(endpoint_url="http://127.0.0.1:1"),
        boto.ReadTimeoutError(endpoint_url="http://127.0.0.1:1"),
        boto.ConnectionClosedError(endpoint_url="http://127.0.0.1:1"),
        boto.SSLError(endpoint_url="https://x", error="bad"),
        boto.MetadataRetrievalError(error_msg="no answer"),
        boto.CredentialRetrievalError(provider="role", error_msg="no answer"),
        ResponseParserError("invalid XML"),
        aiohttp.ClientPayloadError("cut off"),
        TimeoutError(),
        ConnectionResetError(104, "reset"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_may_pass_is_retryable(error: Exception) -> None:
    assert isinstance(from_botocore(error, WHAT), Retryable)


@pytest.mark.parametrize(
    "error",
    [boto.NoCredentialsError(), boto.NoRegionError(), boto.ParamValidationError(report="Missing Message")],
    ids=lambda error: type(error).__name__,
)
def test_what_a_person_must_correct_is_a_configuration_error(error: Exception) -> None:
    assert isinstance(from_botocore(error, WHAT), ConfigError)


@pytest.mark.parametrize("code", sorted(THROTTLED))
def test_throttling_is_rate_limited(code: str) -> None:
    assert isinstance(from_botocore(_client_error(code), WHAT), RateLimited)


@pytest.mark.parametrize("code", sorted(PASSING))
def test_trouble_of_aws_is_retryable(code: str) -> None:
    assert isinstance(from_botocore(_client_error(code), WHAT), Retryable)


@pytest.mark.parametrize("code", sorted(HINTS))
def test_a_refusal_says_what_to_do(code: str) -> None:
    error = from_botocore(_client_error(code), WHAT)
    assert isinstance(error, ConfigError)
    assert HINTS[code] in str(error)


@pytest.mark.parametrize(
    ("status", "kind"), [(429, RateLimited), (500, Retryable), (503, Retryable), (400, ConfigError)]
)
def test_an_unknown_code_is_judged_by_its_status(status: int, kind: type[ErpflowError]) -> None:
    assert type(from_botocore(_client_error("SomethingNew", status), WHAT)) is kind


def test_a_code_is_known_with_the_prefix_of_the_query_protocol() -> None:
    error = from_botocore(_client_error("AWS.SimpleQueueService.NonExistentQueue"), WHAT)
    assert "topology apply" in str(error)


def test_an_absent_object_is_poison() -> None:
    assert isinstance(from_botocore(_client_error("NoSuchKey", 404), WHAT), Poison)


def test_a_long_reason_is_cut_to_its_first_line() -> None:
    error = from_botocore(_client_error("SignatureDoesNotMatch", 403, "x" * 500 + "\nthe request was: …"), WHAT)
    assert "the request was" not in str(error)
    assert len(str(error)) < 400


def test_our_own_errors_pass_through_a_translated_block() -> None:
    ours = Poison("broken")
    with pytest.raises(Poison) as caught, translated(WHAT):
        raise ours
    assert caught.value is ours


def test_a_translated_error_keeps_its_cause() -> None:
    theirs = _client_error("AccessDenied", 403)
    with pytest.raises(ConfigError) as caught, translated(WHAT):
        raise theirs
    assert caught.value.__cause__ is theirs
