"""Asking issuers for tokens: what is sent for each kind of auth, and what each answer means."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from connectors.auth import AuthorizationCode, ClientCredentials, Issued, JwtBearer, SessionAuth
from connectors.http import HttpClient
from connectors.rest_spec import RestApi
from connectors.tokens import IssuedToken, MemoryTokens, issue, issued
from schemas.errors import ConfigError, ErpflowError, NeedsConsent, RateLimited, Retryable

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
URL = "https://issuer.example/token"
VALUES = {"client_id": "me", "client_secret": "s3cr3t-one", "user": "ann", "company": "7", "refresh": "r3fr3sh-1"}
CLIENT = ClientCredentials(token_url=URL, scope="read", extra={"tenant_id": "{company}", "unit": "{nothing}"})
CODE = AuthorizationCode(authorize_url="https://issuer.example/authorize", token_url=URL)
SESSION = SessionAuth(url=URL, token="value.token", lifetime=timedelta(hours=2), body={"user": "{user}", "x": "{no}"})
GIVEN = {"access_token": "acc3ss-1", "refresh_token": "r3fr3sh-2", "expires_in": 3600}


class Says:
    """Answers every request alike and keeps the requests."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self.status, self.headers, self.requests = status, headers or {}, list[httpx.Request]()
        self.body = body if isinstance(body, bytes) else orjson.dumps(body)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        headers = {"content-type": "application/json"} | self.headers
        return httpx.Response(self.status, stream=httpx.ByteStream(self.body), headers=headers)

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.requests[-1].content.decode()).items()}

    async def issue(self, auth: Issued, refresh: str | None = None, **values: str) -> IssuedToken:
        async with HttpClient(transport=httpx.MockTransport(self)) as http:
            return await issue(auth, VALUES | values, http, refresh=refresh, now=NOW)


async def test_client_credentials_go_as_basic_with_the_extra_fields_that_have_a_value() -> None:
    issuer = Says(200, GIVEN)
    assert await issuer.issue(CLIENT) == IssuedToken("acc3ss-1", "r3fr3sh-2", NOW + timedelta(hours=1))
    assert issuer.form == {"grant_type": "client_credentials", "scope": "read", "tenant_id": "7"}
    assert issuer.requests[0].headers["authorization"] == "Basic " + base64.b64encode(b"me:s3cr3t-one").decode()


async def test_client_credentials_go_in_the_body_where_the_issuer_wants_them_there() -> None:
    issuer = Says(200, GIVEN)
    await issuer.issue(CLIENT.model_copy(update={"client_auth": "body"}))
    assert (issuer.form["client_id"], issuer.form["client_secret"]) == ("me", "s3cr3t-one")
    assert "authorization" not in issuer.requests[0].headers


async def test_a_refresh_token_is_sent_once_and_kept_where_no_new_one_comes() -> None:
    issuer = Says(200, {"access_token": "acc3ss-1"})
    assert await issuer.issue(CODE, refresh="r3fr3sh-1") == IssuedToken("acc3ss-1", "r3fr3sh-1", None)
    assert issuer.form == {"grant_type": "refresh_token", "refresh_token": "r3fr3sh-1"}
    assert len(issuer.requests) == 1


async def test_without_a_consent_nothing_is_asked() -> None:
    issuer = Says(200, GIVEN)
    with pytest.raises(NeedsConsent, match="Nobody has consented"):
        await issuer.issue(CODE)
    assert issuer.requests == []


async def test_a_session_takes_its_token_from_the_answer_and_ends_with_its_lifetime() -> None:
    issuer = Says(200, {"value": {"token": 12345}})
    assert await issuer.issue(SESSION) == IssuedToken("12345", None, NOW + timedelta(hours=2))
    assert orjson.loads(issuer.requests[0].content) == {"user": "ann"}


async def test_a_session_may_say_until_when_it_wants_to_live() -> None:
    issuer = Says(200, {"value": {"token": "t"}})
    await issuer.issue(SESSION.model_copy(update={"body": None, "params": {"expirationDate": "{expires_on}"}}))
    assert issuer.requests[0].url.params["expirationDate"] == "2026-06-02"


async def test_a_session_may_be_a_cookie() -> None:
    cookies = "ROUTEID=.node1; path=/, B1SESSION=s3ssion-9; expires=Mon, 01 Jun 2026 14:00:00 GMT; HttpOnly"
    issuer = Says(200, {}, {"set-cookie": cookies})
    token = await issuer.issue(SESSION.model_copy(update={"token": "cookie:B1SESSION"}))
    assert token.access == "s3ssion-9"


@pytest.mark.parametrize(("algorithm", "as_client"), [("RS256", False), ("PS256", True), ("ES256", True)])
async def test_an_assertion_is_signed_with_the_private_key(algorithm: str, as_client: bool) -> None:
    key = ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    auth = JwtBearer(token_url=URL, audience=URL, algorithm=algorithm, as_client=as_client, scope="rest", key_id="k1")
    issuer = Says(200, GIVEN)
    await issuer.issue(auth, private_key=pem)
    signed = issuer.form["client_assertion" if as_client else "assertion"]
    imported = (ECKey if algorithm == "ES256" else RSAKey).import_key(pem)
    decoded = jwt.decode(signed, imported, algorithms=[algorithm])
    assert decoded.header["kid"] == "k1"
    assert {name: decoded.claims[name] for name in ("iss", "sub", "aud", "scope")} == {
        "iss": "me", "sub": "me", "aud": URL, "scope": "rest",
    }  # fmt: skip
    assert decoded.claims["exp"] - decoded.claims["iat"] == 300
    assert issuer.form["grant_type"].endswith("client_credentials" if as_client else "jwt-bearer")


