"""Access tokens that are issued for a while: what keeps one ready, and how one is asked for.

A session asks its ``TokenSource`` before each request. In the runtime that is the custodian, the one writer of a
credential; ``MemoryTokens`` is its twin without a store, for tests and for the certificate.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import urljoin

from connectors.auth import Issued
from connectors.http import Http, Request
from connectors.rest_spec import RestApi
from connectors.templates import checked_url, fill_url
from connectors.token_answers import Answer, read_answer
from connectors.token_requests import CodeGrant, code_request, token_request
from schemas.errors import Retryable

ISSUE_SECONDS = 20.0
"""How long an issuer may take for its whole answer."""


class TokenSource(Protocol):
    """Keeps one connection's access token ready."""

    async def token(self) -> str:
        """A valid access token, renewed when it must be.

        Raises NeedsConsent where a person must act, else what says when to try again (Retryable, RateLimited) or what
        is set wrong (ConfigError).
        """

    async def refused(self, token: str) -> None:
        """The API answered 401 to this token: the next ``token()`` renews it, once, unless somebody has already."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """What an issuer gave. ``expires_at`` None: until it is refused."""

    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


def issued(api: RestApi, values: Mapping[str, str]) -> Issued | None:
    """The API's auth where its tokens are issued, its addresses filled in and absolute; None for the other kinds.

    Raises ConfigError for an address that is none.
    """
    auth = api.auth
    if not isinstance(auth, Issued):
        return None
    base = checked_url(fill_url(api.base_url, values), "base URL")
    own = {name: getattr(auth, name) for name in ("url", "token_url", "authorize_url") if hasattr(auth, name)}
    return auth.model_copy(update={name: _address(text, base, values) for name, text in own.items()})


def _address(template: str, base: str, values: Mapping[str, str]) -> str:
    """A path is below the base URL, as one that begins with ``{base_url}`` is."""
    path = fill_url(template.removeprefix("{base_url}"), values)
    return checked_url(urljoin(base + "/", path.removeprefix("/")), "token URL")


async def issue(
    auth: Issued, values: Mapping[str, str], http: Http, *, refresh: str | None = None, now: datetime,
    within: float = ISSUE_SECONDS,
) -> IssuedToken:  # fmt: skip
    """Ask the issuer for a token: one request, no retry. ``auth`` is what ``issued`` gave.

    Raises NeedsConsent only for a clear refusal of the credential, Retryable or RateLimited wherever the outcome is
    open, ConfigError for what is set wrong. A rotating ``refresh`` may be used up after any Retryable.
    """
    answer = await _ask(auth, values, token_request(auth, values, refresh, now), http, within)
    return _token(answer, refresh, now)


async def exchange(
    auth: Issued, values: Mapping[str, str], http: Http, grant: CodeGrant, now: datetime
) -> IssuedToken:  # fmt: skip
    """Turn the code of a consent into its first token; raises as ``issue``."""
    answer = await _ask(auth, values, code_request(auth, values, grant), http, ISSUE_SECONDS)
    return _token(answer, None, now)


async def _ask(auth: Issued, values: Mapping[str, str], request: Request, http: Http, within: float) -> Answer:
    try:
        async with asyncio.timeout(within):
            response = await http.send(request)
    except TimeoutError:
        raise Retryable(f"{request.where} did not answer in time; if this stays, tell who runs it.") from None
    return read_answer(auth, response, request)


def _token(answer: Answer, refresh: str | None, now: datetime) -> IssuedToken:
    expires_at = None if answer.lifetime is None else now + answer.lifetime
    return IssuedToken(answer.access, answer.refresh or refresh, expires_at)


class MemoryTokens:
    """A token source for one process, without a store: what it knows is lost with it."""

    def __init__(
        self, auth: Issued, values: Mapping[str, str], http: Http, *, refresh: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self._auth = auth
        self._values = values
        self._http = http
        self._refresh = refresh
        self._now = now
        self._held: IssuedToken | None = None
        self._lock = asyncio.Lock()

    @property
    def refresh(self) -> str | None:
        """The refresh token that the next renewal shows: what must be kept, where this is to outlive the process."""
        return self._refresh

    async def token(self) -> str:
        """See ``TokenSource``."""
        async with self._lock:
            if self._held is None or (self._held.expires_at and self._held.expires_at <= self._now()):
                self._held = await issue(self._auth, self._values, self._http, refresh=self._refresh, now=self._now())
                self._refresh = self._held.refresh
            return self._held.access

    async def refused(self, token: str) -> None:
        """See ``TokenSource``."""
        async with self._lock:
            if self._held is not None and self._held.access == token:
                self._held = None
