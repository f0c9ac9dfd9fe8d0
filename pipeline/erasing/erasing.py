"""Erasing connections: rehearsed, begun, gone through with, and proved by looking everywhere once more.

First the connection is marked, so that nothing more comes of it; then its rows go, a bounded number at a time, then its
objects in the archive, then what the rest hangs on. Whatever stops it, it is gone on with: by the same command, or by
the scheduler worker, which also looks again for what comes late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from pipeline.broker.names import DISTRIBUTOR, TRANSFORMER, dead_letters
from pipeline.erasing import beginning, notes, scopes, telling
from pipeline.erasing.beginning import Order
from pipeline.erasing.objects import Objects
from pipeline.erasing.places import LATE
from pipeline.erasing.reach import ARCHIVE, SPOOL, Reach
from pipeline.erasing.removing import Removing
from pipeline.erasing.scope import Scope
from pipeline.erasing.scopes import Target
from pipeline.erasing.trail import ERASING
from pipeline.store import actions, erasures
from pipeline.store.actions import Action
from pipeline.store.connections import ConnectionRow
from pipeline.store.erasures import Erasure
from schemas.errors import ConfigError, Retryable
from schemas.topics import WAKE_UPS

log = structlog.get_logger()

ABANDONED: Final = timedelta(minutes=5)
"""After so long without progress, the scheduler worker goes on with an erasure."""

WATCHED: Final = timedelta(days=19)
"""How long it is looked for what comes late: queues keep messages for 4 days, their dead-letter queues for 14."""

ROUNDS: Final = 5
"""How often rows are taken anew because something came back; more often, and something writes that should not."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is of one connection, by table and store."""

    connection: str
    tenant: str
    found: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Proof:
    """What an erasure removed, and what is left by another look everywhere."""

    erasure: Erasure
    left: Mapping[str, int]

    @property
    def holds(self) -> bool:
        """Whether nothing is left."""
        return not any(self.left.values())


class Erasing:
    """Erases. Everything may be repeated, and two processes at once do no harm."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._store = reach.store

    async def targets(self, connection: str | None, tenant: str | None) -> list[Target]:
        """See ``scopes.targets``."""
        async with self._store.reading() as tx:
            return await scopes.targets(tx, connection, tenant)

    async def rehearse(self, some: Sequence[Target]) -> list[Counts]:
        """What there is of each. Changes nothing."""
        found = []
        for one in some:
            async with self._store.reading() as tx:
                if isinstance(one, ConnectionRow):
                    scope = await scopes.of_connection(tx, one, some)
                else:
                    scope = await scopes.of_erasure(tx, one)
            found.append(Counts(scope.connection, scope.tenant, await self._reach.look(scope)))
        return found

    async def begin(self, some: Sequence[Target], order: Order) -> list[Erasure]:
        """Mark all of them, so that none of them is read while another one is erased.

        Raises ConfigError where entities are to be told and the erasure of one was begun without it.
        """
        for one in some:
            if isinstance(one, Erasure) and order.tell and not one.tell:
                raise ConfigError(f"The erasure of {one.connection} was begun without --tell; leave it out.")
        return [await self._begun(one, order) if isinstance(one, ConnectionRow) else one for one in some]

    async def work(self, erasure: Erasure, order: Order) -> Proof:
        """Go through with an erasure, or look again at one that has ended, and prove it.

        Raises Retryable when store, archive or broker do not answer, or something keeps writing; then it is to be
        gone on with.
        """
        if erasure.ended_at is None:
            await self._through(await self._surveyed(erasure))
        else:
            await self._late(erasure)
        proof = await self._proof(erasure)
        left = {name: many for name, many in proof.left.items() if many}
        details = {"removed": dict(proof.erasure.removed), "left": left}
        async with self._store.transaction() as tx:
            now = self._reach.clock.now()
            await actions.add(tx, Action(order.who, ERASING, erasure.connection, order.why, details), now)
        log.info("erasure proved", action="erasure_proved", connection=erasure.connection, left=left)
        return proof

    async def step(self) -> bool:
        """Go on with what was left in the middle, and take what came late; the erasures' loop calls this."""
        now = self._reach.clock.now()
        async with self._store.reading() as tx:
            abandoned = await erasures.abandoned(tx, now - ABANDONED)
            watched = await erasures.ended_since(tx, now - WATCHED)
        for erasure in abandoned:
            await self.work(erasure, Order("erpflow", "It was left in the middle."))
        for erasure in watched:
            if late := await self._late(erasure):
                log.warning("late rows removed", action="erasure_late", connection=erasure.connection, removed=late)
        return False

    async def waiting(self) -> dict[str, int]:
        """About how many messages, of whomever, wait in our queues: what of them comes late is dropped unread."""
        queues = (WAKE_UPS, TRANSFORMER, DISTRIBUTOR)
        return {name: await self._reach.broker.depth(name) for one in queues for name in (one, dead_letters(one))}

    async def _begun(self, row: ConnectionRow, order: Order) -> Erasure:
        async with self._store.transaction() as tx:
            erasure = await beginning.begin(tx, row, order, self._reach.clock.now())
        log.info("erasure began", action="erasure_began", connection=row.id, epoch=erasure.epoch)
        return erasure

    async def _surveyed(self, erasure: Erasure) -> Erasure:
        """With what points to the connection, looked up once whatever was being decided has ended."""
        if erasure.about is not None:
            return erasure
        await beginning.wait_for_deciders(self._store, erasure)
        async with self._store.transaction() as tx:
            scope = await scopes.of_erasure(tx, erasure)
            await erasures.note(tx, erasure.seq, self._reach.clock.now(), about=scope.about.as_json())
            return await erasures.get(tx, erasure.seq)

    async def _through(self, erasure: Erasure) -> None:
        await telling.tell_erased(self._reach.broker, erasure)
        scope = await self._scope(erasure)
        removing = Removing(self._reach, erasure, scope)
        for _ in range(ROUNDS):
            await removing.rows()
            for name, many in (await notes.clear(self._store, scope)).items():
                await removing.note(name, many)
            await removing.note(ARCHIVE, await Objects(self._store, self._reach.archive, scope).remove())
            await removing.note(SPOOL, await self._unspool(scope))
            if await removing.last():
                return
        raise Retryable(
            f"Connection {erasure.connection} gets new rows while it is erased; stop what still writes them, such as "
            "workers of an older erpflow, then erase it again."
        )

    async def _late(self, erasure: Erasure) -> int:
        """Take what came after the end, from wherever something may come; how many rows and objects."""
        scope = await self._scope(erasure)
        removing = Removing(self._reach, erasure, scope)
        rows = sum([await removing.emptied(place) for place in LATE])
        objects = await Objects(self._store, self._reach.archive, scope).remove()
        await removing.note(ARCHIVE, objects)
        return rows + objects + await self._unspool(scope)

    async def _unspool(self, scope: Scope) -> int:
        files = await self._reach.spooled(scope)
        for file in files:
            self._reach.spool.drop(file)
        return len(files)

    async def _proof(self, erasure: Erasure) -> Proof:
        async with self._store.reading() as tx:
            erasure = await erasures.get(tx, erasure.seq)
        return Proof(erasure, await self._reach.look(await self._scope(erasure)))

    async def _scope(self, erasure: Erasure) -> Scope:
        async with self._store.reading() as tx:
            return await scopes.of_erasure(tx, erasure)
