"""Authorising a connection: new secrets, and where its tokens are issued, the consent or the proof that it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.auth import AuthorizationCode
from connectors.consent import ConsentRequest
from connectors.http import Http
from connectors.spec import ConnectorSpec
from connectors.tokens import IssuedToken, exchange, issue
from pipeline import connecting, consents
from pipeline.clock import Clock
from pipeline.credentials import Vault
from pipeline.custodian import Custodian, credential_of
from pipeline.loopback import DEFAULT, listening
from pipeline.renewing import Credential
from pipeline.store import connections, streams, tokens
from pipeline.store.connections import ConnectionRow
from pipeline.store.engine import Store
from schemas.errors import ConfigError, NeedsConsent


@dataclass(frozen=True, slots=True)
class Given:
    """What an operator gave: settings and secrets to replace, none or some of them."""

    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asking:
    """How a person is asked: ``show`` gets the address of the consent page; then the answer is waited for."""

    show: Callable[[str], None]
    redirect: str = DEFAULT
    seconds: float = 300.0


class Authorizing:
    """Does the work of ``erpflow connections authorize``."""

    def __init__(self, store: Store, vault: Vault, http: Http, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._http = http
        self._clock = clock
        self._custodian = Custodian(store, vault, http, clock)

    async def authorize(self, connection: str, spec: ConnectorSpec, given: Given, asking: Asking) -> list[str]:
        """Replace what is given, get a token where the system issues them, and read on; the connections that do.

        Nothing is stored unless the issuer gave the token. Raises ConfigError naming what is wrong or missing,
        NeedsConsent where it was refused, Retryable where nobody answered.
        """
        async with self._store.reading() as tx:
            row = await connections.get(tx, connection)
        secrets = await self._secrets(row, given) | dict(given.secrets)
        new = replace(row, settings={**row.settings, **given.settings}, state="active", reason=None)
        connecting.check(spec, new.settings, secrets)
        credential = credential_of(spec, new, secrets)
        if credential is None and not given.settings and not given.secrets:
            raise ConfigError("Nothing is given; name what is to be replaced with --secret or --setting.")
        token = await self._issued(credential, asking) if credential else None
        async with self._store.transaction() as tx:
            await self._keep(tx, new, secrets)
            if credential and token:
                await self._custodian.renewals.put(tx, credential, token)
            return await self._resumed(tx, new)

    async def _secrets(self, row: ConnectionRow, given: Given) -> dict[str, str]:
        """Those that it has; where they cannot be decrypted any more, none if new ones come."""
        try:
            return await self._custodian.secrets(row)
        except NeedsConsent:
            if given.secrets:
                return {}
            raise

    async def _issued(self, credential: Credential, asking: Asking) -> IssuedToken:
        auth, values = credential.auth, credential.values
        if not isinstance(auth, AuthorizationCode):
            return await issue(auth, values, self._http, now=self._clock.now())
        async with listening(asking.redirect) as loopback:
            request = ConsentRequest(loopback.redirect)
            asking.show(request.url(auth, values))
            grant = request.grant(await loopback.answer(asking.seconds))
            return await exchange(auth, values, self._http, grant, self._clock.now())

    async def _keep(self, tx: AsyncConnection, new: ConnectionRow, secrets: Mapping[str, str]) -> None:
        sealed = self._vault.seal(secrets)
        if new.credential is not None:
            await tokens.lock(tx, new.credential, new.tenant, new.system)
            await tokens.set_secrets(tx, new.credential, sealed)
        await connections.set_access(tx, replace(new, secrets=None if new.credential else sealed))

    async def _resumed(self, tx: AsyncConnection, new: ConnectionRow) -> list[str]:
        now = self._clock.now()
        await tokens.revive(tx, new.credential_name)
        await streams.make_due(tx, [stream.id for stream in await streams.of_connection(tx, new.id)], now)
        return [new.id, *await consents.given(tx, new.credential_name, now)]
