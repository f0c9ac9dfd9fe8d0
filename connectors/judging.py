"""What an answer means by an API's error dialect: an error of the tree, or an answer without records. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx

from connectors.dialect import ErrorDialect, ErrorRule, Meaning
from connectors.http import Request, Response
from connectors.http_errors import from_status, retry_after
from connectors.redact import redact
from schemas.errors import ConfigError, ErpflowError, NeedsConsent, RateLimited, Retryable
from schemas.keys import value_at

_LONGEST = 200
_GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer says of itself. ``inside``: a success that holds an error."""

    code: str
    message: str
    inside: bool


@dataclass(frozen=True, slots=True)
class AnswerJudge:
    """A ``connectors.http.Judge``. ``accepts`` are the meanings that the caller wants to see instead of an error.

    Where these include ``absent``, 404 and 410 mean it; ``empty`` lists further statuses that say: no records.
    ``wait`` is what a 429 costs that names no time.
    """

    dialect: ErrorDialect
    wait: timedelta
    accepts: frozenset[Meaning] = frozenset()
    empty: frozenset[int] = frozenset()

    def __call__(self, request: Request, response: Response, now: datetime) -> ErpflowError | Response | None:
        """See ``Judge``."""
        told = tell(self.dialect, response)
        rule = next((rule for rule in self.dialect.rules if _fits(rule, response, told)), None)
        meaning = rule.means if rule else self._by_status(response.status)
        if meaning in self.accepts:
            return replace(response, meaning=meaning)
        after = retry_after(response.headers.get("retry-after"), now)
        asked = after if after is not None else self._wait(rule, response.status)
        if rule is not None or told.inside:
            return _error(rule.means if rule else self.dialect.other, request, response, told, asked)
        return None if _is_success(response.status) else _by_http(request, response, told, asked, now)

    def _by_status(self, status: int) -> Meaning | None:
        if status in self.empty:
            return "empty"
        if status in _GONE:
            return "absent"
        return "refused" if status == HTTPStatus.UNAUTHORIZED else None

    def _wait(self, rule: ErrorRule | None, status: int) -> float | None:
        if rule is not None and rule.wait is not None:
            return rule.wait.total_seconds()
        limited = rule.means == "rate-limited" if rule else status == HTTPStatus.TOO_MANY_REQUESTS
        return self.wait.total_seconds() if limited else None


def tell(dialect: ErrorDialect, response: Response) -> Told:
    """The code and message of an answer, '' for none."""
    document, good = response.json, _is_success(response.status)
    inside = good and bool(dialect.inside and value_at(document, dialect.inside))
    code, message = (value_at(document, path) if path else None for path in (dialect.code, dialect.message))
    text = "" if message is None else str(message)
    if not text and inside and dialect.inside and not dialect.message:
        text = str(value_at(document, dialect.inside))
    return Told("" if code is None else str(code), text, inside)


def _fits(rule: ErrorRule, response: Response, told: Told) -> bool:
    if rule.status is not None and rule.status != response.status:
        return False
    if rule.status is None and _is_success(response.status) and not told.inside:
        return False
    if rule.code is not None and not _is_code(rule.code, told.code):
        return False
    said = told.message or response.text
    return rule.says is None or rule.says.casefold() in said.casefold()


def _is_code(wanted: str, code: str) -> bool:
    return code.startswith(wanted[:-1]) if wanted.endswith("*") else code == wanted


def _is_success(status: int) -> bool:
    return 200 <= status < 300


_Make = Callable[[str, float | None], ErpflowError]
_CONFIG: _Make = lambda text, _: ConfigError(f"{text}; check the connection's settings.")  # noqa: E731
_CONSENT: _Make = lambda text, _: NeedsConsent(  # noqa: E731
    f"{text}; enter the right credentials with: erpflow connections authorize."
)
_ERRORS: dict[str, tuple[str, _Make]] = {
    "retryable": (
        "failed",
        lambda text, after: Retryable(f"{text}; if this stays, tell who runs it.", retry_after=after),
    ),
    "rate-limited": (
        "asks for fewer requests",
        lambda text, after: RateLimited(f"{text}; the stream waits.", retry_after=after),
    ),
    "needs-consent": ("refused the credentials", _CONSENT),
    "refused": ("refused the credentials", _CONSENT),
    "config": ("refused the request", _CONFIG),
    "empty": ("has nothing where something must be", _CONFIG),
    "absent": ("knows no such thing", _CONFIG),
}


def _error(meaning: Meaning, request: Request, response: Response, told: Told, asked: float | None) -> ErpflowError:
    verb, make = _ERRORS[meaning]
    said = _clean(told.message or response.text, request)
    detail = ", ".join(part for part in (str(response.status), _clean(told.code, request)) if part)
    return make(f"{request.where} {verb} ({detail}){': ' if said else ''}{said}", asked)


def _by_http(request: Request, response: Response, told: Told, asked: float | None, now: datetime) -> ErpflowError:
    said = _clean(told.message or response.text, request)
    error = from_status(response.status, httpx.Headers(dict(response.headers)), request.where, said, now)
    if isinstance(error, Retryable | RateLimited):
        error.retry_after = asked
    return error


def _clean(text: Any, request: Request) -> str:
    short = " ".join(str(text).split())
    if len(short) > _LONGEST or short.startswith("<"):
        return ""
    return redact(short, request.hidden).rstrip(".;: ")
