"""Small pieces of SQL that both databases share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Table, delete, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")

CHUNK = 1000
"""Values in one IN list or rows in one statement: far below the parameter limits of both databases."""


def upsert(tx: AsyncConnection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT, in the dialect of the connection."""
    return postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)


def replacing(tx: AsyncConnection, table: Table, keep: Sequence[str] = ()) -> Any:
    """An INSERT that overwrites the row with the same primary key, but for the columns in ``keep``."""
    statement = upsert(tx, table)
    keys = [column.name for column in table.primary_key]
    changed = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in {*keys, *keep}}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The values in slices of at most ``size``."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


Key = tuple[Any, ...]


async def remove(
    tx: AsyncConnection, table: Table, condition: ColumnElement[bool], most: int = CHUNK, after: Key | None = None
) -> list[Key]:
    """Delete up to ``most`` rows for which the condition holds; their keys.

    Whoever takes all of them names the last key that was taken (``()`` at first) as ``after``: then nothing is looked
    at twice, and the keys come in order.
    """
    keys = list(table.primary_key)
    query = select(*keys).where(condition).limit(most)
    if after is not None:
        query = query.order_by(*keys)
    if after:
        query = query.where(tuple_(*keys) > after)
    rows = [tuple(row) for row in await tx.execute(query)]
    if rows:
        await tx.execute(delete(table).where(tuple_(*keys).in_(rows)))
    return rows


async def count(tx: AsyncConnection, table: Table, condition: ColumnElement[bool]) -> int:
    """For how many rows the condition holds."""
    return int((await tx.execute(select(func.count()).select_from(table).where(condition))).scalar_one())
