"""Giving a new subscriber the present state: the ledger as events, tombstones included, into its queue alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sqlalchemy import select

from distributor.events import outbox_message
from pipeline.archive import Archive
from pipeline.broker.ports import Broker, Message
from pipeline.broker.weight import lightened
from pipeline.store import ledger
from pipeline.store.engine import Store
from pipeline.store.tables import entities, streams
from schemas.entities import ENTITIES
from schemas.envelope import Change, Envelope
from schemas.errors import ConfigError, Retryable
from schemas.information import EntityChange, EventHead, information_event

BATCH = 500


async def republish(
    store: Store, broker: Broker, archive: Archive, entity: str, queue: str, tenant: str | None = None
) -> int:
    """Send every entity of a kind to a queue, by id; how many. May be repeated: readers keep the newest version.

    Raises ConfigError for an unknown kind or queue, Retryable when the queue does not take an event.
    """
    if entity not in ENTITIES:
        raise ConfigError(f"There is no entity {entity}; there are: {', '.join(ENTITIES)}.")
    sent = 0
    async for batch in _batches(store, entity, tenant):
        messages = [await _message(event, archive) for event in batch]
        if failed := await broker.send(queue, messages):
            raise Retryable(f"Queue {queue} did not take {len(failed)} events ({failed[0].reason}); republish again.")
        sent += len(messages)
    return sent


async def _message(event: Envelope, archive: Archive) -> Message:
    light = await lightened(outbox_message(event), archive)
    return Message(light.body, light.attributes, light.tenant)


async def _batches(store: Store, entity: str, tenant: str | None) -> AsyncIterator[list[Envelope]]:
    last = ""
    while True:
        query = select(entities, streams.c.connection, streams.c.system, streams.c.name).join(streams)
        query = query.where(entities.c.entity == entity, entities.c.id > last).order_by(entities.c.id).limit(BATCH)
        if tenant:
            query = query.where(entities.c.tenant == tenant)
        async with store.reading() as tx:
            rows = (await tx.execute(query)).all()
        if not rows:
            return
        yield [_event(row) for row in rows]
        last = rows[-1].id


def _event(row) -> Envelope:  # type: ignore[no-untyped-def]  # a row of the query above
    found = ledger.entity_row(row)
    head = EventHead(row.tenant, row.connection, row.system, row.name, "republish", row.changed_at)
    change: Change = "deleted" if found.deleted else "created"
    return information_event(head, EntityChange(found.entity, change, str(found.version), found.body))
