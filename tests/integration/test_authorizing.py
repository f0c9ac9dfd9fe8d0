"""Authorising: the consent in a browser that always agrees, the proof of other credentials, and sharing them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from connectors.auth import Auth, ClientCredentials, HeaderAuth
from connectors.http import HttpClient
from connectors.retry import NEVER
from pipeline import connecting, sharing
from pipeline.authorizing import Asking, Authorizing, Given
from pipeline.clock import SystemClock
from pipeline.credentials import Vault, new_data_key
from pipeline.custodian import Custodian
from pipeline.store import connections, tokens
from pipeline.store.engine import Store
from schemas.errors import ConfigError, ErpflowError, NeedsConsent, Retryable
from tests.support.issuer import Issuer, issuing
from tests.support.rows import NOW
from tests.support.tokens import system

NOTHING = Given({}, {})


@dataclass
class Desk:
    """Where an operator sits; his browser follows redirects, changed by ``forge``."""

    store: Store
    issuer: Issuer
    auth: Auth
    vault: Vault = field(default_factory=lambda: Vault(new_data_key()))
    http: HttpClient = field(default_factory=lambda: HttpClient(policy=NEVER))
    shown: list[str] = field(default_factory=list)
    forge: dict[str, str | None] | None = None
    browsing: list[asyncio.Task[None]] = field(default_factory=list)

    async def authorize(self, given: Given = NOTHING, name: str = "north-oauthy", **asking: Any) -> list[str]:
        authorizing = Authorizing(self.store, self.vault, self.http, SystemClock())
        found = Asking(self._show, **{"seconds": 5, **asking})
        return await authorizing.authorize(name, system.spec(self.auth), given, found)

    def _show(self, url: str) -> None:
        self.shown.append(url)
        self.browsing.append(asyncio.create_task(self._browse(url)))

    async def _browse(self, url: str) -> None:
        async with httpx.AsyncClient() as browser:
            page = await browser.get(url)
            target = page.headers["location"]
            if self.forge is not None:
                query = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()} | self.forge
                given = {name: value for name, value in query.items() if value is not None}
                target = f"{target.partition('?')[0]}?{urlencode(given)}"
            assert (await browser.get(target)).status_code == 200

    async def connect(self, name: str = "north-oauthy", company: str = "1", credential: str | None = None) -> None:
        async with self.store.transaction() as tx:
            known = await sharing.shared_secrets(tx, credential, self.vault) if credential else {}
            settings, secrets = {"base_url": self.issuer.url}, known or system.SECRETS
            row = connecting.new_connection(
                system.spec(self.auth), (name, "north", company), settings, secrets, self.vault
            )
            if credential:
                row = await sharing.share(tx, system.spec(self.auth), row, credential, self.vault)
            await connections.add(tx, row, NOW)

    async def token(self, name: str = "north-oauthy") -> str:
        async with self.store.reading() as tx:
            row = await connections.get(tx, name)
        custodian = Custodian(self.store, self.vault, self.http, SystemClock())
        access = await custodian.access(system.spec(self.auth), row)
        assert access.tokens is not None
        return await access.tokens.token()

    async def state(self, name: str = "north-oauthy") -> str:
        async with self.store.reading() as tx:
            return (await connections.get(tx, name)).state

    async def pause(self, name: str = "north-oauthy") -> None:
        async with self.store.transaction() as tx:
            await connections.set_state(tx, name, "needs_consent", "refused")


@pytest.fixture
async def desk(store: Store) -> AsyncIterator[Desk]:
    async with issuing(Issuer()) as issuer:
        found = Desk(store, issuer, system.consenting(scope="read", extra={"access": "offline", "unit": "{unit}"}))
        async with found.http:
            yield found
        await asyncio.gather(*found.browsing)


async def test_a_consent_gives_the_first_token_and_the_connection_goes_on(desk: Desk) -> None:
    await desk.connect()
    with pytest.raises(NeedsConsent, match="Nobody has consented"):
        await desk.token()
    await desk.pause()
    assert await desk.authorize() == ["north-oauthy"]
    assert await desk.state() == "active"
    assert (await desk.token()).startswith("access-")
    [consent] = desk.issuer.consents
    assert (await _row(desk)).token is not None
    assert consent.current not in str(await _row(desk))


async def test_the_consent_page_is_asked_with_pkce_state_and_scope(desk: Desk) -> None:
    await desk.connect()
    await desk.authorize()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(desk.shown[0]).query).items()}
    assert {name: asked[name] for name in ("response_type", "scope", "access", "code_challenge_method")} == {
        "response_type": "code", "scope": "read", "access": "offline", "code_challenge_method": "S256",
    }  # fmt: skip
    assert "unit" not in asked
    assert len(asked["state"]) >= 32
    assert asked["redirect_uri"].startswith("http://127.0.0.1:")
    exchange = desk.issuer.asked[-1]
    assert exchange["grant_type"] == "authorization_code"
    assert len(exchange["code_verifier"]) >= 43
    assert exchange["code_verifier"] not in desk.shown[0]


FORGED: list[tuple[dict[str, str | None], type[ErpflowError], str]] = [
    ({"state": "another"}, ConfigError, "state differs"),
    ({"state": None}, ConfigError, "state differs"),
    ({"code": None}, ConfigError, "neither a code nor an error"),
    ({"error": "access_denied", "error_description": "No, thanks."}, NeedsConsent, "declined"),
    ({"error": "server_error"}, Retryable, "later"),
    ({"error": "invalid_scope"}, ConfigError, "invalid_scope"),
    ({"code": "guessed"}, NeedsConsent, "invalid_grant"),
]


@pytest.mark.parametrize(("forge", "error", "said"), FORGED)
async def test_an_answer_that_is_no_consent_changes_nothing(
    desk: Desk, forge: dict[str, str | None], error: type[ErpflowError], said: str
) -> None:
    desk.forge = forge
    await desk.connect()
    await desk.pause()
    if forge.get("code") == "guessed":
        desk.issuer.answers = [(400, '{"error": "invalid_grant"}')]
    with pytest.raises(error, match=said):
        await desk.authorize()
    assert await desk.state() == "needs_consent"


async def test_nobody_who_answers_is_waited_for_no_longer_than_given(desk: Desk) -> None:
    await desk.connect()
    asking = Asking(lambda _: None, seconds=0.05)
    authorizing = Authorizing(desk.store, desk.vault, desk.http, SystemClock())
    with pytest.raises(Retryable, match="Nobody has answered"):
        await authorizing.authorize("north-oauthy", system.spec(desk.auth), NOTHING, asking)


@pytest.mark.parametrize(
    "redirect", ["https://127.0.0.1/x", "http://erp.example/x", "http://127.0.0.1:99999/", "x", "http://localhost/?a=b"]
)
async def test_a_redirect_to_elsewhere_is_refused(desk: Desk, redirect: str) -> None:
    await desk.connect()
    with pytest.raises(ConfigError, match="address of this machine"):
        await desk.authorize(redirect=redirect)


async def test_a_port_that_is_taken_is_named(desk: Desk) -> None:
    await desk.connect()
    port = urlsplit(desk.issuer.url).port
    with pytest.raises(ConfigError, match=f"port {port}"):
        await desk.authorize(redirect=f"http://127.0.0.1:{port}/callback")


async def test_client_credentials_are_proved_by_a_token_before_they_are_kept(desk: Desk) -> None:
    desk.auth = ClientCredentials(token_url="/token")
    await desk.connect()
    await desk.pause()
    desk.issuer.answers = [(401, '{"error": "invalid_client"}')]
    with pytest.raises(NeedsConsent, match="invalid_client"):
        await desk.authorize(Given({}, {"client_secret": "wrong-one"}))
    assert await desk.state() == "needs_consent"
    assert await desk.authorize(Given({}, {"client_secret": "right-one"})) == ["north-oauthy"]
    asked = len(desk.issuer.asked)
    assert (await desk.token()).startswith("access-")
    assert len(desk.issuer.asked) == asked
    assert desk.shown == []


async def test_a_system_without_issued_tokens_is_given_its_secrets_as_before(desk: Desk) -> None:
    desk.auth = HeaderAuth(header="X-Key", value="{client_secret}")
    await desk.connect()
    await desk.pause()
    with pytest.raises(ConfigError, match="Nothing is given"):
        await desk.authorize()
    assert await desk.authorize(Given({}, {"client_secret": "new-one"})) == ["north-oauthy"]
    async with desk.store.reading() as tx:
        row = await connections.get(tx, "north-oauthy")
    assert desk.vault.open(row.secrets, row.id) == system.SECRETS | {"client_secret": "new-one"}
    assert desk.issuer.asked == []


async def test_several_companies_share_one_consent_and_one_set_of_secrets(desk: Desk) -> None:
    await desk.connect(credential="office")
    await desk.connect("north-two", "2", "office")
    await desk.pause("north-two")
    assert sorted(await desk.authorize()) == ["north-oauthy", "north-two"]
    assert await desk.token("north-two") == await desk.token()
    assert len(desk.issuer.consents) == 1
    async with desk.store.reading() as tx:
        assert [row.secrets for row in await connections.sharing(tx, "office")] == [None, None]


async def test_connections_that_need_tokens_of_their_own_cannot_share(desk: Desk) -> None:
    desk.auth = ClientCredentials(token_url="/token", extra={"tenant_id": "{company}"})
    await desk.connect(credential="office")
    with pytest.raises(ConfigError, match="for one company, and connection north-oauthy has another"):
        await desk.connect("north-two", "2", "office")


async def test_a_credential_is_not_shared_with_another_tenant(desk: Desk) -> None:
    await desk.connect(credential="office")
    async with desk.store.transaction() as tx:
        row = replace(await connections.get(tx, "north-oauthy"), tenant="south", id="south-oauthy")
        with pytest.raises(ConfigError, match="belongs to tenant north"):
            await sharing.share(tx, system.spec(desk.auth), row, "office", desk.vault)


async def _row(desk: Desk) -> tokens.CredentialRow:
    async with desk.store.reading() as tx:
        found = await tokens.find(tx, "connection:north-oauthy")
    assert found is not None
    return found
