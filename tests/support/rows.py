"""Rows that tests of the store begin with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.store import connections, streams
from pipeline.store.connections import ConnectionRow
from pipeline.store.engine import Store
from pipeline.store.journal import JournalPage
from pipeline.store.streams import StreamRow
from pipeline.store.tables import metadata
from schemas.pages import PageHead
from schemas.version import ReadNumber

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def connection_row(connection: str = "acme-fake", **changes: Any) -> ConnectionRow:
    values: dict[str, Any] = {
        "id": connection, "tenant": "acme", "system": "fake", "company": connection, "settings": {}, "schedule": {},
        "rules": [], "sensitive": [], "state": "active", "reason": None, "secrets": b"sealed",
    }  # fmt: skip
    return ConnectionRow(**{**values, **changes})


async def connected(store: Store, connection: str = "acme-fake", *names: str) -> list[StreamRow]:
    """A connection with its streams (``customers`` where none is named)."""
    async with store.transaction() as tx:
        await connections.add(tx, connection_row(connection), NOW)
        return await streams.ensure(tx, connection, names or ("customers",), NOW)


def head(run: str = "1-1", number: int = 0, read: tuple[int, int] = (1, 2), **changes: Any) -> PageHead:
    values: dict[str, Any] = {
        "tenant": "acme", "connection": "acme-fake", "system": "fake", "company": "1", "stream": "customers",
        "run": run, "number": number, "read": ReadNumber(*read), "origin": "increment", "read_at": NOW, "count": 1,
        "traceparent": "00-" + "1" * 32 + "-" + "2" * 16 + "-01",
    }  # fmt: skip
    return PageHead(**{**values, **changes})


def page(at: PageHead, archive_key: str | None = None) -> JournalPage:
    return JournalPage(at, b'[{"id":1}]', archive_key, "digest", 10)


async def count(tx: AsyncConnection, table: str) -> int:
    return int((await tx.execute(select(func.count()).select_from(metadata.tables[table]))).scalar_one())


async def counted(store: Store, table: str) -> int:
    async with store.reading() as tx:
        return await count(tx, table)


async def aged(store: Store, table: str, **values: Any) -> None:
    """Set columns of every row of a table: what time would have done."""
    async with store.transaction() as tx:
        await tx.execute(update(metadata.tables[table]).values(**values))
