from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.events import OutboxMessage
from pipeline.store import migrate, outbox
from pipeline.store.engine import Store

NOW = datetime(2026, 6, 1, tzinfo=UTC)
EVENTS = [OutboxMessage(f"id-{n}", "information-customer", "{}", {}, "acme", "1-1") for n in range(50)]


async def statements(
    store: Store, work: Callable[[AsyncConnection], Awaitable[Any]]
) -> list[tuple[str, tuple[Any, ...]]]:
    """What the work asks the database, with parameters."""
    seen: list[tuple[str, tuple[Any, ...]]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    engine = store.engine.sync_engine
    async with store.transaction() as tx:
        event.listen(engine, "before_cursor_execute", note)
        try:
            await work(tx)
        finally:
            event.remove(engine, "before_cursor_execute", note)
    return seen


async def test_the_relay_reads_no_event_that_was_sent(tmp_path: Path) -> None:
    async with Store.open(f"sqlite:///{tmp_path / 'store.sqlite3'}") as store:
        await migrate.upgrade(store)
        ((query, parameters),) = await statements(store, lambda tx: outbox.claim_late(tx, "me", NOW, NOW, 500))
        async with store.reading() as tx:
            plan = await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", parameters)
            steps = [row[3] for row in plan]
    assert steps
    assert all("ix_outbox_unsent" in step for step in steps if "outbox" in step)
    assert not any("TEMP B-TREE" in step for step in steps)


async def test_the_events_of_a_page_are_written_by_one_statement(tmp_path: Path) -> None:
    async with Store.open(f"sqlite:///{tmp_path / 'store.sqlite3'}") as store:
        await migrate.upgrade(store)
        assert len(await statements(store, lambda tx: outbox.add(tx, EVENTS, "me", NOW, NOW))) == 1


async def test_each_event_is_claimed_with_the_row_it_is_kept_in(tmp_path: Path) -> None:
    async with Store.open(f"sqlite:///{tmp_path / 'store.sqlite3'}") as store:
        await migrate.upgrade(store)
        async with store.transaction() as tx:
            claimed = await outbox.add(tx, EVENTS, "me", NOW, NOW)
        async with store.transaction() as tx:
            late = await outbox.claim_late(tx, "other", NOW, NOW, 500)
    assert {one.seq: one.event.id for one in claimed} == {one.seq: one.event.id for one in late}
    assert [one.event.id for one in claimed] == [event.id for event in EVENTS]
