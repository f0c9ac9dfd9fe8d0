"""The custodian against an issuer over HTTP, on both stores: one renewal at a time, and what each failure leads to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select, update

from connectors.auth import ClientCredentials
from connectors.http import HttpClient, Request
from connectors.retry import NEVER
from connectors.tokens import IssuedToken, TokenSource
from pipeline import consents
from pipeline.clock import ManualClock
from pipeline.credentials import Vault, new_data_key
from pipeline.custodian import Custodian, credential_of
from pipeline.custody import CustodyPolicy
from pipeline.renewing import Keeping
from pipeline.spool import Spool
from pipeline.store import connections, tokens
from pipeline.store.engine import Store
from pipeline.store.tables import credentials, outbox
from pipeline.store.tokens import CredentialRow
from schemas.errors import ConfigError, NeedsConsent, Retryable
from tests.support.issuer import Issuer, issuing
from tests.support.tokens import system

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OWN = "connection:north-oauthy"


@dataclass
class House:
    """A store, an issuer, and custodians that stand for processes."""

    store: Store
    issuer: Issuer
    spool: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    vault: Vault = field(default_factory=lambda: Vault(new_data_key()))
    http: HttpClient = field(default_factory=lambda: HttpClient(policy=NEVER))
    auth: Any = field(default_factory=system.consenting)

    def custodian(self, spool: bool = True) -> Custodian:
        keeping = Keeping(CustodyPolicy(wait=timedelta(seconds=1)), Spool(self.spool if spool else None))
        return Custodian(self.store, self.vault, self.http, self.clock, keeping)

    async def connect(self, name: str = "north-oauthy", company: str = "1", credential: str | None = None) -> None:
        row = system.row(self.issuer.url, self.vault, name, company)
        async with self.store.transaction() as tx:
            await connections.add(tx, row, NOW)
            if credential:
                shared = {"credential": credential}
                await tx.execute(update(connections.connections).where(connections.connections.c.id == name), [shared])

    async def source(self, custodian: Custodian | None = None, name: str = "north-oauthy") -> TokenSource:
        async with self.store.reading() as tx:
            row = await connections.get(tx, name)
        access = await (custodian or self.custodian()).access(system.spec(self.auth), row)
        assert access.tokens is not None
        return access.tokens

    async def consent(self) -> None:
        async with self.store.transaction() as tx:
            row = await connections.get(tx, "north-oauthy")
            credential = credential_of(system.spec(self.auth), row, system.SECRETS)
            assert credential is not None
            end = self.clock.now() + timedelta(hours=1)
            await self.custodian().renewals.put(tx, credential, IssuedToken("first", self.issuer.consent(), end))
            await consents.given(tx, credential.name, self.clock.now())

    async def row(self, name: str = OWN) -> CredentialRow:
        async with self.store.reading() as tx:
            found = await tokens.find(tx, name)
        assert found is not None
        return found

    async def states(self) -> dict[str, str]:
        async with self.store.reading() as tx:
            return {row.id: row.state for row in await connections.everything(tx)}

    async def notices(self) -> list[dict[str, Any]]:
        async with self.store.reading() as tx:
            bodies = (await tx.execute(select(outbox.c.body).order_by(outbox.c.seq))).scalars()
            return [orjson.loads(body)["data"] for body in bodies]

    def later(self, **passed: float) -> None:
        self.clock.set(self.clock.now() + timedelta(**passed))


@pytest.fixture
async def house(store: Store, tmp_path: Path) -> AsyncIterator[House]:
    async with issuing(Issuer()) as issuer:
        found = House(store, issuer, tmp_path / "spool")
        async with found.http:
            yield found


@pytest.fixture
async def consented(house: House) -> House:
    await house.connect()
    await house.consent()
    return house


async def test_a_token_is_used_until_it_nears_its_end_and_then_renewed_once(consented: House) -> None:
    source = await consented.source()
    assert [await source.token(), await source.token()] == ["first"] * 2
    consented.later(minutes=56)
    renewed = await source.token()
    assert renewed == await source.token() == await (await consented.source()).token() != "first"
    assert consented.issuer.rotated == 1


async def test_many_sessions_in_two_processes_renew_once(consented: House) -> None:
    consented.issuer.pause = 0.2
    processes = [consented.custodian(), consented.custodian()]
    sources = [await consented.source(process) for process in processes * 5]
    consented.later(minutes=56)
    found = await asyncio.gather(*(source.token() for source in sources))
    assert consented.issuer.rotated == consented.issuer.busiest == 1
    assert len(set(found) - {"first"}) == 1


async def test_others_wait_for_a_renewal_where_the_old_token_is_over(consented: House) -> None:
    consented.issuer.pause = 0.2
    sources = [await consented.source(consented.custodian()) for _ in range(4)]
    consented.later(hours=2)
    found = await asyncio.gather(*(source.token() for source in sources))
    assert len(set(found)) == 1
    assert consented.issuer.rotated == 1


async def test_a_token_that_the_api_refuses_is_renewed_once_for_all_who_hold_it(consented: House) -> None:
    sources = [await consented.source(consented.custodian()) for _ in range(3)]
    for source in sources:
        await source.refused(await source.token())
    assert len({await source.token() for source in sources} - {"first"}) == 1
    assert consented.issuer.rotated == 1


async def test_an_issuer_that_gives_the_refused_token_again_is_asked_once_each_time(house: House) -> None:
    house.auth = ClientCredentials(token_url="/token")
    house.issuer.answers = [(200, '{"access_token": "always-this", "expires_in": 3600}')] * 9
    await house.connect()
    source = await house.source()
    for asked in (1, 2, 3):
        assert await source.token() == await source.token() == "always-this"
        assert len(house.issuer.asked) == asked
        await source.refused("always-this")


async def test_the_session_of_the_connector_shows_the_token(consented: House) -> None:
    source = await consented.source()
    await source.refused("first")
    url, shown = f"{consented.issuer.url}/customers", {"Authorization": f"Bearer {await source.token()}"}
    assert (await consented.http.send(Request("GET", url, headers=shown))).json == [{"id": 1}]


async def test_a_dead_consent_pauses_all_its_connections_tells_each_once_and_is_not_asked_again(house: House) -> None:
    await house.connect(credential="office")
    await house.connect("north-two", "2", "office")
    await house.connect("north-idle", "3", "office")
    await house.consent()
    async with house.store.transaction() as tx:
        await connections.set_state(tx, "north-idle", "paused", "by an operator")
    house.issuer.consents[0].revoked = True
    house.later(hours=2)
    for name in ("north-oauthy", "north-two", "north-oauthy"):
        with pytest.raises(NeedsConsent, match="invalid_grant"):
            await (await house.source(name=name)).token()
    assert await house.states() == {
        "north-oauthy": "needs_consent",
        "north-two": "needs_consent",
        "north-idle": "paused",
    }
    assert sorted(notice["connection"] for notice in await house.notices()) == ["north-oauthy", "north-two"]
    house.later(days=2)
    assert await house.custodian().step(system.registry(house.auth)) is False
    assert house.issuer.refused == 1
    await house.consent()
    assert (await house.states())["north-two"] == "active"
    assert (await house.states())["north-idle"] == "paused"
    assert await (await house.source(name="north-two")).token() == "first"


@pytest.mark.parametrize("answer", [None, (500, "{}"), (200, "{}"), (200, "<html>"), (503, ""), (429, "")])
async def test_an_open_outcome_keeps_the_consent_and_uses_the_old_token(consented: House, answer: Any) -> None:
    consented.issuer.answers, consented.issuer.grace = [answer], 60
    source = await consented.source()
    consented.later(minutes=56)
    assert await source.token() == "first"
    assert await consented.states() == {"north-oauthy": "active"}
    consented.later(hours=2)
    assert await (await consented.source()).token() != "first"
    assert await consented.notices() == []


async def test_a_lost_answer_is_asked_for_again_within_the_grace_by_the_scheduler(house: House) -> None:
    house.auth = system.consenting(grace=timedelta(seconds=30))
    house.issuer.grace, house.issuer.answers = 30, [None]
    await house.connect()
    await house.consent()
    house.later(minutes=56)
    assert await (await house.source()).token() == "first"
    assert (await house.row()).tried_at is not None
    house.later(seconds=3)
    await house.custodian().step(system.registry(house.auth))
    assert house.issuer.repeated == 1
    assert (await house.row()).tried_at is None


async def test_a_lost_answer_without_a_grace_is_told_by_the_scheduler(consented: House) -> None:
    consented.issuer.answers = [None]
    consented.later(minutes=56)
    assert await (await consented.source()).token() == "first"
    consented.later(seconds=3)
    for _ in range(3):
        await consented.custodian().step(system.registry(consented.auth))
        consented.later(minutes=10)
    assert await consented.states() == {"north-oauthy": "needs_consent"}
    [notice] = await consented.notices()
    assert notice["state"] == "needs_consent"
    assert "an earlier renewal was lost" in notice["reason"]
    assert consented.issuer.refused == 1


async def test_a_process_that_died_in_the_middle_is_followed_when_its_claim_is_over(consented: House) -> None:
    async with consented.store.transaction() as tx:
        row = await tokens.lock(tx, OWN, "north", "oauthy")
        await tokens.claim(tx, row, NOW, NOW + timedelta(seconds=30))
    consented.later(seconds=29)
    await consented.custodian().step(system.registry(consented.auth))
    assert consented.issuer.rotated == 0
    consented.later(seconds=2)
    await consented.custodian().step(system.registry(consented.auth))
    assert consented.issuer.rotated == 1


async def test_a_refresh_token_that_idleness_would_end_is_renewed_before(house: House) -> None:
    house.auth = system.consenting(idle=timedelta(days=10))
    await house.connect()
    await house.consent()
    await house.custodian().step(system.registry(house.auth))
    assert house.issuer.rotated == 0
    house.later(days=8)
    await house.custodian().step(system.registry(house.auth))
    await house.custodian().step(system.registry(house.auth))
    assert house.issuer.rotated == 1


async def test_an_answer_that_the_store_did_not_get_is_taken_from_the_disk(
    consented: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    consented.later(hours=2)
    with monkeypatch.context() as patched:
        patched.setattr("pipeline.renewing.STORE_SECONDS", 0)
        patched.setattr(tokens, "keep", _away)
        with pytest.raises(Retryable):
            await (await consented.source()).token()
    assert len(list(consented.spool.iterdir())) == 1
    assert b"refresh-" not in next(consented.spool.iterdir()).read_bytes()
    assert next(consented.spool.iterdir()).stat().st_mode & 0o077 == 0
    await (await consented.source()).token()
    assert consented.issuer.rotated == 1
    assert list(consented.spool.iterdir()) == []


async def _away(*_: Any) -> bool:
    raise Retryable("The store is away.")


async def test_an_answer_that_comes_after_the_consent_was_given_up_revives_it(consented: House) -> None:
    consented.issuer.pause = 0.5
    consented.later(hours=2)
    late = asyncio.create_task((await consented.source()).token())
    while not consented.issuer.asked:
        await asyncio.sleep(0.01)
    async with consented.store.transaction() as tx:
        row = await tokens.lock(tx, OWN, "north", "oauthy")
        assert await tokens.bury(tx, row, "Given up.")
        await consents.died(tx, OWN, "Given up.", consented.clock.now())
    assert (await late).startswith("access-")
    assert await consented.states() == {"north-oauthy": "active"}
    assert [notice["state"] for notice in await consented.notices()] == ["needs_consent", "recovered"]


async def test_an_older_answer_never_overwrites_a_newer_consent(consented: House) -> None:
    consented.issuer.pause = 0.5
    consented.later(hours=2)
    late = asyncio.create_task((await consented.source()).token())
    while not consented.issuer.asked:
        await asyncio.sleep(0.01)
    await consented.consent()
    assert await late == "first"
    assert await (await consented.source()).token() == "first"


async def test_a_renewal_ends_though_the_visit_that_wanted_it_is_cancelled(consented: House) -> None:
    consented.issuer.pause = 0.3
    consented.later(hours=2)
    custodian = consented.custodian()
    wanting = asyncio.create_task((await consented.source(custodian)).token())
    while not consented.issuer.asked:
        await asyncio.sleep(0.01)
    wanting.cancel()
    await asyncio.wait([wanting])
    await custodian.drain()
    assert (await consented.row()).token_epoch == 2
    assert consented.issuer.rotated == 1


async def test_under_another_data_key_a_consent_is_not_asked_for_with_nothing(consented: House) -> None:
    source = await consented.source()
    consented.later(hours=2)
    async with consented.store.transaction() as tx:
        await tx.execute(update(credentials).values(token=Vault(new_data_key()).seal({"access": "x"})))
    with pytest.raises(NeedsConsent, match="cannot be decrypted"):
        await source.token()
    assert consented.issuer.asked == []


async def test_a_setting_that_is_missing_is_told_when_the_connection_is_opened(house: House) -> None:
    await house.connect()
    async with house.store.transaction() as tx:
        await tx.execute(update(connections.connections).values(settings={}))
    with pytest.raises(ConfigError, match="base_url"):
        await house.source()


async def test_no_secret_shows(consented: House, capsys: pytest.CaptureFixture[str]) -> None:
    consented.issuer.consents[0].revoked = True
    consented.later(hours=2)
    source = await consented.source()
    with pytest.raises(NeedsConsent) as told:
        await source.token()
    row = await consented.row()
    captured = capsys.readouterr()
    shown = f"{told.value} {row!r} {captured.out} {captured.err} {await consented.notices()}"
    for secret in (*system.SECRETS.values(), consented.issuer.consents[0].current):
        assert secret not in shown
    assert "gAAAA" not in shown
