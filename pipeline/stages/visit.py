"""One visit to a connection: what all steps of it share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.base import Session
from connectors.spec import StreamSpec
from pipeline.clock import Clock
from pipeline.store import leases
from pipeline.store.connections import ConnectionRow
from pipeline.store.leases import Lease
from pipeline.store.streams import StreamRow
from schemas.pages import PageHead


@dataclass(slots=True)
class Visit:
    """A lease on a connection and an open session, until ``turn_ends``: then the next wake-up goes on."""

    connection: ConnectionRow
    lease: Lease
    session: Session
    clock: Clock
    lease_for: timedelta
    turn_ends: datetime
    traceparent: str
    stretch: float = 1.0
    """By how much the limits of the ERP lengthen the intervals of the connection's streams."""
    loaded: set[str] = field(default_factory=set)
    """Streams whose first load was completed during this visit."""
    sent: list[tuple[PageHead, datetime]] = field(default_factory=list)
    """Pages that were published, and when, and are not marked as published yet."""

    async def keep(self, tx: AsyncConnection) -> None:
        """Prolong the lease within a transaction; raises Superseded if it is lost, which undoes the transaction."""
        await leases.renew(tx, self.lease, self.clock.now() + self.lease_for)

    def over(self) -> bool:
        """Whether others should have a turn."""
        return self.clock.now() >= self.turn_ends


@dataclass(frozen=True, slots=True)
class StreamVisit:
    """The visit seen from one stream."""

    visit: Visit
    spec: StreamSpec
    row: StreamRow
