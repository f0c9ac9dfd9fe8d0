"""What an HTTP answer or a failure of httpx means for the runtime: one error of the tree, one clear sentence."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from schemas.errors import ConfigError, ErpflowError, NeedsConsent, RateLimited, Retryable

_OURS = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
_LATER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}
_LONGEST_WAIT = 86_400.0


def from_httpx(error: Exception, where: str) -> ErpflowError:
    """The error for an exception of httpx (or below it). The text of ``error`` is not used: it may quote a header."""
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return Retryable(f"{where} did not answer in time; if this stays, tell who runs it.")
    if _is_certificate(error):
        return ConfigError(f"{where} shows a TLS certificate that cannot be verified; correct the URL or the server.")
    if isinstance(error, httpx.ConnectError):
        return Retryable(f"{where} cannot be reached; if this stays, check the URL and the network.")
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.DecodingError):
        return Retryable(f"{where} broke off its answer; if this stays, tell who runs it.")
    if isinstance(error, OSError | httpx.TransportError) and not isinstance(error, _OURS):
        return Retryable(f"{where} failed with {type(error).__name__}; if this stays, check the network.")
    return ConfigError(f"{where} cannot be asked ({type(error).__name__}); check the URL and the credentials.")


def from_status(status: int, headers: httpx.Headers, where: str, said: str, now: datetime) -> ErpflowError:
    """The error for an answer that is no success. ``said`` is a clean, short piece of its body, or ''."""
    detail = f": {said}" if said else ""
    after = retry_after(headers.get("retry-after"), now)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(f"{where} asks for fewer requests (429); the stream waits.", retry_after=after)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return NeedsConsent(
            f"{where} refused the credentials ({status}){detail}; "
            "enter the right ones with: erpflow connections authorize."
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _LATER:
        return Retryable(f"{where} failed ({status}){detail}; if this stays, tell who runs it.", retry_after=after)
    return ConfigError(f"{where} refused the request ({status}){detail}; check the connection's settings.")


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds, a day at most, that ``Retry-After`` asks for in either form (RFC 9110, 10.2.3); None for nonsense."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return min(float(value), _LONGEST_WAIT)
    try:
        then = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    aware = then if then.tzinfo else then.replace(tzinfo=UTC)
    return min(max(0.0, (aware - now).total_seconds()), _LONGEST_WAIT)


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
