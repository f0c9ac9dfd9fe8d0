"""One renewal of a credential: claim it, ask the issuer, commit the answer; and what happens where that fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from connectors.auth import AuthorizationCode, Issued
from connectors.http import Http
from connectors.tokens import IssuedToken, issue
from pipeline import consents, custody
from pipeline.clock import Clock
from pipeline.credentials import Vault
from pipeline.custody import CustodyPolicy
from pipeline.spool import Spool
from pipeline.store import connections, tokens
from pipeline.store.engine import Store
from pipeline.store.tokens import CredentialRow, Kept
from schemas.errors import ErpflowError, NeedsConsent, Retryable, Superseded

log = structlog.get_logger()

STORE_SECONDS = 60.0
"""How long a token in hand waits for a store that does not take it: without it a consent may be lost."""

Wanted = Callable[[CredentialRow, str | None], bool]
"""Says, given the row under its lock and its access token, whether a renewal is wanted still."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a renewal needs to know: ``values`` are those of one of the connections that use it."""

    name: str
    tenant: str
    system: str
    auth: Issued
    values: Mapping[str, str] = field(repr=False)

    @property
    def identity(self) -> tuple[str, str, str]:
        """Name, tenant and system."""
        return self.name, self.tenant, self.system


@dataclass(frozen=True, slots=True)
class Keeping:
    """How tokens are kept."""

    policy: CustodyPolicy = field(default_factory=CustodyPolicy)
    spool: Spool = field(default_factory=lambda: Spool(None))


@dataclass(frozen=True, slots=True)
class _Claim:
    """A claim in the store, and the refresh token that it may use; ``earlier``: another's outcome is not known."""

    row: CredentialRow
    at: datetime
    refresh: str | None = field(repr=False)
    earlier: bool


class Renewals:
    """Renews credentials. Whoever wants the same one in this process waits for the one call that is under way."""

    def __init__(self, store: Store, vault: Vault, http: Http, clock: Clock, keeping: Keeping) -> None:
        self._store = store
        self._vault = vault
        self._http = http
        self._clock = clock
        self._policy = keeping.policy
        self._spool = keeping.spool
        self._running: dict[str, asyncio.Task[bool]] = {}

    async def renew(self, credential: Credential, wanted: Wanted) -> bool:
        """Renew where that is still wanted; false when another process does, or did.

        What is begun ends, also when the caller is cancelled: an answer that nobody stores may cost the consent.
        Raises NeedsConsent for a refused credential, else what the issuer or the store said.
        """
        task = self._running.get(credential.name)
        if task is None:
            task = asyncio.create_task(self._renew(credential, wanted))
            self._running[credential.name] = task
            task.add_done_callback(lambda ended: self._ended(credential.name, ended))
        return await asyncio.shield(task)

    def _ended(self, name: str, task: asyncio.Task[bool]) -> None:
        self._running.pop(name, None)
        if not task.cancelled():
            task.exception()  # looked at: whoever wanted it may have been cancelled, and it is in the log

    async def drain(self) -> None:
        """Wait for what is under way; it takes as long as an issuer may take."""
        if self._running:
            await asyncio.wait(self._running.values())

    def opened(self, row: CredentialRow, auth: Issued) -> dict[str, str]:
        """``access`` and ``refresh`` of the stored token, as far as there are any.

        Raises NeedsConsent where the data key is another one and a consent would be lost with it.
        """
        try:
            return self._vault.open(row.token, row.name)
        except NeedsConsent:
            if isinstance(auth, AuthorizationCode):
                raise
            return {}

    async def put(self, tx: AsyncConnection, credential: Credential, token: IssuedToken) -> None:
        """Store a token that was issued to a person's consent; a renewal that is under way is not heard any more."""
        now = self._clock.now()
        row = await tokens.lock(tx, *credential.identity)
        claimed = await tokens.claim(tx, row, now, now)
        await tokens.keep(tx, credential.name, self._kept(credential, claimed, token, now))

    async def _renew(self, credential: Credential, wanted: Wanted) -> bool:
        await self.recover()
        claim = await self._claim(credential, wanted)
        if claim is None:
            return False
        within = self._policy.call(credential.auth).total_seconds()
        try:
            token = await issue(
                credential.auth, credential.values, self._http, refresh=claim.refresh, now=claim.at, within=within
            )
        except Exception as error:
            await self._failed(credential, claim, error)
            raise
        await self._keep(credential, claim, token)
        return True

    async def _claim(self, credential: Credential, wanted: Wanted) -> _Claim | None:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            if not await connections.sharing(tx, credential.name):
                raise Superseded(f"Nobody uses the credential {credential.name} any more; it is not renewed.")
            row = await tokens.lock(tx, *credential.identity)
            stored = self.opened(row, credential.auth)
            if not wanted(row, stored.get("access")):
                return None
            claimed = await tokens.claim(tx, row, now, now + self._policy.claim(credential.auth))
        return _Claim(claimed, now, stored.get("refresh"), row.tried_at is not None)

    async def recover(self) -> None:
        """Store what was received on this machine and never stored: a process ended, or the store was away."""
        for spooled in self._spool.pending():
            stored = await self._store_it(spooled.credential, spooled.kept)
            self._spool.drop(spooled.file)
            log.info("token recovered", action="token_recovered", credential=spooled.credential[0], stored=stored)

    async def _keep(self, credential: Credential, claim: _Claim, token: IssuedToken) -> None:
        kept = self._kept(credential, claim.row, token, claim.at)
        file = self._spool.put(credential.identity, kept)
        patient = AsyncRetrying(
            retry=retry_if_exception_type(Retryable), stop=stop_after_delay(STORE_SECONDS), wait=wait_fixed(0.5),
            reraise=True,
        )  # fmt: skip
        await patient(self._store_it, credential.identity, kept)
        self._spool.drop(file)
        log.info("token renewed", action="token_renewed", credential=credential.name)

    async def _store_it(self, credential: tuple[str, str, str], kept: Kept) -> bool:
        async with self._store.transaction() as tx:
            if not await connections.sharing(tx, credential[0]):
                return False  # its connections were erased
            row = await tokens.lock(tx, *credential)
            stored = await tokens.keep(tx, row.name, kept)
            if stored and row.state == "dead":
                # Another process had given it up, while this one held the answer.
                await consents.revived(tx, row.name, self._clock.now())
            return stored

    def _kept(self, credential: Credential, row: CredentialRow, token: IssuedToken, at: datetime) -> Kept:
        values = {"access": token.access} | ({"refresh": token.refresh} if token.refresh else {})
        keep_at = custody.keep_at(credential.auth, credential.name, at)
        return Kept(row.epoch, self._vault.seal(values), at, token.expires_at, keep_at)

    async def _failed(self, credential: Credential, claim: _Claim, error: Exception) -> None:
        setback = custody.setback(error, claim.row, credential.auth, claim.earlier)
        reason = setback.dead or (str(error) if isinstance(error, ErpflowError) else type(error).__name__)
        log.warning("token not renewed", action="token_dead" if setback.dead else "token_not_renewed",
                    credential=credential.name, error=type(error).__name__, reason=reason)  # fmt: skip
        now = self._clock.now()
        # A store that does not take it leaves the claim to run out, and the attempt open: then it is tried once more.
        with suppress(Retryable):
            async with self._store.transaction() as tx:
                if setback.dead is None:
                    opened = claim.row.tried_at if setback.open else None
                    await tokens.fail(tx, claim.row, now + setback.pause, opened)
                elif await tokens.bury(tx, claim.row, setback.dead):
                    await consents.died(tx, credential.name, setback.dead, now)
