"""What an error of AWS means for us: the one table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from schemas.errors import ConfigError, ErpflowError, Poison, RateLimited, Retryable

THROTTLED: Final = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "Throttled",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "SlowDown",
        "KmsThrottled",
        "KMSThrottling",
        "KMSThrottlingException",
        "OverLimit",  # SQS: too many messages in flight
    }
)
PASSING: Final = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "ServiceUnavailable",
        "RequestTimeout",
        "RequestTimeoutException",
        "PriorRequestNotComplete",
        "ConditionalRequestConflict",
        "OperationAborted",
        "ExpiredToken",  # a role's token is fetched anew
        "ExpiredTokenException",
    }
)
GONE: Final = frozenset({"NoSuchKey"})
HINTS: Final = {
    "QueueDoesNotExist": "run `erpflow topology apply`",
    "NonExistentQueue": "run `erpflow topology apply`",
    "NotFound": "run `erpflow topology apply`",
    "NotFoundException": "run `erpflow topology apply`",
    "NoSuchBucket": "run `erpflow topology apply`",
    "AccessDenied": "give this role the permission",
    "AccessDeniedException": "give this role the permission",
    "AuthorizationError": "give this role the permission",
    "InvalidClientTokenId": "correct the AWS credentials",
    "UnrecognizedClientException": "correct the AWS credentials",
    "InvalidAccessKeyId": "correct the AWS credentials",
    "SignatureDoesNotMatch": "correct the AWS credentials",
    "MissingAuthenticationToken": "correct the AWS credentials",
    "RequestExpired": "set this machine's clock",
    "RequestTimeTooSkewed": "set this machine's clock",
}

WAITABLE: Final = (
    boto.ConnectionError,  # endpoint unreachable
    boto.HTTPClientError,  # timeouts, closed connections, TLS, proxies
    boto.IncompleteReadError,
    ResponseParserError,
    boto.MetadataRetrievalError,
    boto.CredentialRetrievalError,
    boto.TokenRetrievalError,
    boto.ChecksumError,
    boto.FlexibleChecksumError,
    boto.EventStreamError,
    aiohttp.ClientError,
    TimeoutError,
    OSError,
)
FOREIGN: Final = (boto.BotoCoreError, boto.ClientError, *WAITABLE)
"""Everything that a client may raise; ``from_botocore`` knows each of them."""


def from_botocore(error: Exception, what: str) -> ErpflowError:
    """Our error for one of aiobotocore's; ``what`` begins the sentence: ``Publishing to topic wake-ups``."""
    if isinstance(error, boto.ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        return error_for_code(code_of(error), str(error.response.get("Error", {}).get("Message", "")), status, what)
    if isinstance(error, WAITABLE):
        return Retryable(f"{what} failed: {_line(error)}; if this stays, check the network and ERPFLOW_ENDPOINT.")
    return ConfigError(f"{what} failed: {_line(error)}; check the AWS credentials, or set ERPFLOW_ENDPOINT.")


def error_for_code(code: str, message: str, status: int, what: str) -> ErpflowError:
    """Our error for an AWS error code, whether of a whole call or of one entry of a batch."""
    if code in THROTTLED or status == 429:
        return RateLimited(f"{what} was throttled by AWS ({code}); if this stays, have the limit raised.")
    if code in PASSING or status >= 500:
        return Retryable(f"{what} failed: {code}; if this stays, look at the health of AWS.")
    if code in GONE:
        return Poison(f"{what} failed: there is no such object; restore it, then replay the message.")
    return ConfigError(f"{what} was refused: {code}: {_short(message)}; {HINTS.get(code, 'correct the request')}.")


def code_of(error: boto.ClientError) -> str:
    """The code without the prefix that the query protocol of SQS had (``AWS.SimpleQueueService.…``)."""
    return str(error.response.get("Error", {}).get("Code", "Unknown")).rsplit(".", 1)[-1]


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Run a block; what AWS raises in it comes out as one of ours."""
    try:
        yield
    except FOREIGN as error:
        raise from_botocore(error, what) from error


def _line(error: Exception) -> str:
    return _short(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def _short(text: str) -> str:
    first = text.strip().splitlines()[0] if text.strip() else "no reason given"
    return first[:200].rstrip(".")
