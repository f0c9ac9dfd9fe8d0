"""Taking a connection's rows, a bounded number in each transaction; whoever repeats it goes on where it stopped."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.erasing import notes, telling
from pipeline.erasing.places import HANGING, LAST, PLACES, Place, unsent
from pipeline.erasing.reach import Reach
from pipeline.erasing.scope import Scope
from pipeline.store import erasures, tokens
from pipeline.store.erasures import Erasure
from pipeline.store.sql import Key, remove
from pipeline.store.tables import entities, outbox, streams

TOLD = 200
"""Entities told in one go."""


class Removing:
    """Of one erasure. ``removed`` counts by table, what earlier processes took included."""

    def __init__(self, reach: Reach, erasure: Erasure, scope: Scope) -> None:
        self._store = reach.store
        self._broker = reach.broker
        self._clock = reach.clock
        self._erasure = erasure
        self._scope = scope
        self.removed = Counter(erasure.removed)

    async def rows(self) -> None:
        """Take everything but what the rest hangs on. Raises Retryable when the broker does not take what is told."""
        await self.emptied(Place(outbox, unsent))
        for place in PLACES:
            if place.table is entities and self._erasure.tell:
                await self._told()
            await self.emptied(place)

    async def last(self) -> bool:
        """Take the streams, the connection and its credential, unless something came back meanwhile: then false."""
        async with self._store.transaction() as tx:
            # The whole lock: nobody can write a row that hangs on a stream before this transaction has ended.
            mine = streams.c.id.in_(self._scope.about.streams)
            await tx.execute(select(streams.c.id).where(mine).order_by(streams.c.id).with_for_update())
            if any((await notes.counted(tx, HANGING, self._scope)).values()):
                return False
            credential = await tokens.find(tx, self._scope.credential)
            for place in LAST:
                gone = await tx.execute(delete(place.table).where(place.of(self._scope)))
                self.removed[place.name] += gone.rowcount
            values = {"token_epoch": credential.epoch if credential else 0, "ended_at": self._clock.now()}
            await self._note(tx, **values)
        return True

    async def note(self, name: str, many: int) -> None:
        """Count what was removed elsewhere."""
        if not many:
            return
        self.removed[name] += many
        async with self._store.transaction() as tx:
            await self._note(tx)

    async def emptied(self, place: Place) -> int:
        """Take all rows of a place; how many."""
        taken, last = 0, Key()
        while True:
            async with self._store.transaction() as tx:
                rows = await remove(tx, place.table, place.of(self._scope), after=last)
                if rows:
                    self.removed[place.name] += len(rows)
                    await self._note(tx)
            if not rows:
                return taken
            taken, last = taken + len(rows), rows[-1]

    async def _told(self) -> None:
        """Tell entities as deleted, and take them once that is published."""
        while rows := await self._entities():
            self.removed["told"] += await telling.tell_deleted(self._broker, self._erasure, rows)
            async with self._store.transaction() as tx:
                gone = await tx.execute(delete(entities).where(entities.c.id.in_([row.id for row in rows])))
                self.removed["entities"] += gone.rowcount
                await self._note(tx)

    async def _entities(self) -> list[Row[Any]]:
        query = select(entities, streams.c.name.label("stream")).join(streams, streams.c.id == entities.c.stream_id)
        mine = entities.c.stream_id.in_(self._scope.about.streams)
        async with self._store.reading() as tx:
            return list((await tx.execute(query.where(mine).order_by(entities.c.id).limit(TOLD))).all())

    async def _note(self, tx: AsyncConnection, **values: Any) -> None:
        await erasures.note(tx, self._erasure.seq, self._clock.now(), removed=dict(self.removed), **values)
