"""SQLite with one step to its thread for each statement.

SQLAlchemy takes three: one that makes a cursor, one that executes, one that closes. Each of them wakes a thread and is
waited for, which costs more than most statements of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_cursor


class OneStep:
    """A cursor that is made by executing, and gone when it is let go. All its rows are fetched, or none."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._made: aiosqlite.Cursor | None = None

    async def __aenter__(self) -> OneStep:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Execute one statement."""
        self._made = await self._connection.execute(sql, parameters)

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Execute one statement for each row of parameters."""
        self._made = await self._connection.executemany(sql, parameters)

    async def fetchall(self) -> Iterable[Any]:
        """All rows; none where nothing was executed."""
        return () if self._made is None else await self._made.fetchall()

    async def close(self) -> None:
        """Let the cursor go, whose statement has ended."""
        self._made = None

    @property
    def description(self) -> Any:
        """See DB-API 2.0."""
        return None if self._made is None else self._made.description

    @property
    def rowcount(self) -> int:
        """See DB-API 2.0."""
        return -1 if self._made is None else self._made.rowcount

    @property
    def lastrowid(self) -> int | None:
        """See DB-API 2.0."""
        return None if self._made is None else self._made.lastrowid


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ()

    def _make_new_cursor(self, connection: Any) -> Any:
        return OneStep(connection)


class OneStepConnection(AsyncAdapt_aiosqlite_connection):
    """What SQLAlchemy's engine has for a connection."""

    __slots__ = ()
    _cursor_cls = _Cursor
