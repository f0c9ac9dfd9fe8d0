"""OAuth 1.0 signatures (RFC 5849), which every request carries anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

from oauthlib.oauth1 import Client

from connectors.auth import OAuth1
from connectors.http import Params
from connectors.templates import fill


class Once(NamedTuple):
    """What makes a signature good for one request: the nonce must not come twice with one time (seconds since 1970)."""

    nonce: str
    timestamp: str

    @classmethod
    def at(cls, now: datetime) -> Once:
        """A fresh one."""
        return cls(uuid4().hex, str(int(now.timestamp())))


def authorization(
    auth: OAuth1, values: Mapping[str, str], method: str, url: str, params: Params, once: Once
) -> str:  # fmt: skip
    """The value of the ``Authorization`` header of one request: pure.

    ``params`` are those that the request sends beside the query in ``url``. A JSON body is not covered by the
    signature.
    """
    client: Any = Client(
        fill(auth.consumer_key, values),
        client_secret=fill(auth.consumer_secret, values),
        resource_owner_key=fill(auth.token, values),
        resource_owner_secret=fill(auth.token_secret, values),
        signature_method=auth.signature,
        realm=fill(auth.realm, values) if auth.realm else None,
        nonce=once.nonce,
        timestamp=once.timestamp,
    )
    _, headers, _ = client.sign(_with(url, params), http_method=method)
    return str(headers["Authorization"])


def _with(url: str, params: Params) -> str:
    pairs = list(params.items() if isinstance(params, Mapping) else params)
    if not pairs:
        return url
    joint = "&" if urlsplit(url).query else "?"
    return url + joint + urlencode(pairs, quote_via=quote)
