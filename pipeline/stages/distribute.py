"""The distributor worker: a domain page into ledger, outbox and accounts in one transaction, then events to topics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.brake import Brake
from distributor.decide import decide, may_delete
from distributor.events import messages
from pipeline import telling
from pipeline.broker.codec import PageCodec
from pipeline.broker.ports import Delivery
from pipeline.clock import Clock
from pipeline.observability import trace_id
from pipeline.stages import deciding, late
from pipeline.stages.outbox import OutboxPublisher
from pipeline.store import accounts, erasures, ledger, outbox, streams
from pipeline.store.engine import Store
from pipeline.store.outbox import Claimed
from schemas.errors import Poison
from schemas.pages import DomainPage

DISTRIBUTOR = "distributor"

log = structlog.get_logger()


class DistributeStage:
    """Handles domain pages. Pages of one stream take turns by the lock on its row; a repeated page does nothing."""

    def __init__(self, store: Store, codec: PageCodec, publisher: OutboxPublisher, clock: Clock) -> None:
        self._store = store
        self._codec = codec
        self._publisher = publisher
        self._clock = clock

    async def handle(self, delivery: Delivery) -> None:
        """Decide and publish; raises Poison for what is no page, Retryable when store or broker do not answer.

        Superseded for a page whose connection was erased since.
        """
        page = await late.page_of(self._store, self._codec.unpack_domain, delivery.body)
        async with self._store.transaction() as tx:
            claimed = await self._commit(tx, page)
        if claimed:
            await self._publisher.publish(claimed)

    async def _commit(self, tx: AsyncConnection, page: DomainPage) -> Sequence[Claimed]:
        try:
            stream_id = await streams.lock(tx, page.head.connection, page.head.stream)
        except LookupError as error:
            await erasures.refuse(tx, page.head)
            raise Poison(f"A page is of the unknown {error.args[0]}; look where it comes from.") from None
        await erasures.refuse(tx, page.head)
        if await accounts.exists_for(tx, page.head):
            return []
        now = self._clock.now()
        state = await ledger.state(tx, stream_id, page)
        brake = await ledger.brake(tx, stream_id, now) if may_delete(page, state.records) else Brake(0)
        decision = decide(page, state, brake)
        await deciding.write(tx, {stream_id: [(page, decision)]}, now)
        await _follow_up(tx, page, now)
        events = [
            *messages(page.head, decision),
            *telling.of_decision(page.head, await telling.loud(tx, decision, now), brake, now),
        ]
        log.info("page decided", action="page_decided", run=page.head.run, number=page.head.number,
                 connection=page.head.connection, stream=page.head.stream, events=len(events),
                 trace_id=trace_id(page.head.traceparent))  # fmt: skip
        until = now + self._publisher.grace
        return await outbox.add(tx, events, self._publisher.claim, now, until)


async def _follow_up(tx: AsyncConnection, page: DomainPage, now: datetime) -> None:
    for stream, some in groupby(sorted(page.follow_ups, key=lambda one: one.stream), key=lambda one: one.stream):
        stream_id = await streams.find(tx, page.head.connection, stream)
        await streams.request(tx, stream_id, [one.key for one in some], now)
