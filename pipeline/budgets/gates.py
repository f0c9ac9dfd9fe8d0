"""Budgets as sessions know them: the gate before the HTTP client, and the plan. One per process."""

from __future__ import annotations

from connectors.http import Http
from connectors.spec import ConnectorSpec
from pipeline.budgets.bounds import bounds
from pipeline.budgets.gate import Gate, Turns
from pipeline.budgets.gated import GatedHttp
from pipeline.budgets.planner import Planner
from pipeline.clock import Clock
from pipeline.store.connections import ConnectionRow
from pipeline.store.engine import Store


class Gates:
    """Makes gates; those of one process take turns."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._turns = Turns()
        self._planner = Planner(store, clock)

    async def stretch(self, spec: ConnectorSpec, row: ConnectionRow) -> float:
        """See ``Planner.stretch``."""
        return await self._planner.stretch(spec, row)

    def before(self, http: Http, spec: ConnectorSpec, row: ConnectionRow) -> Http:
        """The client as a session of the connection may use it; itself where no limit binds it."""
        bound = bounds(spec.limits, spec.system, row.credential_name, row.id)
        return GatedHttp(http, Gate(self._store, self._clock, spec.limits, bound, self._turns)) if bound else http
