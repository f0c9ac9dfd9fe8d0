"""A connection's objects in the archive: found by what their keys begin with, and removed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import orjson
from sqlalchemy import select

from pipeline.archive import Archive, keys
from pipeline.erasing.scope import Scope
from pipeline.store.engine import Store
from pipeline.store.tables import entities
from schemas.errors import Poison


class Objects:
    """Of one erasure."""

    def __init__(self, store: Store, archive: Archive, scope: Scope) -> None:
        self._store = store
        self._archive = archive
        self._scope = scope

    async def count(self) -> int:
        """How many hold something of the connection."""
        return sum([len(some) async for some in self._found()])

    async def remove(self) -> int:
        """Remove them; how many. May be repeated."""
        removed = 0
        async for some in self._found():
            await self._archive.delete(list(some))
            removed += len(some)
        return removed

    async def _found(self) -> AsyncIterator[Sequence[str]]:
        tenant, connection = self._scope.tenant, self._scope.connection
        for prefix in keys.of_connection(tenant, connection):
            async for listed in self._listed(prefix):
                if mine := [key for key in listed if self._is_erased(keys.epoch_of(key, prefix))]:
                    yield mine
        async for listed in self._listed(keys.of_older_events(tenant)):
            older = [key for key in listed if keys.is_older_event(key, tenant)]
            if mine := [key for key in older if self._scope.alone or not await self._is_of_others(key)]:
                yield mine

    async def _listed(self, prefix: str) -> AsyncIterator[list[str]]:
        after = ""
        while some := await self._archive.listed(prefix, after):
            yield some
            after = some[-1]

    def _is_erased(self, epoch: int | None) -> bool:
        """What does not say when it was read is erased, unless a new connection of that name may have put it there."""
        if epoch is None:
            return self._scope.since is None
        return self._scope.epoch is None or epoch <= self._scope.epoch

    async def _is_of_others(self, key: str) -> bool:
        """An older key does not name the connection: then the ledger knows whose entity the event was about."""
        try:
            body = orjson.loads(await self._archive.get(key)).get("body") or {}
        except (Poison, orjson.JSONDecodeError, AttributeError):
            return False
        mine = entities.c.stream_id.in_(self._scope.about.streams)
        query = select(entities.c.id).where(entities.c.id == str(body.get("id")), ~mine)
        async with self._store.reading() as tx:
            return (await tx.execute(query)).first() is not None
