"""The door of the certificate's ERP: it knows its own credentials, issues tokens, and lets them run out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

from connectors.auth import (
    Auth,
    AuthorizationCode,
    BasicAuth,
    BearerAuth,
    ClientCredentials,
    HeaderAuth,
    JwtBearer,
    NoAuth,
    OAuth1,
    SessionAuth,
    auth_headers,
)
from connectors.http import basic
from connectors.rest_spec import RestApi
from connectors.templates import fill, fill_url
from connectors.testing.assertions import is_signed
from connectors.testing.exchange import Answer, Asked
from connectors.testing.places import dotted, put
from connectors.testing.unfill import unfill_body, unfill_params

FIRST_REFRESH_TOKEN = "refresh-token-0-of-the-certificate"  # noqa: S105 - made up
_STATIC = (NoAuth, HeaderAuth, BasicAuth, BearerAuth)
_LIFE = timedelta(hours=1)


class HasNow(Protocol):
    """A clock."""

    now: datetime


class Entry:
    """Checks requests, and answers those for tokens, by the auth part of a spec."""

    def __init__(self, api: RestApi, values: Mapping[str, str], clock: HasNow) -> None:
        self._auth: Auth = api.auth
        self._values = values
        self._clock = clock
        self._base = fill_url(api.base_url, values).rstrip("/")
        self._live: dict[str, datetime] = {}
        self._issued = 0
        self._refresh = values.get("refresh_token", FIRST_REFRESH_TOKEN)
        self._used: dict[str, tuple[datetime, str]] = {}

    def lets_in(self, asked: Asked) -> bool:
        """Whether a request shows who it is."""
        auth = self._auth
        if isinstance(auth, OAuth1):
            header = asked.headers.get("authorization", "")
            names = (fill(auth.consumer_key, self._values), fill(auth.token, self._values), "oauth_signature=")
            return header.startswith("OAuth ") and all(name in header for name in names)
        if isinstance(auth, _STATIC):
            return _shows(asked, auth_headers(auth, self._values))
        now = self._clock.now
        live = (token for token, end in self._live.items() if now < end)
        return any(_shows(asked, auth_headers(auth.shown, {**self._values, "access_token": token})) for token in live)

    def issues(self, asked: Asked) -> bool:
        """Whether a request goes to where tokens are issued."""
        url = self._token_url()
        parts = urlsplit(url) if url else None
        return parts is not None and (asked.host, asked.path) == (parts.hostname, parts.path)

    def issue(self, asked: Asked) -> Answer:
        """The answer to a request for a token."""
        auth = self._auth
        if isinstance(auth, SessionAuth):
            return self._session(auth, asked) if _asks_for_session(auth, asked, self._values) else _refusal(401)
        if isinstance(auth, AuthorizationCode):
            return self._refreshed(auth, asked)
        if isinstance(auth, ClientCredentials) and self._is_client(auth, asked):
            right = asked.form.get("grant_type") == "client_credentials"
            return self._granted({}) if right else _refusal(400, "unsupported_grant_type")
        if isinstance(auth, JwtBearer) and is_signed(auth, asked, self._values, self._clock.now):
            return self._granted({})
        return _refusal(401)

    def end_tokens(self) -> bool:
        """Refuse every token that was issued so far; false where none are issued."""
        self._live.clear()
        return not isinstance(self._auth, (*_STATIC, OAuth1))

    def _token_url(self) -> str | None:
        match self._auth:
            case SessionAuth():
                url = fill(self._auth.url, self._values)
            case ClientCredentials() | AuthorizationCode() | JwtBearer():
                url = fill(self._auth.token_url, self._values)
            case _:
                return None
        return url if "://" in url else f"{self._base}/{url.lstrip('/')}"

    def _new_token(self, life: timedelta) -> str:
        self._issued += 1
        token = f"access-token-{self._issued}-of-the-certificate"
        self._live[token] = self._clock.now + life
        return token

    def _session(self, auth: SessionAuth, asked: Asked) -> Answer:
        token = self._new_token(auth.lifetime + timedelta(minutes=1))
        if auth.token.startswith("cookie:"):
            return Answer(document={}, headers={"set-cookie": f"{auth.token.removeprefix('cookie:')}={token}; Path=/"})
        return Answer(document=put({}, dotted(auth.token), token))

    def _refreshed(self, auth: AuthorizationCode, asked: Asked) -> Answer:
        if not self._is_client(auth, asked):
            return _refusal(401)
        if asked.form.get("grant_type") != "refresh_token":
            return _refusal(400, "unsupported_grant_type")
        shown, now = asked.form.get("refresh_token", ""), self._clock.now
        if shown == self._refresh:
            if auth.rotates:
                self._used[shown] = (now, self._refresh)
                self._refresh = f"refresh-token-{self._issued + 1}-of-the-certificate"
            return self._granted({"refresh_token": self._refresh})
        used = self._used.get(shown)
        if used is not None and now - used[0] < auth.grace:
            return self._granted({"refresh_token": self._refresh})
        return _refusal(400, "invalid_grant")

    def _granted(self, more: Mapping[str, Any]) -> Answer:
        token = self._new_token(_LIFE)
        life = int(_LIFE.total_seconds())
        return Answer(document={"access_token": token, "token_type": "Bearer", "expires_in": life, **more})

    def _is_client(self, auth: ClientCredentials | AuthorizationCode, asked: Asked) -> bool:
        identity, secret = fill(auth.client_id, self._values), fill(auth.client_secret, self._values)
        if auth.client_auth == "basic":
            return asked.headers.get("authorization") == basic(identity, secret)
        return (asked.form.get("client_id"), asked.form.get("client_secret")) == (identity, secret)


def _shows(asked: Asked, headers: Mapping[str, str]) -> bool:
    return all(asked.headers.get(name.lower()) == value for name, value in headers.items())


def _asks_for_session(auth: SessionAuth, asked: Asked, values: Mapping[str, str]) -> bool:
    headers = {name.lower(): value for name, value in auth.headers.items()}
    known = frozenset(values.items())
    shown = unfill_params(auth.params, asked.params, known), unfill_params(headers, asked.headers, known)
    body = {} if auth.body is None else unfill_body(auth.body, asked.body or asked.form, known)
    return asked.method == auth.method and None not in (*shown, body)


def _refusal(status: int, error: str = "invalid_client") -> Answer:
    return Answer(status, {"error": error})
