"""Pages that come late: their connection was erased after they were read, and their content may be gone with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pipeline.broker.codec import head_of
from pipeline.store import erasures
from pipeline.store.engine import Store
from schemas.errors import Poison

P = TypeVar("P")


async def page_of(store: Store, unpack: Callable[[str], Awaitable[P]], body: str) -> P:
    """The page of a message. One that cannot be read because its connection was erased raises Superseded, not Poison.

    A page that can be read is not looked at here: whoever writes it asks under the stream's lock.
    """
    try:
        return await unpack(body)
    except Poison:
        if head := head_of(body):
            async with store.reading() as tx:
                await erasures.refuse(tx, head)
        raise
