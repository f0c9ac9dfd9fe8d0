"""Assertions that a client signs to get a token (RFC 7523)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from connectors.auth import JwtBearer
from connectors.templates import fill
from schemas.errors import ConfigError

_LIFE = timedelta(minutes=5)


def assertion(auth: JwtBearer, values: Mapping[str, str], now: datetime) -> str:
    """A signed JWT that is good for five minutes and for one use; raises ConfigError for a key that does not fit."""
    issuer = fill(auth.issuer, values)
    claims = {
        "iss": issuer,
        "sub": fill(auth.subject, values) if auth.subject else issuer,
        "aud": fill(auth.audience, values),
        "iat": int(now.timestamp()),
        "exp": int((now + _LIFE).timestamp()),
        "jti": uuid4().hex,
    }
    header = {"alg": auth.algorithm, "typ": "JWT"}
    if auth.key_id:
        header["kid"] = fill(auth.key_id, values)
    if auth.scope:
        claims["scope"] = auth.scope
    kind = ECKey if auth.algorithm == "ES256" else RSAKey
    try:
        return jwt.encode(header, claims, kind.import_key(fill(auth.key, values)), algorithms=[auth.algorithm])
    except (JoseError, ValueError, TypeError):
        # The cause is dropped on purpose: it may quote the key.
        raise ConfigError(
            f"The private key of the connection is no PEM key for {auth.algorithm}; "
            "give the right one with: erpflow connections authorize."
        ) from None