async def test_a_key_that_is_none_is_named_and_not_shown() -> None:
    with pytest.raises(ConfigError) as told:
        await Says(200, GIVEN).issue(JwtBearer(token_url=URL, audience=URL), private_key="no-key-at-all")
    assert "private key" in str(told.value)
    assert "no-key-at-all" not in str(told.value)


REFUSALS: list[tuple[Issued, int, Any, type[ErpflowError]]] = [
    (CODE, 400, {"error": "invalid_grant", "error_description": "Used r3fr3sh-1."}, NeedsConsent),
    (CODE, 400, {"error": "interaction_required"}, NeedsConsent),
    (CODE, 200, {"error": "invalid_grant"}, NeedsConsent),
    (CODE, 401, {"error": "invalid_client"}, ConfigError),
    (CLIENT, 401, {"error": "invalid_client"}, NeedsConsent),
    (CODE, 400, {"error": "invalid_request"}, ConfigError),
    (CODE, 400, {"error": "invalid_scope"}, ConfigError),
    (CODE, 400, {"error": "server_error"}, Retryable),
    (CODE, 400, {"error": "slow_down"}, RateLimited),
    (CODE, 401, {"message": "no"}, ConfigError),
    (CODE, 403, {"message": "no"}, ConfigError),
    (CODE, 404, {"message": "no"}, ConfigError),
    (CODE, 400, b"{broken", Retryable),
    (CODE, 200, b"<html>", Retryable),
    (CODE, 200, b"", Retryable),
    (CODE, 200, [], Retryable),
    (CODE, 200, {"access_token": ""}, Retryable),
    (CODE, 200, {"access_token": 7}, Retryable),
    (CODE, 500, {"error": "invalid_grant"}, Retryable),
    (CODE, 503, b"", Retryable),
    (CODE, 429, b"", RateLimited),
    (SESSION, 401, {}, NeedsConsent),
    (SESSION, 200, {"value": {"token": False}}, NeedsConsent),
    (SESSION, 200, {"value": {}}, Retryable),
    (SESSION, 500, {}, Retryable),
]


@pytest.mark.parametrize(("auth", "status", "body", "error"), REFUSALS)
async def test_only_a_clear_refusal_ends_a_consent(auth: Issued, status: int, body: Any, error: Any) -> None:
    issuer = Says(status, body)
    with pytest.raises(ErpflowError) as told:
        await issuer.issue(auth, refresh="r3fr3sh-1")
    assert type(told.value) is error
    assert "r3fr3sh-1" not in str(told.value)
    assert "s3cr3t" not in str(told.value)
    assert len(issuer.requests) == 1


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("slow"), httpx.ConnectError("no"), httpx.ReadError("cut")])
async def test_no_answer_is_no_refusal(failure: Exception) -> None:
    def fails(_: httpx.Request) -> httpx.Response:
        raise failure

    async with HttpClient(transport=httpx.MockTransport(fails)) as http:
        with pytest.raises(Retryable):
            await issue(CODE, VALUES, http, refresh="r3fr3sh-1", now=NOW)


@pytest.mark.parametrize("seconds", [None, "soon", -5, 0, float("1e300"), True])
async def test_a_lifetime_that_is_none_leaves_the_end_open_or_short(seconds: Any) -> None:
    token = await Says(200, {"access_token": "a", "expires_in": seconds}).issue(CLIENT)
    assert token.expires_at in (None, NOW + timedelta(seconds=1))


def test_tokens_do_not_show() -> None:
    assert "acc3ss" not in repr(IssuedToken("acc3ss-1", "r3fr3sh-1", NOW))
    assert "r3fr3sh" not in repr(IssuedToken("acc3ss-1", "r3fr3sh-1", NOW))


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("token", "https://erp.example/v2/token"),
        ("/token", "https://erp.example/v2/token"),
        ("{base_url}/token", "https://erp.example/v2/token"),
        ("https://login.example/{company}/token", "https://login.example/a%2Fb/token"),
    ],
)
def test_a_token_url_may_be_below_the_base_url(given: str, address: str) -> None:
    api = RestApi(auth=ClientCredentials(token_url=given))
    found = issued(api, {"base_url": "https://erp.example/v2/", "company": "a/b"})
    assert isinstance(found, ClientCredentials)
    assert found.token_url == address


def test_an_api_without_issued_tokens_has_no_issuer() -> None:
    assert issued(RestApi(), {"base_url": "https://erp.example"}) is None


@pytest.fixture
async def counting() -> AsyncIterator[tuple[Says, HttpClient]]:
    issuer = Says(200, GIVEN)
    async with HttpClient(transport=httpx.MockTransport(issuer)) as http:
        yield issuer, http


async def test_memory_keeps_a_token_until_it_ends_or_is_refused(counting: tuple[Says, HttpClient]) -> None:
    issuer, http = counting
    now = [NOW]
    source = MemoryTokens(CODE, VALUES, http, refresh="r3fr3sh-1", now=lambda: now[0])
    assert [await source.token(), await source.token()] == ["acc3ss-1"] * 2
    assert len(issuer.requests) == 1
    await source.refused("another")
    await source.token()
    assert len(issuer.requests) == 1
    await source.refused("acc3ss-1")
    await source.token()
    assert issuer.form["refresh_token"] == "r3fr3sh-2"
    now[0] += timedelta(hours=2)
    await source.token()
    assert len(issuer.requests) == 3
