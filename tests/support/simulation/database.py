"""A store without threads: SQLAlchemy's async engine over one SQLite connection in memory, called on the spot.

The tables are made once per Python process by the real migrations; every seed begins with a copy of that database.
"""

from __future__ import annotations

import asyncio
import sqlite3
from functools import cache
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool, Pool
from sqlalchemy.util.concurrency import await_

from pipeline.store import migrate
from pipeline.store.engine import Store, from_json, to_json


class _Cursor(sqlite3.Cursor):
    async def _async_soft_close(self) -> None:
        """What SQLAlchemy calls on cursors of async drivers."""


class _Borrowed:
    """The one connection under a name of its own, so that giving it back twice or late touches nobody else's."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def cursor(self) -> _Cursor:
        return self._raw.cursor(_Cursor)

    def commit(self) -> None:
        self._raw.commit()

    def rollback(self) -> None:
        self._raw.rollback()

    def close(self) -> None:
        return


class InlineSqlite(SQLiteDialect_pysqlite):
    """The driver of the standard library where an async one is expected: no call ever has to be waited for."""

    driver = "inline"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        return NullPool

    def on_connect(self) -> None:
        return None

    def get_driver_connection(self, connection: Any) -> Any:
        return connection

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        await_(_at_once())
        super().do_execute(cursor, statement, parameters, context)

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        await_(_at_once())
        super().do_executemany(cursor, statement, parameters, context)


async def _at_once() -> None:
    """SQLAlchemy insists on an await within each statement; this one never waits."""


registry.register("sqlite.inline", __name__, "InlineSqlite")


class Database:
    """The one connection, and the engine over it. Transactions must take turns: ``SimulatedStore`` sees to that."""

    def __init__(self) -> None:
        self.raw = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self.raw.execute("PRAGMA foreign_keys=ON")
        self.engine = _engine(self.raw)

    def reset(self, template: sqlite3.Connection) -> None:
        """Make it a copy of another database."""
        template.backup(self.raw)


@cache
def fresh() -> tuple[Database, sqlite3.Connection]:
    """A database for this Python process, and the template with its tables."""
    database = Database()
    asyncio.run(migrate.upgrade(Store(database.engine)))
    template = sqlite3.connect(":memory:", check_same_thread=False)
    database.raw.backup(template)
    return database, template


def empty() -> Database:
    """The database of this Python process, with its tables and no row. One simulation at a time may use it."""
    database, template = fresh()
    database.reset(template)
    return database


def _engine(raw: sqlite3.Connection) -> AsyncEngine:
    engine = create_async_engine(
        "sqlite+inline://", creator=lambda: _Borrowed(raw), pool_reset_on_return=None, hide_parameters=True,
        json_serializer=to_json, json_deserializer=from_json,
    )  # fmt: skip

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(_connection: Any) -> None:
        raw.execute("BEGIN IMMEDIATE")

    return engine
