"""A subscriber as the documents describe one: ``schemas.reader`` over a queue of its own. It counts repetitions."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pipeline import bootstrap
from pipeline.bootstrap import Runtime
from pipeline.topology.apply import ensure
from pipeline.topology.wanted import add_subscriber
from schemas.entities import ENTITIES
from schemas.reader import Latest, open_event
from schemas.topics import information_topic
from tests.support.kills.standing import timeless

QUEUE = "reader"
READERS = 6


class Reader:
    """``deliveries`` counts each event by its id; ``changes`` what was news, by entity and change."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._latest = Latest()
        self.deliveries: Counter[str] = Counter()
        self.created: Counter[str] = Counter()
        self.subjects: set[str] = set()
        self.news = 0

    @property
    def duplicates(self) -> int:
        """Deliveries beyond the first of each event."""
        return self.deliveries.total() - len(self.deliveries)

    def state(self) -> dict[str, Any]:
        """The body of every entity that was ever told of, without the time of reading; None for deleted ones."""
        bodies = {subject: self._latest.get(subject) for subject in self.subjects}
        return {subject: body and timeless(body) for subject, body in bodies.items()}

    async def read(self) -> None:
        """Read for ever."""
        broker = self._runtime.broker
        while True:
            for delivery in (found := await broker.receive(QUEUE, most=10, wait=1, visibility=60)):
                await self._take(delivery.body)
            if found:
                await broker.acknowledge(found)

    async def _take(self, body: str) -> None:
        event = await open_event(body, self._runtime.archive.get)
        first = event.id not in self.deliveries
        self.deliveries[event.id] += 1
        self.subjects.add(str(event.subject))
        self.created[str(event.subject)] += first and event.change == "created"
        self.news += self._latest.take(event)


@asynccontextmanager
async def reading(runtime: Runtime) -> AsyncIterator[Reader]:
    """A reader of all Information topics, while the block runs."""
    topology = add_subscriber(
        bootstrap.topology(runtime.settings, runtime.registry), QUEUE, [information_topic(one) for one in ENTITIES]
    )
    await ensure(bootstrap.access(runtime.settings), topology)
    reader = Reader(runtime)
    tasks = [asyncio.create_task(reader.read()) for _ in range(READERS)]
    try:
        yield reader
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        failed = [one for one in ended if not isinstance(one, asyncio.CancelledError)]
        assert failed == []
