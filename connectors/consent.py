"""The consent page of an issuer: where a person is sent to, and what comes back (RFC 6749, 4.1; RFC 7636): pure."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from connectors.auth import AuthorizationCode
from connectors.templates import fill, names
from connectors.token_requests import CodeGrant
from schemas.errors import ConfigError, NeedsConsent, Retryable

_SHOWN = 120  # characters of an issuer's own words


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """One question to a person. ``state`` tells its answer from a forged one, ``verifier`` binds the code to us."""

    redirect: str
    state: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)

    def url(self, auth: AuthorizationCode, values: Mapping[str, str]) -> str:
        """The page to open in a browser; ``auth`` is what ``connectors.tokens.issued`` gave."""
        page = auth.authorize_url
        extra = {name: fill(text, values) for name, text in auth.extra.items() if names(text) <= values.keys()}
        asked = extra | {
            "response_type": "code",
            "client_id": fill(auth.client_id, values),
            "redirect_uri": self.redirect,
            "state": self.state,
            "code_challenge": _challenge(self.verifier),
            "code_challenge_method": "S256",
        }
        scope = {"scope": auth.scope} if auth.scope else {}
        return page + ("&" if urlsplit(page).query else "?") + urlencode(asked | scope)

    def grant(self, answer: Mapping[str, str]) -> CodeGrant:
        """The code in the redirect's query.

        Raises ConfigError for an answer to another question, NeedsConsent where the person declined, Retryable or
        ConfigError for another error of the issuer.
        """
        if not hmac.compare_digest(answer.get("state", "").encode(), self.state.encode()):
            raise ConfigError("The answer is not to this question (its state differs); authorise once more.")
        if error := answer.get("error"):
            raise _declined(error, answer.get("error_description", ""))
        if not answer.get("code"):
            raise ConfigError("The issuer sent neither a code nor an error; check the address of its consent page.")
        return CodeGrant(answer["code"], self.redirect, self.verifier)


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _declined(error: str, words: str) -> Exception:
    said = "".join(char for char in f"{error}: {words}".rstrip(": .") if char.isprintable())[:_SHOWN]
    if error == "access_denied":
        return NeedsConsent(f"The consent was declined ({said}); authorise once more, and agree.")
    if error in ("server_error", "temporarily_unavailable"):
        return Retryable(f"The issuer cannot give a consent now ({said}); authorise once more later.")
    return ConfigError(f"The issuer refused to ask for a consent ({said}); check the client and its redirect address.")
