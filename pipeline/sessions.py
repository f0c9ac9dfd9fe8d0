"""Opening the ERP behind a connection: connector from the registry, access from the custodian, limits at the gate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.base import Connector, Session
from connectors.http import Http
from connectors.registry import Registry
from pipeline.budgets.gates import Gates
from pipeline.custodian import Custodian
from pipeline.store.connections import ConnectionRow


class Sessions:
    """Opens sessions for the poll stage and for ``erpflow connections test``."""

    def __init__(self, registry: Registry, custodian: Custodian, http: Http, gates: Gates) -> None:
        self._registry = registry
        self._custodian = custodian
        self._http = http
        self._gates = gates

    def connector(self, system: str) -> Connector:
        """The connector of a system; raises ConfigError when none is installed."""
        return self._registry.get(system)

    async def stretch(self, row: ConnectionRow) -> float:
        """By how much the limits of a connection's system lengthen the intervals of its streams."""
        return await self._gates.stretch(self.connector(row.system).spec, row)

    @asynccontextmanager
    async def open(self, row: ConnectionRow) -> AsyncIterator[Session]:
        """An authenticated session; raises NeedsConsent, Retryable or ConfigError."""
        connector = self.connector(row.system)
        access = await self._custodian.access(connector.spec, row)
        http = self._gates.before(self._http, connector.spec, row)
        async with connector.open(connector.spec, access, http) as session:
            yield session
