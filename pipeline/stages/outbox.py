"""Publishing decided events: right after the commit by the worker that decided, by the relay for what was left."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby

import structlog

from distributor.events import OutboxMessage
from pipeline.archive import Archive
from pipeline.broker.ports import Broker, Message
from pipeline.broker.weight import lightened
from pipeline.clock import Clock
from pipeline.store import outbox
from pipeline.store.engine import Store
from pipeline.store.outbox import Claimed
from schemas.errors import ConfigError, RateLimited, Retryable

log = structlog.get_logger()


class OutboxPublisher:
    """Publishes claimed events and marks those that the broker took. Delivery is at least once and unordered."""

    def __init__(
        self, store: Store, broker: Broker, archive: Archive, clock: Clock, claim: str, grace: timedelta
    ) -> None:
        self._store = store
        self._broker = broker
        self._archive = archive
        self._clock = clock
        self.claim = claim
        self.grace = grace

    async def publish(self, claimed: Sequence[Claimed]) -> int:
        """Publish events, topic by topic; what fails stays for the relay. Returns how many were taken.

        Raises Retryable when the store cannot be reached; what was published then is published again.
        """
        ordered = sorted(claimed, key=lambda one: one.event.topic)
        groups = [(topic, list(some)) for topic, some in groupby(ordered, key=lambda one: one.event.topic)]
        taken = await asyncio.gather(*(self._topic(topic, some) for topic, some in groups))
        seqs = [seq for some in taken for seq in some]
        if seqs:
            async with self._store.transaction() as tx:
                await outbox.mark_sent(tx, seqs, self.claim, self._clock.now())
        return len(seqs)

    async def relay(self, most: int = 500) -> int:
        """Publish what other workers left behind; the relay's loop calls this at every tick."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            claimed = await outbox.claim_late(tx, self.claim, now, now + self.grace, most)
        return await self.publish(claimed) if claimed else 0

    async def _topic(self, topic: str, some: Sequence[Claimed]) -> list[int]:
        try:
            messages = [_message(await lightened(one.event, self._archive)) for one in some]
            failed = {failure.index: failure.reason for failure in await self._broker.publish(topic, messages)}
        except ConfigError as error:
            # One message that the broker never takes must not keep the others back.
            if len(some) > 1:
                return [seq for one in some for seq in await self._topic(topic, [one])]
            failed = {0: str(error)}
        except (Retryable, RateLimited) as error:
            failed = dict.fromkeys(range(len(some)), str(error))
        if failed:
            log.warning("events not taken", action="events_left", topic=topic, count=len(failed),
                        reason=next(iter(failed.values())))  # fmt: skip
        return [one.seq for index, one in enumerate(some) if index not in failed]


def _message(event: OutboxMessage) -> Message:
    return Message(event.body, event.attributes, event.tenant)
