"""How a connection shows who it is, as data: templates that name the connection's secrets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from connectors.http import basic
from connectors.model import Duration, SpecModel
from connectors.templates import fill


class NoAuth(SpecModel):
    """The API is open, or the network is the guard."""

    kind: Literal["none"] = "none"


class HeaderAuth(SpecModel):
    """A header of the API's own, such as ``X-Api-Key: {api_key}``."""

    kind: Literal["header"] = "header"
    header: str
    value: str


class BasicAuth(SpecModel):
    """HTTP Basic (RFC 7617)."""

    kind: Literal["basic"] = "basic"
    user: str = "{user}"
    password: str = "{password}"  # noqa: S105 - a template, no password


class BearerAuth(SpecModel):
    """``Authorization: Bearer …`` (RFC 6750) with a token that does not run out."""

    kind: Literal["bearer"] = "bearer"
    token: str = "{token}"  # noqa: S105 - a template, no token


Shown = Annotated[HeaderAuth | BasicAuth | BearerAuth, Field(discriminator="kind")]
"""How a token that was issued is shown; its templates name it as ``{access_token}``."""

_ACCESS = BearerAuth(token="{access_token}")  # noqa: S106 - a template, no token


class SessionAuth(SpecModel):
    """A request of the API's own that gives a token for a while: a login.

    ``url`` may be a path below the base URL. ``token`` is the path of the token in the answer, or the name of a
    cookie as ``cookie:NAME``. It is renewed after ``lifetime``, and when the API refuses it.
    """

    kind: Literal["session"] = "session"
    url: str
    method: Literal["POST", "PUT", "GET"] = "POST"
    params: Mapping[str, str] = Field(default_factory=dict)
    headers: Mapping[str, str] = Field(default_factory=dict)
    body: Any = None
    token: str
    lifetime: Duration = timedelta(hours=1)
    shown: Shown = _ACCESS


class ClientCredentials(SpecModel):
    """OAuth 2.0 client credentials (RFC 6749, 4.4). ``extra`` are further form fields, such as an audience."""

    kind: Literal["client-credentials"] = "client-credentials"
    token_url: str
    client_id: str = "{client_id}"
    client_secret: str = "{client_secret}"  # noqa: S105 - a template, no secret
    client_auth: Literal["basic", "body"] = "basic"
    scope: str | None = None
    extra: Mapping[str, str] = Field(default_factory=dict)
    headers: Mapping[str, str] = Field(default_factory=dict)
    shown: Shown = _ACCESS


class AuthorizationCode(SpecModel):
    """OAuth 2.0 authorization code with refresh tokens (RFC 6749, 4.1 and 6), PKCE included (RFC 7636).

    ``rotates``: every refresh gives a new refresh token and uses up the old one. ``grace`` is how long the issuer
    takes a used one once more, from the same client, for an answer that was lost. ``idle`` is how long a refresh
    token lives unused: it is renewed before.
    """

    kind: Literal["authorization-code"] = "authorization-code"
    authorize_url: str
    token_url: str
    client_id: str = "{client_id}"
    client_secret: str = "{client_secret}"  # noqa: S105 - a template, no secret
    client_auth: Literal["basic", "body"] = "basic"
    scope: str | None = None
    extra: Mapping[str, str] = Field(default_factory=dict, description="Further parameters of the consent page.")
    headers: Mapping[str, str] = Field(default_factory=dict)
    rotates: bool = True
    grace: Duration = timedelta(0)
    idle: Duration | None = None
    shown: Shown = _ACCESS


class JwtBearer(SpecModel):
    """OAuth 2.0 with an assertion that we sign (RFC 7523): no client secret travels."""

    kind: Literal["jwt-bearer"] = "jwt-bearer"
    token_url: str
    issuer: str = "{client_id}"
    subject: str | None = None
    audience: str
    key: str = "{private_key}"
    key_id: str | None = None
    algorithm: Literal["RS256", "PS256", "ES256"] = "RS256"
    scope: str | None = None
    as_client: bool = Field(default=False, description="As client assertion of client_credentials (RFC 7523, 2.2).")
    shown: Shown = _ACCESS


class OAuth1(SpecModel):
    """OAuth 1.0 signatures with tokens that do not run out (RFC 5849), as NetSuite's token-based authentication."""

    kind: Literal["oauth1"] = "oauth1"
    consumer_key: str = "{consumer_key}"
    consumer_secret: str = "{consumer_secret}"  # noqa: S105 - a template, no secret
    token: str = "{token}"  # noqa: S105 - a template, no token
    token_secret: str = "{token_secret}"  # noqa: S105 - a template, no secret
    realm: str | None = None
    signature: Literal["HMAC-SHA256", "HMAC-SHA1"] = "HMAC-SHA256"


Issued = SessionAuth | ClientCredentials | AuthorizationCode | JwtBearer
"""The kinds whose token is issued for a while, and kept by the custodian."""

Auth = Annotated[NoAuth | HeaderAuth | BasicAuth | BearerAuth | OAuth1 | Issued, Field(discriminator="kind")]


def auth_headers(auth: NoAuth | HeaderAuth | BasicAuth | BearerAuth, values: Mapping[str, str]) -> dict[str, str]:
    """The headers of every request; KeyError for a name without a value."""
    match auth:
        case NoAuth():
            return {}
        case HeaderAuth():
            return {auth.header: fill(auth.value, values)}
        case BasicAuth():
            return {"Authorization": basic(fill(auth.user, values), fill(auth.password, values))}
        case BearerAuth():
            return {"Authorization": f"Bearer {fill(auth.token, values)}"}
