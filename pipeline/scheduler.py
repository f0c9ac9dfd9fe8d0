"""The scheduler: sends a wake-up for every connection that has something due. Two of them do no harm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from pipeline.broker.ports import Broker, Message
from pipeline.clock import Clock
from pipeline.store import connections
from pipeline.store.connections import ConnectionRow
from pipeline.store.engine import Store
from schemas.errors import Retryable
from schemas.topics import WAKE_UPS
from schemas.wakeups import wake_up

log = structlog.get_logger()

MOST = 500

LONGEST = timedelta(minutes=5)
"""The longest wait before a wake-up that nobody has taken is sent again."""


@dataclass(frozen=True, slots=True)
class Woken:
    """A wake-up that was sent: the connection's epoch then, and how long the next one waits."""

    epoch: int | None
    patience: timedelta
    until: datetime


def woken(row: ConnectionRow, before: Woken | None, patience: timedelta, now: datetime) -> Woken:
    """What is noted when a connection is woken.

    Has its epoch not moved since it was last woken, then nobody came to take that wake-up: it waits in the queue
    (workers are busy) or is lost. Each further one waits twice as long, so that a busy queue does not fill with them.
    """
    if before and before.epoch == row.lease_epoch:
        patience = min(2 * before.patience, max(LONGEST, patience))
    return Woken(row.lease_epoch, patience, now + patience)


class Scheduler:
    """Wakes connections. What is due is in the store; a wake-up that is lost is sent again after ``patience``."""

    def __init__(self, store: Store, broker: Broker, clock: Clock, patience: timedelta) -> None:
        self._store = store
        self._broker = broker
        self._clock = clock
        self._patience = patience
        self._woken: dict[str, Woken] = {}
        self._after = ""

    async def step(self) -> bool:
        """Wake what is due and was not woken a moment ago, all in turn; true if there may be more."""
        now = self._clock.now()
        self._woken = {name: known for name, known in self._woken.items() if known.until + LONGEST > now}
        async with self._store.reading() as tx:
            due = await connections.due(tx, now, MOST, self._after)
        self._after = due[-1].id if len(due) == MOST else ""
        fresh = [row for row in due if row.id not in self._woken or self._woken[row.id].until <= now]
        if fresh:
            await self._wake(fresh, now)
        return len(due) == MOST

    async def _wake(self, fresh: list[ConnectionRow], now: datetime) -> None:
        messages = [_message(row, now) for row in fresh]
        failed = {failure.index for failure in await self._broker.send(WAKE_UPS, messages)}
        for row in (row for i, row in enumerate(fresh) if i not in failed):
            self._woken[row.id] = woken(row, self._woken.get(row.id), self._patience, now)
        log.debug("woken", action="connections_woken", count=len(fresh) - len(failed))
        if failed:
            raise Retryable(f"{len(failed)} wake-ups were not taken by the queue; they are sent again.")


def _message(row: ConnectionRow, now: datetime) -> Message:
    envelope = wake_up(row.tenant, row.system, row.id, now)
    return Message(envelope.to_json().decode(), group=row.tenant)
