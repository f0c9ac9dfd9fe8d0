"""Clearing the audit trail and old replays, and what points to a connection from there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import Column, Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.erasing.places import PLACES
from pipeline.erasing.scope import About, Scope
from pipeline.erasing.trail import cleared_action, cleared_replay
from pipeline.store.actions import Action
from pipeline.store.engine import Store
from pipeline.store.sql import CHUNK, count
from pipeline.store.tables import actions, letters, messages, replays, streams

_MESSAGES = next(place for place in PLACES if place.table is messages)


async def about(tx: AsyncConnection, scope: Scope) -> About:
    """What points to the connection: to be looked up before its letters and messages go."""
    mine = select(streams.c.id).where(streams.c.connection == scope.connection)
    of_letters, of_messages = letters.c.stream_id.in_(mine), _MESSAGES.of(scope)

    async def distinct(column: Column[Any], condition: Any) -> set[Any]:
        query = select(column).where(condition, column.is_not(None)).distinct()
        return set((await tx.execute(query)).scalars())

    causes = await distinct(letters.c.cause, of_letters) | await distinct(messages.c.cause, of_messages)
    others = await distinct(letters.c.cause, ~of_letters) | await distinct(messages.c.cause, ~of_messages)
    return About(
        streams=frozenset((await tx.execute(mine)).scalars()),
        messages=frozenset(await distinct(messages.c.id, of_messages)),
        replays=frozenset(await distinct(letters.c.tried_by, of_letters))
        | frozenset(await distinct(messages.c.tried_by, of_messages)),
        causes=frozenset(causes - others),
    )


async def holding(store: Store, scope: Scope) -> dict[str, int]:
    """How many entries of the audit trail and replays hold something of the connection."""
    found = {"actions": 0, "replays": 0}
    async for table, changes in _changes(store, scope):
        found[table] += len(changes)
    return found


async def clear(store: Store, scope: Scope) -> dict[str, int]:
    """Clear them, some in each transaction; how many. May be repeated."""
    done = {"actions": 0, "replays": 0}
    async for name, changes in _changes(store, scope):
        table, key = (actions, actions.c.seq) if name == "actions" else (replays, replays.c.id)
        async with store.transaction() as tx:
            for number, values in changes.items():
                await tx.execute(update(table).where(key == number).values(**values))
        done[name] += len(changes)
    return done


async def _changes(store: Store, scope: Scope) -> AsyncIterator[tuple[str, dict[int, dict[str, Any]]]]:
    """By table and some at a time: the columns that are to change, by the row's number."""
    for table, key, change in ((actions, actions.c.seq, _of_action), (replays, replays.c.id, _of_replay)):
        last = 0
        while True:
            query = select(table).where(key > last).order_by(key).limit(CHUNK)
            async with store.reading() as tx:
                rows = (await tx.execute(query)).all()
            if not rows:
                break
            last = getattr(rows[-1], key.name)
            found = {getattr(row, key.name): values for row in rows if (values := change(row, scope))}
            if found:
                yield str(table.name), found


def _of_action(row: Row[Any], scope: Scope) -> dict[str, Any] | None:
    clean = cleared_action(Action(row.who, row.what, row.target, row.why, row.details), scope)
    return {"target": clean.target, "why": clean.why, "details": clean.details} if clean else None


def _of_replay(row: Row[Any], scope: Scope) -> dict[str, Any] | None:
    return cleared_replay(row._asdict(), scope)


async def counted(tx: AsyncConnection, places: Any, scope: Scope) -> dict[str, int]:
    """How many rows of the connection each place has."""
    return {place.name: await count(tx, place.table, place.of(scope)) for place in places}
