"""Where an erasure reaches, and the look everywhere: what a rehearsal counts before and a proof after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.archive import Archive
from pipeline.broker.ports import Broker
from pipeline.clock import Clock
from pipeline.erasing import notes
from pipeline.erasing.objects import Objects
from pipeline.erasing.places import LAST, PLACES
from pipeline.erasing.scope import Scope
from pipeline.spool import Spool
from pipeline.store import connections
from pipeline.store.engine import Store

ARCHIVE: Final = "archive"
SPOOL: Final = "spool"


@dataclass(frozen=True, slots=True)
class Reach:
    """The store, the archive, this machine's spool of tokens, and the broker for what is told."""

    store: Store
    broker: Broker
    archive: Archive
    spool: Spool
    clock: Clock

    async def look(self, scope: Scope) -> dict[str, int]:
        """How much of the connection there is, by table, in the archive and in the spool."""
        async with self.store.reading() as tx:
            rows = await notes.counted(tx, (*PLACES, *LAST), scope)
        held = await notes.holding(self.store, scope)
        objects = await Objects(self.store, self.archive, scope).count()
        return {**rows, **held, ARCHIVE: objects, SPOOL: len(await self.spooled(scope))}

    async def spooled(self, scope: Scope) -> list[Path]:
        """Files with a token of a credential that nobody else uses."""
        async with self.store.reading() as tx:
            users = {row.id for row in await connections.sharing(tx, scope.credential)}
        if users - ({scope.connection} if scope.epoch is None else set()):
            return []
        whose = (scope.credential, scope.tenant, scope.system)
        return [one.file for one in self.spool.pending() if one.credential == whose]
