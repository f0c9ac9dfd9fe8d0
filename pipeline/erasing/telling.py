"""What subscribers hear of an erasure: one notice always, and each entity as deleted where that is asked for.

It is published straight away and not by the outbox, which is emptied: whoever repeats a step tells it again, with the
same ids.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from distributor.events import outbox_message
from pipeline.broker.ports import MAX_MESSAGE, Broker, Message
from pipeline.store import ledger
from pipeline.store.erasures import Erasure
from schemas.envelope import Envelope
from schemas.errors import Retryable
from schemas.information import EntityChange, EventHead, information_event
from schemas.notifications import ConnectionErased, notification_event
from schemas.version import ReadNumber


async def tell_erased(broker: Broker, erasure: Erasure) -> None:
    """Tell that the connection is erased. Raises Retryable when the topic does not take it."""
    about = ConnectionErased(
        tenant=erasure.tenant, connection=erasure.connection, system=erasure.system, at=erasure.began_at,
        version=_version(erasure),
    )  # fmt: skip
    await _publish(broker, [notification_event(about)])


async def tell_deleted(broker: Broker, erasure: Erasure, rows: Sequence[Row[Any]]) -> int:
    """Tell entities as deleted, with a version above all that were told; how many.

    ``rows`` are of the ledger, with the stream's name. One too big for a message is left to the notice: what it would
    refer to in the archive goes, too. Raises Retryable when a topic does not take one.
    """
    told = [_event(erasure, row) for row in rows if not row.deleted]
    light = [event for event in told if len(event.to_json()) <= MAX_MESSAGE]
    await _publish(broker, light)
    return len(light)


async def _publish(broker: Broker, events: Sequence[Envelope]) -> None:
    by_topic: dict[str, list[Message]] = defaultdict(list)
    for event in events:
        one = outbox_message(event)
        by_topic[one.topic].append(Message(one.body, one.attributes, one.tenant))
    for topic, some in by_topic.items():
        if failed := await broker.publish(topic, some):
            raise Retryable(f"Topic {topic} did not take {len(failed)} events ({failed[0].reason}); erase again.")


def _event(erasure: Erasure, row: Row[Any]) -> Envelope:
    found = ledger.entity_row(row)
    head = EventHead(erasure.tenant, erasure.connection, erasure.system, row.stream, "sweep", erasure.began_at)
    return information_event(head, EntityChange(found.entity, "deleted", _version(erasure), found.body))


def _version(erasure: Erasure) -> str:
    return str(ReadNumber(erasure.epoch, 0).at(0))
