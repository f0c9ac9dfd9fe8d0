"""The first visit to a stream without entities: only what changes from now on is of interest, so nothing is loaded."""

from __future__ import annotations

from connectors import cursors
from connectors.base import Mode, ReadRequest
from connectors.cursors import Cursor
from pipeline.stages import highs
from pipeline.stages.visit import StreamVisit
from pipeline.store import streams
from pipeline.store.engine import Store
from schemas.keys import source_key


async def prime(store: Store, at: StreamVisit) -> None:
    """Set the cursor to the present. May be repeated.

    What lies within the overlap is read once to be remembered, or the first increment would take it for news.
    """
    cursor = await _present(at)
    async with store.transaction() as tx:
        await at.visit.keep(tx)
        await streams.settle(tx, at.row.id, cursor=cursor.to_json(), loaded=True)
    at.visit.loaded.add(at.spec.name)


async def _present(at: StreamVisit) -> Cursor:
    increment, now = at.spec.increment, at.visit.clock.now()
    if increment is None:
        return cursors.start(None)
    cursor = highs.first(await at.visit.session.stamp(at.spec), increment.overlap, now)
    since, position, more = cursors.since(cursor, increment.overlap), None, cursor.newest is not None
    while more:
        answer = await at.visit.session.read(ReadRequest(at.spec, Mode.INCREMENT, position, since))
        keys = [source_key(record, at.spec.key) for record in answer.records]
        cursor = highs.after(cursor, answer, keys, increment.overlap, now, load=True)
        position, more = answer.position, answer.position is not None
    return cursor
