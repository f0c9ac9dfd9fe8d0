"""Assertions that a client signs (RFC 7523), checked as an issuer does: signature, audience, and not yet run out."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from connectors.auth import JwtBearer
from connectors.templates import fill
from connectors.testing.exchange import Asked

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_CLIENT = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_HALF = 32  # bytes of each number of an ES256 signature (RFC 7518, 3.4)


def new_private_key(algorithm: str) -> str:
    """A key of one's own for the algorithm, as PEM."""
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if algorithm.startswith("ES"):
        key = ec.generate_private_key(ec.SECP256R1())
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*pem).decode()


def is_signed(auth: JwtBearer, asked: Asked, values: Mapping[str, str], now: datetime) -> bool:
    """Whether a request for a token carries an assertion that the spec's key signed, for this issuer and this time.

    A client may date it by its own clock: what runs out is only compared with when it says that it began.
    """
    form = asked.form
    if auth.as_client:
        right = form.get("grant_type") == "client_credentials" and form.get("client_assertion_type") == _CLIENT
        assertion = form.get("client_assertion", "")
    else:
        right, assertion = form.get("grant_type") == _GRANT, form.get("assertion", "")
    parts = assertion.split(".")
    if not right or len(parts) != 3:
        return False
    claims = orjson.loads(_decoded(parts[1]))
    fits = (claims.get("iss"), claims.get("aud")) == (fill(auth.issuer, values), fill(auth.audience, values))
    lives = claims.get("exp", 0) > claims.get("iat", now.timestamp())
    return fits and lives and _verifies(auth, f"{parts[0]}.{parts[1]}".encode(), _decoded(parts[2]), values)


def _verifies(auth: JwtBearer, signed: bytes, signature: bytes, values: Mapping[str, str]) -> bool:
    key = _public_key(fill(auth.key, values))
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            numbers = (int.from_bytes(part) for part in (signature[:_HALF], signature[_HALF:]))
            key.verify(encode_dss_signature(*numbers), signed, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256().digest_size)
            key.verify(signature, signed, pss if auth.algorithm == "PS256" else padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=8)
def _public_key(pem: str) -> object:
    return serialization.load_pem_private_key(pem.encode(), None).public_key()


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
