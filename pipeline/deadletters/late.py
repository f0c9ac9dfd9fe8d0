"""Dead messages of connections that were erased since they were sent."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.broker.codec import head_of
from pipeline.broker.ports import Delivery
from pipeline.store import connections, erasures
from schemas import envelope
from schemas.errors import Poison
from schemas.version import Version


async def is_late(tx: AsyncConnection, delivery: Delivery) -> bool:
    """Whether a message is of a connection that was erased after what it tells was read.

    What does not say when it was read is late unless there is a connection of that name again.
    """
    connection = _connection(delivery)
    if connection is None:
        return False
    fence, epoch = await erasures.fence(tx, connection), _epoch(delivery.body)
    if fence < 0:
        return False
    if epoch is not None:
        return epoch <= fence
    row = await connections.find(tx, connection)
    return row is None or row.state == connections.ERASING


def _connection(delivery: Delivery) -> str | None:
    try:
        return delivery.attributes.get("connection") or envelope.decode(delivery.body).connection
    except Poison:
        return None


def _epoch(body: str) -> int | None:
    """When it was read: of a page by its head, of an event by the version that it tells."""
    if head := head_of(body):
        return head.read.epoch
    try:
        return Version.parse(str(envelope.decode(body).data["version"])).epoch
    except (Poison, KeyError, TypeError, ValueError):
        return None
