"""Opening the ERP behind a connection: connector from the registry, secrets from the vault, the one HTTP client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.base import Access, Connector, Session
from connectors.http import HttpClient
from connectors.registry import Registry
from pipeline.credentials import Vault
from pipeline.store.connections import ConnectionRow


class Sessions:
    """Opens sessions for the poll stage and for ``erpflow connections test``."""

    def __init__(self, registry: Registry, vault: Vault, http: HttpClient) -> None:
        self._registry = registry
        self._vault = vault
        self._http = http

    def connector(self, system: str) -> Connector:
        """The connector of a system; raises ConfigError when none is installed."""
        return self._registry.get(system)

    @asynccontextmanager
    async def open(self, row: ConnectionRow) -> AsyncIterator[Session]:
        """An authenticated session; raises NeedsConsent, Retryable or ConfigError."""
        connector = self.connector(row.system)
        access = Access(row.company, row.settings, self._vault.open(row.secrets, row.id))
        async with connector.open(connector.spec, access, self._http) as session:
            yield session
