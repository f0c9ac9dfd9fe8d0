"""The transformer worker: a raw page becomes a domain page. No state of its own but the plans it has compiled."""

from __future__ import annotations

import structlog

from connectors.registry import Registry
from pipeline.broker.codec import PageCodec
from pipeline.broker.ports import Broker, Delivery
from pipeline.clock import Clock
from pipeline.observability import trace_id
from pipeline.stages import late
from pipeline.stages.plans import Plans
from pipeline.store.engine import Store
from schemas.errors import Retryable
from schemas.topics import DOMAIN_PAGES
from transformer.transform import transform

TRANSFORMER = "transformer"

log = structlog.get_logger()


class TransformStage:
    """Handles raw pages; any number of tasks and processes at once, each page any number of times."""

    def __init__(self, store: Store, broker: Broker, codec: PageCodec, registry: Registry, clock: Clock) -> None:
        self._store = store
        self._broker = broker
        self._codec = codec
        self._plans = Plans(store, registry, clock)

    async def handle(self, delivery: Delivery) -> None:
        """Map a page and publish the result; raises Poison, Retryable or ConfigError (no such connector).

        Superseded for a page whose connection was erased since.
        """
        page = await late.page_of(self._store, self._codec.unpack_raw, delivery.body)
        plan, context = await self._plans.of(page.head)
        domain = transform(plan, page, context)
        failed = await self._broker.publish(DOMAIN_PAGES, [await self._codec.pack_domain(domain)])
        if failed:
            raise Retryable(f"Topic {DOMAIN_PAGES} did not take a page ({failed[0].reason}); it is mapped again.")
        log.info("page mapped", action="page_mapped", run=page.head.run, number=page.head.number,
                 connection=page.head.connection, stream=page.head.stream, trace_id=trace_id(page.head.traceparent),
                 rejected=sum(result.status == "rejected" for result in domain.results))  # fmt: skip
