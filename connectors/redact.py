"""Nothing secret is ever shown: how texts that come from outside are cleaned before they enter a message."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, urlsplit

_SHORTEST = 4  # a shorter "secret" would blot out ordinary words
_LONGEST_SNIPPET = 200


def redact(text: str, secrets: Iterable[str]) -> str:
    """``text`` with every secret, plain or URL-quoted, replaced by ``***``; the longest secret first."""
    plain = {secret for secret in secrets if len(secret) >= _SHORTEST}
    for form in sorted(plain | {quote(secret, safe="") for secret in plain}, key=len, reverse=True):
        text = text.replace(form, "***")
    return text


def snippet(body: bytes, secrets: Iterable[str]) -> str:
    """A short answer as text for a message, '' when it is long, empty or a web page."""
    text = " ".join(body.decode("utf-8", "replace").split())
    if not text or len(text) > _LONGEST_SNIPPET or text.startswith("<"):
        return ""
    return redact(text, secrets)


def place(method: str, url: str) -> str:
    """Where a request went, without user, query and fragment: ``GET https://host/path``."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return f"{method} an address that is no URL"
    host = parts.netloc.rpartition("@")[2]
    return f"{method} {parts.scheme}://{host}{parts.path}"
