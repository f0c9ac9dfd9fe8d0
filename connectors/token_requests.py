"""The one request that asks an issuer for a token, for each kind of auth: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors.assertion import assertion
from connectors.auth import AuthorizationCode, ClientCredentials, Issued, JwtBearer, SessionAuth
from connectors.http import Request, basic
from connectors.templates import fill, names
from schemas.errors import ConfigError, NeedsConsent

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_JWT_CLIENT = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SEEN = frozenset({400, 401, 403})  # where issuers put an OAuth error (RFC 6749, 5.2)


@dataclass(frozen=True, slots=True)
class CodeGrant:
    """What a consent gave: the code, and what it was asked for with."""

    code: str = field(repr=False)
    redirect: str
    verifier: str = field(repr=False)


def token_request(auth: Issued, values: Mapping[str, str], refresh: str | None, now: datetime) -> Request:
    """The request for a token; raises NeedsConsent where there is nothing to renew it with, ConfigError for a bad key.

    A session's request may name ``{expires_on}``, the first day (UTC) on which its whole lifetime is over.
    """
    match auth:
        case SessionAuth():
            return _session(auth, {**values, "expires_on": _expires_on(auth.lifetime, now)})
        case ClientCredentials():
            form = {"grant_type": "client_credentials", **_scope(auth.scope), **_present(auth.extra, values)}
            return _client_request(auth, values, form)
        case AuthorizationCode():
            if refresh is None:
                raise NeedsConsent(
                    "Nobody has consented to this connection yet; run: erpflow connections authorize NAME."
                )
            return _client_request(auth, values, {"grant_type": "refresh_token", "refresh_token": refresh})
        case JwtBearer():
            return _form_request(auth.token_url, _assertion_form(auth, assertion(auth, values, now)), {}, ())


def code_request(auth: Issued, values: Mapping[str, str], grant: CodeGrant) -> Request:
    """The request that turns a code into tokens; raises ConfigError for a kind of auth that knows no codes."""
    if not isinstance(auth, AuthorizationCode):
        raise ConfigError(f"The auth {auth.kind} knows no consent page; give its secrets instead.")
    form = {
        "grant_type": "authorization_code",
        "code": grant.code,
        "redirect_uri": grant.redirect,
        "code_verifier": grant.verifier,
    }
    return _client_request(auth, values, form)


def _session(auth: SessionAuth, values: Mapping[str, str]) -> Request:
    params, headers = _present(auth.params, values), _present(auth.headers, values)
    body = _within(auth.body, values)
    hidden = tuple(values[name] for name in sorted(_hidden(auth)) if name in values)
    return Request(auth.method, auth.url, params, body, headers=headers, idempotent=False, secrets=hidden)


def _hidden(auth: SessionAuth) -> set[str]:
    texts = [*auth.params.values(), *auth.headers.values(), *_texts(auth.body)]
    return set().union(*map(names, texts))


def _client_request(
    auth: ClientCredentials | AuthorizationCode, values: Mapping[str, str], form: dict[str, str]
) -> Request:
    client, secret = fill(auth.client_id, values), fill(auth.client_secret, values)
    headers = _present(auth.headers, values)
    hidden = (client, secret, *headers.values())  # a key of the application may travel as the client or in a header
    if auth.client_auth == "basic":
        headers["Authorization"] = basic(client, secret)
    else:
        form = {**form, "client_id": client, "client_secret": secret}
    return _form_request(auth.token_url, form, headers, hidden)


def _form_request(url: str, form: dict[str, str], headers: dict[str, str], secrets: tuple[str, ...]) -> Request:
    hidden = (*secrets, *(form[name] for name in _SECRET_FIELDS if name in form))
    return Request("POST", url, form=form, headers=headers, allow=_SEEN, idempotent=False, secrets=hidden)


_SECRET_FIELDS = ("refresh_token", "code", "code_verifier", "assertion", "client_assertion")


def _assertion_form(auth: JwtBearer, signed: str) -> dict[str, str]:
    if auth.as_client:
        grant = {"grant_type": "client_credentials", "client_assertion_type": _JWT_CLIENT, "client_assertion": signed}
    else:
        grant = {"grant_type": _JWT_BEARER, "assertion": signed}
    return grant | _scope(auth.scope)


def _scope(scope: str | None) -> dict[str, str]:
    return {"scope": scope} if scope else {}


def _expires_on(lifetime: timedelta, now: datetime) -> str:
    return ((now + lifetime).date() + timedelta(days=1)).isoformat()


def _present(templates: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Filled in; those that name something without a value are left out."""
    return {name: fill(text, values) for name, text in templates.items() if names(text) <= values.keys()}


def _within(value: Any, values: Mapping[str, str]) -> Any:
    match value:
        case str():
            return fill(value, values)
        case Mapping():
            return {name: _within(part, values) for name, part in value.items() if _given(part, values)}
        case list() | tuple():
            return [_within(part, values) for part in value if _given(part, values)]
        case _:
            return value


def _given(part: Any, values: Mapping[str, str]) -> bool:
    return not isinstance(part, str) or names(part) <= values.keys()


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return [text for part in inner for text in _texts(part)]
