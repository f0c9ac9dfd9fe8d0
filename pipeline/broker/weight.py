"""Public events too heavy for a message: their data goes into the archive, and its key travels as ``dataref``."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

import orjson

from distributor.events import OutboxMessage
from pipeline.archive import keys
from pipeline.archive.ports import Archive
from pipeline.broker.ports import MAX_MESSAGE
from schemas.envelope import decode


async def lightened(message: OutboxMessage, archive: Archive) -> OutboxMessage:
    """The message as it can travel; the same message has the same key for ever. Raises Retryable from the archive.

    The object is the plain JSON of the event's ``data``: what ``schemas.reader.open_event`` expects to fetch.
    """
    if len(message.body) <= MAX_MESSAGE // 4 or len(message.body.encode()) <= MAX_MESSAGE:
        return message
    event = decode(message.body)
    content = orjson.dumps(event.data)
    version = event.data.get("version") if isinstance(event.data, dict) else None
    name = f"{event.id}-{blake2b(content, digest_size=16).hexdigest()}"
    key = keys.of_event((event.tenant, event.connection), version, name)
    await archive.put(key, content)
    light = event.model_copy(update={"data": None, "dataref": key})
    return replace(message, body=light.to_json().decode())
