"""The custodian: keeps the tokens that issuers give for a while. One process at a time asks for a credential's next.

A claim in the store comes before the call to the issuer and outlives it; the new token is committed before anybody
uses it. Where a process dies in between, the next one repeats the call with the old refresh token, which an issuer
with a grace takes; what the issuer does not forgive is told at once, and never asked again until a person acts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from connectors.auth import Issued
from connectors.base import Access
from connectors.given import connection_values
from connectors.http import Http
from connectors.registry import Registry
from connectors.spec import ConnectorSpec
from connectors.tokens import issued
from pipeline import custody
from pipeline.clock import Clock
from pipeline.credentials import Vault
from pipeline.renewing import Credential, Keeping, Renewals, Wanted
from pipeline.store import connections, tokens
from pipeline.store.connections import ConnectionRow
from pipeline.store.engine import Store
from pipeline.store.tokens import CredentialRow
from schemas.errors import ConfigError, ErpflowError, NeedsConsent, RateLimited, Retryable

log = structlog.get_logger()

AT_ONCE = 8
"""Renewals of one step side by side."""

_LOOK = 0.2  # seconds between two looks at another process's renewal


@dataclass(frozen=True, slots=True)
class Held:
    """An access token in hand; ``until`` is when the store is to be looked at again."""

    access: str = field(repr=False)
    until: datetime


class Custodian:
    """One per process; ``drain`` it before the store is closed."""

    def __init__(self, store: Store, vault: Vault, http: Http, clock: Clock, keeping: Keeping | None = None) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        keeping = keeping or Keeping()
        self._policy = keeping.policy
        self.renewals = Renewals(store, vault, http, clock, keeping)

    async def access(self, spec: ConnectorSpec, row: ConnectionRow) -> Access:
        """What a session of this connection is opened with; raises ConfigError for a setting that is missing."""
        secrets = await self.secrets(row)
        credential = credential_of(spec, row, secrets)
        source = StoredTokens(self, credential, self._clock) if credential else None
        return Access(row.company, row.settings, secrets, source)

    async def secrets(self, row: ConnectionRow) -> dict[str, str]:
        """The connection's own secrets over those that it shares; raises NeedsConsent under another data key."""
        own = self._vault.open(row.secrets, row.id)
        if row.credential is None:
            return own
        async with self._store.reading() as tx:
            found = await tokens.find(tx, row.credential)
        return self._vault.open(found.secrets if found else None, row.credential) | own

    async def obtain(self, credential: Credential, refused: str | None) -> Held:
        """A token to use now; waits for another process's renewal where the old one is no good any more."""
        patience = self._clock.now() + self._policy.wait
        while True:
            held = await self._try(credential, refused)
            if held is not None:
                return held
            if self._clock.now() >= patience:
                raise Retryable(f"The credential {credential.name} is renewed elsewhere, for too long; it is waited.")
            await asyncio.sleep(_LOOK)

    async def step(self, registry: Registry) -> bool:
        """Renew what nobody else will: where an attempt was interrupted, and what would die unused.

        True if there may be more.
        """
        await self.renewals.recover()
        async with self._store.reading() as tx:
            found = await tokens.needing(tx, self._clock.now(), AT_ONCE)
        await asyncio.gather(*(self._rescue(registry, row) for row in found))
        return len(found) == AT_ONCE

    async def drain(self) -> None:
        """Wait for the renewals that are under way."""
        await self.renewals.drain()

    async def _try(self, credential: Credential, refused: str | None) -> Held | None:
        row, access = await self._stored(credential)
        now = self._clock.now()
        match custody.need(row, _same(access, refused), now) if row else "renew":
            case "use":
                return self._held(row, access, now)
            case "ahead":
                with suppress(Retryable, RateLimited, ConfigError):  # told in the log where it happened
                    await self.renewals.renew(credential, _wanted(self._clock, refused))
                return self._held(*await self._stored(credential), self._clock.now())
            case "renew":
                if await self.renewals.renew(credential, _wanted(self._clock, refused)):
                    # Also where it is the refused one once more: it is asked for once, not until it differs.
                    return self._held(*await self._stored(credential), self._clock.now())
            case "wait":
                await self.renewals.recover()  # the one who renews may be no more
            case "dead" if row:
                raise NeedsConsent(row.reason or "The credentials are refused; run: erpflow connections authorize.")
            case "later" if row and row.try_at:
                raise _later(row.name, row.try_at - now)
        return None

    async def _stored(self, credential: Credential) -> tuple[CredentialRow | None, str | None]:
        async with self._store.reading() as tx:
            row = await tokens.find(tx, credential.name)
        return row, self.renewals.opened(row, credential.auth).get("access") if row else None

    def _held(self, row: CredentialRow | None, access: str | None, now: datetime) -> Held | None:
        if row is None or access is None or not custody.usable(row, now):
            return None
        return Held(access, custody.good_until(row, now, self._policy.again))

    async def _rescue(self, registry: Registry, row: CredentialRow) -> None:
        try:
            if credential := await self._used(registry, row):
                await self.renewals.renew(credential, _neglected(self._clock))
        except ErpflowError as error:
            log.warning("credential not kept", action="credential_not_kept", credential=row.name, reason=str(error))
            await self._postpone(row)

    async def _used(self, registry: Registry, row: CredentialRow) -> Credential | None:
        """The credential as one of its connections uses it; where none does, it is let go."""
        async with self._store.transaction() as tx:
            users = await connections.sharing(tx, row.name)
            if not users:
                await tokens.leave(tx, row.name)
                return None
        return credential_of(registry.get(row.system).spec, users[0], await self.secrets(users[0]))

    async def _postpone(self, row: CredentialRow) -> None:
        """Not at every step: but what the renewal itself has put off already, or buried, stays as it is."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await tokens.fail(tx, row, now + custody.LAST_PAUSE, row.tried_at)


class StoredTokens:
    """The ``TokenSource`` of one session."""

    def __init__(self, custodian: Custodian, credential: Credential, clock: Clock) -> None:
        self._custodian = custodian
        self._credential = credential
        self._clock = clock
        self._held: Held | None = None
        self._refused: str | None = None

    async def token(self) -> str:
        """See ``TokenSource``; the store is asked only where what is in hand may not do any more."""
        if self._held is None or self._clock.now() >= self._held.until:
            self._held = await self._custodian.obtain(self._credential, self._refused)
            self._refused = None
        return self._held.access

    async def refused(self, token: str) -> None:
        """See ``TokenSource``."""
        self._refused = token
        if self._held is not None and self._held.access == token:
            self._held = None


def credential_of(spec: ConnectorSpec, row: ConnectionRow, secrets: Mapping[str, str]) -> Credential | None:
    """The credential whose token this connection shows; None where its system issues none.

    Raises ConfigError for a setting that is missing.
    """
    if spec.rest is None or not isinstance(spec.rest.auth, Issued):
        return None
    values = connection_values(spec, Access(row.company, row.settings, secrets))
    auth = issued(spec.rest, values)
    return Credential(row.credential_name, row.tenant, row.system, auth, values) if auth else None


def _wanted(clock: Clock, refused: str | None) -> Wanted:
    def wanted(row: CredentialRow, access: str | None) -> bool:
        return custody.need(row, _same(access, refused), clock.now()) in ("ahead", "renew")

    return wanted


def _neglected(clock: Clock) -> Wanted:
    def wanted(row: CredentialRow, _: str | None) -> bool:
        return custody.neglected(row, clock.now())

    return wanted


def _same(access: str | None, refused: str | None) -> bool:
    return refused is not None and access == refused


def _later(name: str, pause: timedelta) -> Retryable:
    said = f"The credential {name} could not be renewed a moment ago; it is tried again."
    return Retryable(said, retry_after=pause.total_seconds())
