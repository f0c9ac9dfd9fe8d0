"""Which connections an operator means, and what the erasure of each reaches as the store stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.erasing import notes
from pipeline.erasing.scope import About, Scope
from pipeline.store import connections, erasures
from pipeline.store.connections import ConnectionRow
from pipeline.store.erasures import Erasure
from schemas.errors import ConfigError

Target = ConnectionRow | Erasure
"""A connection that is there, or the erasure of one: to go on with, or to be looked at once more."""


async def targets(tx: AsyncConnection, connection: str | None, tenant: str | None) -> list[Target]:
    """A connection, or all that a tenant has or had; ConfigError when there is none and none was erased."""
    if tenant is None:
        name = connection or ""
        row, past = await connections.find(tx, name), await erasures.latest(tx, name)
        rows, begun = [row] if row else [], {name: past} if past else {}
    else:
        rows = await connections.of_tenant(tx, tenant)
        begun = {one.connection: one for one in await erasures.of_tenant(tx, tenant)}
    if not rows and not begun:
        what = f"connection {connection}" if tenant is None else f"tenant {tenant}"
        raise ConfigError(f"There is no {what}, and none was erased; erpflow connections list shows those that exist.")
    there = {row.id: row for row in rows if row.state != connections.ERASING}
    return [*there.values(), *(one for name, one in begun.items() if name not in there)]


async def of_connection(tx: AsyncConnection, row: ConnectionRow, together: Sequence[Target]) -> Scope:
    """What erasing a connection would reach now; ``together`` are all that are to leave with it."""
    names = frozenset(one.id for one in together if isinstance(one, ConnectionRow))
    alone = not await erasures.others(tx, row.tenant, names)
    scope = Scope(row.id, row.tenant, row.system, row.credential_name, alone=alone)
    return replace(scope, about=await notes.about(tx, scope))


async def of_erasure(tx: AsyncConnection, erasure: Erasure) -> Scope:
    """What an erasure that was begun reaches now."""
    row = await connections.find(tx, erasure.connection)
    again = row is not None and row.state != connections.ERASING
    scope = Scope(
        erasure.connection, erasure.tenant, erasure.system, erasure.credential, erasure.epoch,
        alone=not await erasures.others(tx, erasure.tenant, frozenset()),
        since=(erasure.ended_at or erasure.began_at) if again else None,
        about=About.from_json(erasure.about),
    )  # fmt: skip
    return scope if erasure.about else replace(scope, about=await notes.about(tx, scope))
