"""Many rows in one statement. PostgreSQL is given them as one JSON text: a parameter for each value, or a statement
for each row, costs several times more on both sides. SQLite, which is called in this process, takes them one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, FromClause, Table, Text, cast, column, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import JSON, TypeEngine

from pipeline.store.engine import to_json
from pipeline.store.sql import chunks

Rows = Sequence[dict[str, Any]]
"""Rows of a table as values by column; all of them have the same columns."""


async def insert(tx: AsyncConnection, table: Table, rows: Rows) -> None:
    """Insert rows."""
    for part in chunks(rows):
        if tx.dialect.name == "postgresql":
            await tx.execute(_from_json(table, part))
        else:
            await tx.execute(sqlite.insert(table), list(part))


async def inserted(tx: AsyncConnection, table: Table, rows: Rows, *wanted: Column[Any]) -> list[Any]:
    """Insert rows and give these columns of them, in any order."""
    found: list[Any] = []
    for part in chunks(rows):
        if tx.dialect.name == "postgresql":
            found += await tx.execute(_from_json(table, part).returning(*wanted))
        else:
            found += await tx.execute(sqlite.insert(table).returning(*wanted), list(part))
    return found


async def replace(tx: AsyncConnection, table: Table, rows: Rows, keep: Sequence[str] = ()) -> None:
    """Insert rows over those with the same primary key, but for the columns in ``keep``; no key comes twice."""
    keys = [one.name for one in table.primary_key]
    for part in chunks(rows):
        on_postgres = tx.dialect.name == "postgresql"
        statement: Any = _from_json(table, part) if on_postgres else sqlite.insert(table)
        changed = {one.name: statement.excluded[one.name] for one in table.columns if one.name not in {*keys, *keep}}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
        await tx.execute(statement, None if on_postgres else list(part))


def pairs(tx: AsyncConnection, some: Iterable[tuple[int, str]]) -> FromClause:
    """A table with the columns ``number`` and ``text``, to be joined: rows of many streams by key."""
    if tx.dialect.name == "postgresql":
        rows = [{"number": number, "text": text} for number, text in some]
        return _given(rows, {"number": BigInteger(), "text": Text()})
    each = func.json_each(to_json([list(pair) for pair in some])).table_valued("value", name="each")
    number, text = (func.json_extract(each.c.value, place) for place in ("$[0]", "$[1]"))
    return select(number.label("number"), text.label("text")).select_from(each).subquery("given")


def _from_json(table: Table, rows: Rows) -> postgresql.Insert:
    names = list(rows[0])
    given = _given(rows, {name: table.c[name].type for name in names})
    return postgresql.insert(table).from_select(names, select(*(given.c[name] for name in names)))


def _given(rows: Rows, types: dict[str, TypeEngine[Any]]) -> FromClause:
    text = cast(literal(to_json(rows), Text()), JSON())
    columns = [column(name, type_) for name, type_ in types.items()]
    return func.json_to_recordset(text).table_valued(*columns, name="given").render_derived(with_types=True)
