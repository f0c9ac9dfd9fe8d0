"""The worker's ports with their steps told: what was asked for is done by the real ones, unchanged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from pipeline.archive import Archive
from pipeline.broker.ports import Broker, Delivery, Failed, Message
from pipeline.store import accounts, journal, outbox, runs
from pipeline.store.engine import Store
from pipeline.store.outbox import Claimed
from schemas.pages import DomainPage, PageHead
from tests.support.kills.steps import Steps

_BEFORE = {
    "journaled": "journaling", "marked": "marking", "decided": "deciding", "claimed": "claiming", "sent": "sending",
    "closed": "closing", "swept": "sweeping", "begun": "beginning", "tried": "trying", "taken": "taking",
    "settled": "settling", "ended": "ending", "held": "holding",
}  # fmt: skip
_WRITTEN = "written"


class ToldStore(Store):
    """Tells what a transaction writes, just before its commit and just after."""

    def __init__(self, engine: AsyncEngine, steps: Steps) -> None:
        super().__init__(engine)
        self._steps = steps

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        written: list[tuple[str, dict[str, Any]]] = []
        async with super().transaction() as tx:
            tx.info[_WRITTEN] = written
            yield tx
            for name, what in written:
                self._steps.step(_BEFORE[name], **what)
        for name, what in written:
            self._steps.step(name, **what)


class ToldArchive:
    """Tells what was put away."""

    def __init__(self, archive: Archive, steps: Steps) -> None:
        self._archive = archive
        self._steps = steps
        self.get, self.delete = archive.get, archive.delete

    async def put(self, key: str, content: bytes) -> None:
        await self._archive.put(key, content)
        self._steps.step("archived", page=key)


class ToldBroker:
    """Tells what comes, goes and is acknowledged."""

    def __init__(self, broker: Broker, steps: Steps, events: Events) -> None:
        self._broker = broker
        self._steps = steps
        self._events = events
        self.hide, self.bury, self.depth = broker.hide, broker.bury, broker.depth

    async def publish(self, topic: str, messages: Sequence[Message]) -> list[Failed]:
        failed = await self._broker.publish(topic, messages)
        first = orjson.loads(messages[0].body)
        if not topic.startswith(("information", "notification")):
            self._steps.step("published", page=first["subject"], stream=first["stream"])
        elif origin := self._events.origin_of(first["id"]):
            self._steps.step("told", topic=topic, events=len(messages), page=origin)
        return failed

    async def send(self, queue: str, messages: Sequence[Message]) -> list[Failed]:
        failed = await self._broker.send(queue, messages)
        self._steps.step("woken", page=_subject(messages[0]), wake_ups=len(messages))
        return failed

    async def receive(self, queue: str, *, most: int, wait: float, visibility: float) -> list[Delivery]:
        found = await self._broker.receive(queue, most=most, wait=wait, visibility=visibility)
        for delivery in found:
            self._steps.step("received", page=_subject(delivery), times=delivery.received)
        return found

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        subjects = [_subject(delivery) for delivery in deliveries]
        for subject in subjects:
            self._steps.step("acknowledging", page=subject)
        await self._broker.acknowledge(deliveries)
        for subject in subjects:
            self._steps.step("acknowledged", page=subject)


class Events:
    """Where the events come from that this process has in hand: the page, or the run where that is not known."""

    def __init__(self) -> None:
        self._by_seq: dict[int, str] = {}
        self._by_id: dict[str, tuple[int, str]] = {}

    def keep(self, claimed: Sequence[Claimed], page: str | None) -> list[str]:
        """Remember events; the runs that they are of."""
        ours = [one for one in claimed if one.event.run]
        for one in ours:
            self._by_seq[one.seq] = one.event.id
            self._by_id[one.event.id] = one.seq, page or str(one.event.run)
        return sorted({str(one.event.run) for one in ours})

    def origin_of(self, event: str) -> str | None:
        """The page or run of an event in hand; None for what is told about no page."""
        return self._by_id.get(event, (0, None))[1]

    def drop(self, seqs: Sequence[int]) -> str | None:
        """Forget events; where the first of them came from."""
        known = [self._by_id.pop(self._by_seq.pop(seq))[1] for seq in seqs if seq in self._by_seq]
        return known[0] if known else None


def listen(events: Events) -> None:
    """Note in each transaction what is written to journal, accounts, outbox and runs."""
    after(journal, "append", lambda tx, _, stream, page, *__: note(tx, "journaled", **_page(page.head)))
    after(journal, "mark_published", lambda tx, _, head, *__: note(tx, "marked", **_page(head)))
    after(accounts, "add", decided)
    after(runs, "settle", _settled)
    listen_to_outbox(events)


def listen_to_outbox(events: Events) -> None:
    def added(tx: AsyncConnection, claimed: list[Claimed], *_: Any) -> None:
        events.keep(claimed, tx.info.pop("page", None))

    def claimed(tx: AsyncConnection, found: list[Claimed], *_: Any) -> None:
        if origins := events.keep(found, None):
            note(tx, "claimed", page=origins[0], events=len(found))

    def sent(tx: AsyncConnection, _: None, seqs: Sequence[int], *__: Any) -> None:
        if origin := events.drop(seqs):
            note(tx, "sent", page=origin, events=len(seqs))

    after(outbox, "add", added)
    after(outbox, "claim_late", claimed)
    after(outbox, "mark_sent", sent)


def decided(tx: AsyncConnection, _: None, decided: Sequence[tuple[int, DomainPage, Any]], *__: Any) -> None:
    for _stream, page, _decision in decided:
        tx.info["page"] = _page(page.head)["page"]
        note(tx, "decided", **_page(page.head))


def _settled(tx: AsyncConnection, _: None, run: str, **values: Any) -> None:
    if values.get("state") == "closed":
        note(tx, "closed", page=run)
    if values.get("sweep") == "done":
        note(tx, "swept", page=run)


def after(module: ModuleType, name: str, told: Callable[..., None]) -> None:
    """Have ``told`` hear what a function of the store was given in a transaction, and what it gave."""
    before: Callable[..., Awaitable[Any]] = getattr(module, name)

    async def wrapped(tx: AsyncConnection, *args: Any, **kwargs: Any) -> Any:
        result = await before(tx, *args, **kwargs)
        told(tx, result, *args, **kwargs)
        return result

    setattr(module, name, wrapped)


def note(tx: AsyncConnection, name: str, **what: Any) -> None:
    """Tell of a step just before the commit of this transaction and just after it."""
    tx.info[_WRITTEN].append((name, what))


def _page(head: PageHead) -> dict[str, Any]:
    page = f"{head.run}/{head.number}"
    return {"page": page, "connection": head.connection, "stream": head.stream, "records": head.count}


def _subject(message: Message | Delivery) -> str:
    """The page of a message, or the connection that it wakes."""
    event = orjson.loads(message.body)
    return str(event.get("subject") or event["connection"])
