"""Beginning an erasure: from this transaction on nobody reads the connection, and what was read of it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.erasing.trail import ERASING
from pipeline.store import actions, erasures, leases
from pipeline.store.actions import Action
from pipeline.store.connections import ERASING as STATE
from pipeline.store.connections import ConnectionRow
from pipeline.store.engine import Store
from pipeline.store.erasures import Erasure
from pipeline.store.tables import connections, streams
from schemas.errors import ConfigError

_EMPTY: Final[dict[str, Any]] = {"settings": {}, "schedule": {}, "rules": [], "sensitive": [], "secrets": None}


@dataclass(frozen=True, slots=True)
class Order:
    """Who has it erased, why, and whether each entity is told as deleted."""

    who: str
    why: str | None = None
    tell: bool = False


async def wait_for_deciders(store: Store, erasure: Erasure) -> None:
    """Return when whoever had a stream of the connection locked as it was marked has ended.

    Who locks one later finds the mark. Writers that hold no stream come to nothing by their lost lease.
    """
    async with store.reading() as tx:
        mine = select(streams.c.id).where(streams.c.connection == erasure.connection)
        numbers = list((await tx.execute(mine.order_by(streams.c.id))).scalars())
    for number in numbers:
        async with store.transaction() as tx:
            await tx.execute(select(streams.c.id).where(streams.c.id == number).with_for_update())


async def begin(tx: AsyncConnection, row: ConnectionRow, order: Order, now: datetime) -> Erasure:
    """Mark a connection. Its lease ends, its secrets go at once, and its epoch is drawn.

    Raises ConfigError when somebody else began meanwhile; then that is to be gone on with.
    """
    same = (connections.c.id == row.id) & (connections.c.state != STATE)
    if (await tx.execute(select(connections.c.id).where(same).with_for_update())).scalar() is None:
        raise ConfigError(f"Connection {row.id} is being erased by somebody else; erase it again to go on with it.")
    epoch = await leases.next_epoch(tx)
    ended = {"lease_owner": None, "lease_until": None, "lease_epoch": epoch}
    marked = {"state": STATE, "reason": "It is being erased.", **_EMPTY, **ended}
    await tx.execute(update(connections).where(same).values(marked))
    last = await tx.execute(select(func.max(streams.c.id)).where(streams.c.connection == row.id))
    values = {"connection": row.id, "tenant": row.tenant, "system": row.system, "epoch": epoch, "tell": order.tell,
              "credential": row.credential_name, "last_stream": last.scalar() or 0}  # fmt: skip
    await actions.add(tx, Action(order.who, ERASING, row.id, order.why, {"began": True, "tell": order.tell}), now)
    return await erasures.add(tx, values, now)
