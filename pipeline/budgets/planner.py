"""The planner as the workers use it: the plan of a connection, from what is in the store."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.spec import ConnectorSpec
from pipeline import schedule
from pipeline.budgets.cadence import Plan, Sharers, plan
from pipeline.clock import Clock
from pipeline.store import connections, runs
from pipeline.store.connections import ConnectionRow
from pipeline.store.engine import Store

KEPT_FOR = timedelta(minutes=1)
"""How long a new connection may go unnoticed by the plans of those that share its limits."""


class Planner:
    """Plans on demand, and keeps a plan for a minute."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._kept: dict[str, tuple[datetime, Plan]] = {}

    async def stretch(self, spec: ConnectorSpec, row: ConnectionRow) -> float:
        """The factor by which the intervals of a connection's streams must grow; 1.0 without limits."""
        return (await self.of(spec, row)).stretch if spec.limits.rates else 1.0

    async def of(self, spec: ConnectorSpec, row: ConnectionRow) -> Plan:
        """The plan of a connection."""
        now = self._clock.now()
        until, kept = self._kept.get(row.id, (now, None))
        if kept is None or until <= now:
            kept = await self._made(spec, row)
            self._kept[row.id] = (now + KEPT_FOR, kept)
        return kept

    async def _made(self, spec: ConnectorSpec, row: ConnectionRow) -> Plan:
        async with self._store.reading() as tx:
            sharers = Sharers(*await connections.sharers(tx, row))
            sighted = await runs.last_sighted(tx, row.id)
        pages = {s.name: -(-sighted.get(s.name, 1) // s.page_size) or 1 for s in spec.streams}
        own = {s.name: schedule.every(s, row.schedule) for s in spec.streams}
        return plan(spec, sharers, pages, own)
