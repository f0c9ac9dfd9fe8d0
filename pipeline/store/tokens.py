"""Credentials: the token that an issuer gave last, and who may ask for the next one.

Every claim has a number of its own. A token is kept if no later claim has kept one: so a process that wakes late with
a good answer is heard, and never overwrites what came after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.store import erasures
from pipeline.store.sql import upsert
from pipeline.store.tables import credentials


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """A credential as stored; ``secrets`` and ``token`` are still encrypted."""

    name: str
    tenant: str
    system: str
    state: str
    reason: str | None
    token_epoch: int
    epoch: int
    issued_at: datetime | None
    expires_at: datetime | None
    keep_at: datetime | None
    claim_until: datetime | None
    tried_at: datetime | None
    try_at: datetime | None
    failures: int
    secrets: bytes | None = field(repr=False)
    token: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """A token to be stored, encrypted, with the claim that it was issued to."""

    epoch: int
    token: bytes = field(repr=False)
    issued_at: datetime
    expires_at: datetime | None
    keep_at: datetime | None


async def find(tx: AsyncConnection, name: str) -> CredentialRow | None:
    """The credential of that name."""
    found = (await tx.execute(_one(name))).one_or_none()
    return None if found is None else _row(found)


async def lock(tx: AsyncConnection, name: str, tenant: str, system: str) -> CredentialRow:
    """The credential, made if there is none, and locked until the end of the transaction."""
    claimed = await erasures.claims(tx, name)  # of an erased one: whoever still has a token of it comes too late
    values = {"name": name, "tenant": tenant, "system": system, "epoch": claimed, "token_epoch": claimed}
    await tx.execute(upsert(tx, credentials).values(values).on_conflict_do_nothing(index_elements=["name"]))
    return _row((await tx.execute(_one(name).with_for_update())).one())


async def claim(tx: AsyncConnection, row: CredentialRow, now: datetime, until: datetime) -> CredentialRow:
    """Take the right to ask the issuer, under the row's lock; gives the row with the claim's number.

    ``tried_at`` says from now on that an answer may be lost; an older attempt's stays.
    """
    changed = update(credentials).where(credentials.c.name == row.name)
    values = {"epoch": row.epoch + 1, "claim_until": until, "tried_at": row.tried_at or now}
    return _row((await tx.execute(changed.values(values).returning(credentials))).one())


async def keep(tx: AsyncConnection, name: str, kept: Kept) -> bool:
    """Store a token; a dead credential lives again. False when a later claim has stored one already."""
    same = credentials.c.name == name
    values = {column.name: getattr(kept, column.name) for column in fields(kept) if column.name != "epoch"}
    stored = await tx.execute(
        update(credentials)
        .where(same, credentials.c.token_epoch < kept.epoch)
        .values(values | {"token_epoch": kept.epoch, "state": "active", "reason": None})
    )
    ended = {"claim_until": None, "tried_at": None, "try_at": None, "failures": 0}
    await tx.execute(update(credentials).where(same, credentials.c.epoch == kept.epoch).values(ended))
    return bool(stored.rowcount)


async def fail(tx: AsyncConnection, row: CredentialRow, try_at: datetime, tried_at: datetime | None) -> None:
    """Give a claim back without a token; ``tried_at`` None where the issuer's answer is known."""
    values = {"claim_until": None, "tried_at": tried_at, "try_at": try_at, "failures": row.failures + 1}
    same = (credentials.c.name == row.name) & (credentials.c.epoch == row.epoch)
    await tx.execute(update(credentials).where(same).values(values))


async def bury(tx: AsyncConnection, row: CredentialRow, reason: str) -> bool:
    """The issuer refused; false when a token was stored since the row was read: that one is another."""
    values = {"state": "dead", "reason": reason, "claim_until": None, "tried_at": None, "try_at": None}
    same = credentials.c.name == row.name, credentials.c.token_epoch == row.token_epoch
    changed = await tx.execute(update(credentials).where(*same, credentials.c.state != "dead").values(values))
    return bool(changed.rowcount)


async def revive(tx: AsyncConnection, name: str) -> None:
    """Let a dead credential be tried once more; an operator asked for it."""
    dead = (credentials.c.name == name) & (credentials.c.state == "dead")
    await tx.execute(update(credentials).where(dead).values(state="active", reason=None, try_at=None, failures=0))


async def set_secrets(tx: AsyncConnection, name: str, sealed: bytes) -> None:
    """Replace the secrets that its connections share."""
    await tx.execute(update(credentials).where(credentials.c.name == name).values(secrets=sealed))


async def needing(tx: AsyncConnection, now: datetime, most: int) -> list[CredentialRow]:
    """Live credentials that nobody renews now and somebody must: an attempt is open, or idleness would end them."""
    columns = credentials.c
    free = or_(columns.claim_until.is_(None), columns.claim_until <= now)
    allowed = or_(columns.try_at.is_(None), columns.try_at <= now)
    wanted = or_(columns.tried_at.is_not(None), columns.keep_at <= now)
    query = select(credentials).where(columns.state == "active", free, allowed, wanted)
    return [_row(found) for found in await tx.execute(query.order_by(columns.name).limit(most))]


async def leave(tx: AsyncConnection, name: str) -> None:
    """Nobody uses it any more: it needs no keeping."""
    await tx.execute(update(credentials).where(credentials.c.name == name).values(tried_at=None, keep_at=None))


def _one(name: str) -> Any:
    return select(credentials).where(credentials.c.name == name)


def _row(found: Any) -> CredentialRow:
    return CredentialRow(**{column.name: getattr(found, column.name) for column in fields(CredentialRow)})
