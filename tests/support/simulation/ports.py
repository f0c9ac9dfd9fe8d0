"""The ports of one process in the simulation: every call is a place where the seed lets a fault strike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.archive.memory import MemoryArchive
from pipeline.broker.ports import Delivery, Failed, Message
from pipeline.store.engine import Store
from schemas.errors import RateLimited, Retryable
from schemas.topics import DOMAIN_PAGES
from tests.support.simulation.chance import Chance
from tests.support.simulation.processes import PROCESS, Killed

if TYPE_CHECKING:
    from tests.support.simulation.world import World

START = datetime(2026, 6, 1, tzinfo=UTC)


def instant() -> datetime:
    """The true time of the simulated world."""
    return START + timedelta(seconds=asyncio.get_running_loop().time())


class SimulatedClock:
    """The time as the process that asks sees it: its clock may be wrong."""

    def now(self) -> datetime:
        """See ``Clock.now``."""
        process = PROCESS.get()
        return instant() + timedelta(seconds=process.skew if process else 0.0)


class Faults:
    """Strikes at awaits. Everything that reaches out of a process comes through here first."""

    def __init__(self, chance: Chance, world: World) -> None:
        self.chance = chance
        self._world = world

    async def pause(self, place: str, longest: float = 0.05) -> None:
        """Let others run; the process may be killed or frozen here, or just be slow."""
        process = PROCESS.get()
        if process is None:
            await asyncio.sleep(0)
            return
        self._alive()
        if self.chance.strikes("kill"):
            self._world.say("killed", process=process.name, at=place)
            process.kill()
            raise Killed
        if self.chance.strikes("freeze"):
            seconds = self.chance.between("freeze", 5, 100)
            self._world.say("frozen", process=process.name, at=place, seconds=round(seconds))
            process.freeze(seconds)
        await asyncio.sleep(self._latency(longest))
        self._alive()

    def refuse(self, kind: str, what: str) -> None:
        """Raise Retryable or RateLimited if a fault of that kind strikes."""
        self._alive()
        process = PROCESS.get()
        if process is None or not self.chance.strikes(kind):
            return
        self._world.say("refused", process=process.name, what=what)
        if kind != "store" and self.chance.of(kind).random() < 0.3:
            raise RateLimited(f"The simulation throttles: {what}.", retry_after=self.chance.between(kind, 1, 20))
        raise Retryable(f"The simulation refuses: {what}.")

    def _latency(self, longest: float) -> float:
        random = self.chance.of("latency")
        if self.chance.strikes("slow"):
            return random.uniform(0, 40)
        drawn = random.random()
        return 0.0 if drawn < 0.5 else random.uniform(0, longest if drawn < 0.9 else 20 * longest)

    @staticmethod
    def _alive() -> None:
        process = PROCESS.get()
        if process is not None and not process.alive:
            raise Killed


class SimulatedStore(Store):
    """Transactions take turns, reading ones too, as under BEGIN IMMEDIATE. A lost commit may have happened or not."""

    def __init__(self, world: World) -> None:
        super().__init__(world.database.engine)
        self._world = world
        self._faults = world.faults

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """See ``Store.transaction``."""
        await self._faults.pause("begin")
        async with self._world.turn:
            self._faults.refuse("store", "begin of a transaction")
            async with super().transaction() as tx:
                yield tx
                await self._faults.pause("commit")
                self._faults.refuse("store", "commit, undone")
            self._world.committed()
        await self._faults.pause("committed")
        self._faults.refuse("store", "commit, done")

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """See ``Store.reading``."""
        await self._faults.pause("read")
        async with self._world.turn:
            self._faults.refuse("store", "read")
            async with super().reading() as tx:
                try:
                    yield tx
                finally:
                    await tx.rollback()


class SimulatedBroker:
    """The broker as one process sees it. See ``Broker`` for what each call promises."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._queues = world.queues
        self._faults = world.faults

    async def publish(self, topic: str, messages: Sequence[Message]) -> list[Failed]:
        """See ``Broker.publish``; what comes back as failed was not taken."""
        await self._faults.pause("publish")
        self._faults.refuse("broker", f"publish to {topic}")
        failed = []
        for index, message in enumerate(messages):
            if self._faults.chance.strikes("partial"):
                failed.append(Failed(index, "the simulation did not take it"))
            else:
                await self._take(topic, message)
        await self._faults.pause("published")
        self._faults.refuse("broker", f"answer about {topic}, published")
        return failed

    async def _take(self, topic: str, message: Message) -> None:
        internal = topic.startswith("erp-system") or topic == DOMAIN_PAGES
        if not internal and message.body not in self._world.claims.decided:
            self._world.break_off(f"told too early: an event of {topic} was published before it was committed")
        if internal and self._faults.chance.strikes("lost"):
            return
        for _ in range(2 if self._faults.chance.strikes("duplicate") else 1):
            if self._faults.chance.strikes("undelivered"):
                self._queues.keep_undelivered(topic, message)
            else:
                await self._queues.publish(topic, [message])
        self._queues.taken.add(message.body)

    async def send(self, queue: str, messages: Sequence[Message]) -> list[Failed]:
        """See ``Broker.send``."""
        await self._faults.pause("send")
        self._faults.refuse("broker", f"send to {queue}")
        return await self._queues.send(queue, messages)

    async def receive(self, queue: str, *, most: int, wait: float, visibility: float) -> list[Delivery]:
        """See ``Broker.receive``."""
        await self._faults.pause("receive")
        self._faults.refuse("broker", f"receive from {queue}")
        found = await self._queues.receive(queue, most=most, wait=wait, visibility=visibility)
        await self._faults.pause("received")
        return found

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """See ``Broker.acknowledge``."""
        await self._faults.pause("acknowledge")
        self._faults.refuse("broker", "acknowledge")
        await self._queues.acknowledge(deliveries)

    async def hide(self, deliveries: Sequence[Delivery], seconds: float) -> None:
        """See ``Broker.hide``."""
        await self._faults.pause("hide")
        self._faults.refuse("broker", "hide")
        await self._queues.hide(deliveries, seconds)

    async def bury(self, delivery: Delivery, reason: str) -> None:
        """See ``Broker.bury``."""
        await self._faults.pause("bury")
        self._faults.refuse("broker", "bury")
        await self._queues.bury(delivery, reason)

    async def depth(self, queue: str) -> int:
        """See ``Broker.depth``."""
        return await self._queues.depth(queue)


class SimulatedArchive:
    """The archive as one process sees it."""

    def __init__(self, objects: MemoryArchive, faults: Faults) -> None:
        self._objects = objects
        self._faults = faults

    async def put(self, key: str, content: bytes) -> None:
        """See ``Archive.put``; what is refused may be there all the same."""
        await self._faults.pause("put")
        await self._objects.put(key, content)
        self._faults.refuse("archive", "put")

    async def get(self, key: str) -> bytes:
        """See ``Archive.get``; what comes may be damaged, and well the next time."""
        await self._faults.pause("get")
        self._faults.refuse("archive", "get")
        content = await self._objects.get(key)
        return content[1:] if self._faults.chance.strikes("rot") else content

    async def listed(self, prefix: str, after: str = "") -> list[str]:
        """See ``Archive.listed``."""
        await self._faults.pause("listed")
        return await self._objects.listed(prefix, after)

    async def delete(self, keys: list[str]) -> None:
        """See ``Archive.delete``."""
        await self._faults.pause("delete")
        await self._objects.delete(keys)
