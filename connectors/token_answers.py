"""What an issuer's answer says: a token, or which of our errors. Only a clear refusal needs a person's consent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from connectors.auth import AuthorizationCode, Issued, SessionAuth
from connectors.http import Request, Response
from connectors.redact import redact
from schemas.errors import ConfigError, ErpflowError, NeedsConsent, RateLimited, Retryable
from schemas.keys import value_at

_REFUSED = {
    "invalid_grant", "access_denied", "consent_required", "interaction_required", "login_required",
}  # fmt: skip
"""The consent is gone: RFC 6749, 5.2 and 4.1.2.1; OpenID Connect Core, 3.1.2.6, which Entra sends, too."""

_OPEN = {"temporarily_unavailable", "server_error", "slow_down"}
_CLIENT = {"invalid_client", "unauthorized_client"}
_SHOWN = 120  # characters of an issuer's own words


@dataclass(frozen=True, slots=True)
class Answer:
    """A token as it was given; ``lifetime`` None where the issuer does not say."""

    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    lifetime: timedelta | None = None


def read_answer(auth: Issued, response: Response, request: Request) -> Answer:
    """The token in an answer; raises the error that the answer means."""
    if isinstance(auth, SessionAuth):
        return _session(auth, response, request)
    document = response.json if isinstance(response.json, Mapping) else {}
    if isinstance(code := document.get("error"), str):
        raise _error(auth, code, _words(document, request), request)
    if response.status >= 400:
        raise _unexplained(response.status, request)
    access = document.get("access_token")
    if not isinstance(access, str) or not access:
        raise _no_token(request)
    refresh = document.get("refresh_token")
    return Answer(access, refresh if isinstance(refresh, str) and refresh else None, _lifetime(document))


def _session(auth: SessionAuth, response: Response, request: Request) -> Answer:
    if auth.token.startswith("cookie:"):
        found: Any = _cookie(response.headers.get("set-cookie", ""), auth.token.removeprefix("cookie:"))
    else:
        found = value_at(response.json, auth.token)
    if found is False:
        raise NeedsConsent(_refusal(request, "", "give the right ones"))
    if not isinstance(found, str | int) or found == "":
        raise _no_token(request)
    return Answer(str(found), None, auth.lifetime)


def _cookie(header: str, name: str) -> str | None:
    # Several Set-Cookie headers arrive joined by commas, which also stand in dates: so by name.
    found = re.search(rf"(?:^|[,;]\s*){re.escape(name)}=([^;,\s]*)", header)
    return found[1] if found else None


def _error(auth: Issued, code: str, words: str, request: Request) -> ErpflowError:
    if code in _REFUSED:
        return NeedsConsent(_refusal(request, f"{code}{words}", "authorise again"))
    if code in _CLIENT and not isinstance(auth, AuthorizationCode):
        return NeedsConsent(_refusal(request, f"{code}{words}", "give the right ones"))
    if code == "slow_down":
        return RateLimited(f"{request.where} asks for fewer requests ({code}); the renewal waits.")
    if code in _OPEN:
        return Retryable(f"{request.where} cannot give a token now ({code}); if this stays, tell who runs it.")
    # A wrong client is no dead consent: once the application is put right, every connection goes on by itself.
    said = _clean(redact(code, request.hidden)) + words
    return ConfigError(f"{request.where} refused to give a token ({said}); check the client and the connector's spec.")


def _unexplained(status: int, request: Request) -> ErpflowError:
    # A gateway or a firewall may have answered: without the issuer's own word no consent is given up.
    return ConfigError(
        f"{request.where} refused to give a token ({status}) without saying why; check the token URL and the client."
    )


def _no_token(request: Request) -> ErpflowError:
    return Retryable(f"{request.where} answered without a token; if this stays, check the token URL.")


def _refusal(request: Request, said: str, step: str) -> str:
    detail = f" ({said})" if said else ""
    return f"{request.where} refused the credentials{detail}; {step} with: erpflow connections authorize."


def _words(document: Mapping[str, Any], request: Request) -> str:
    said = document.get("error_description")
    if not isinstance(said, str) or not said.strip():
        return ""
    return ": " + _clean(redact(" ".join(said.split()), request.hidden)).rstrip(".")


def _clean(text: str) -> str:
    return "".join(char for char in text if char.isprintable())[:_SHOWN]


def _lifetime(document: Mapping[str, Any]) -> timedelta | None:
    try:
        seconds = float(document.get("expires_in") or 0)
    except (TypeError, ValueError):
        return None
    return timedelta(seconds=seconds) if 0 < seconds < 10 * 365 * 86_400 else None
