"""Transactions of the store: nothing is lost between them, whoever else writes."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from datetime import datetime

import pytest
from sqlalchemy import insert, select, text, update

from pipeline.store.engine import Store
from pipeline.store.tables import connections, counters
from schemas.errors import ConfigError, ErpflowError, Poison, Retryable
from tests.support.rows import NOW, connected, connection_row, count
from tests.support.stores import only_postgres, only_sqlite

COUNTER = counters.c.name == "test"

COUNT_UP = """
import asyncio, sys
from sqlalchemy import select, update
from pipeline.store.engine import Store
from pipeline.store.tables import counters

async def once(store):
    async with store.transaction() as tx:
        value = (await tx.execute(select(counters.c.value).where(counters.c.name == "test"))).scalar_one()
        await tx.execute(update(counters).where(counters.c.name == "test").values(value=value + 1))

async def main():
    async with Store.open(sys.argv[1]) as store:
        async with store.reading():
            pass
        print("ready", flush=True)
        sys.stdin.readline()
        await asyncio.gather(*(once(store) for _ in range(50)))

asyncio.run(main())
"""


async def start(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.execute(insert(counters).values(name="test", value=0))


async def value(store: Store) -> int:
    async with store.reading() as tx:
        return int((await tx.execute(select(counters.c.value).where(COUNTER))).scalar_one())


async def count_up(store: Store) -> None:
    """Read, then write what was read plus one: lost wherever two do it at once unprotected."""
    async with store.transaction() as tx:
        found = await tx.execute(select(counters.c.value).where(COUNTER).with_for_update())
        await tx.execute(update(counters).where(COUNTER).values(value=found.scalar_one() + 1))


async def test_twenty_at_once_lose_no_update(store: Store) -> None:
    await start(store)
    await asyncio.gather(*(count_up(store) for _ in range(20)))
    assert await value(store) == 20


@only_sqlite  # PostgreSQL locks rows, whatever the process
async def test_two_processes_lose_no_update_on_sqlite(store: Store, store_url: str) -> None:
    await start(store)
    program = (sys.executable, "-c", COUNT_UP, store_url)
    others = [await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE) for _ in range(2)]
    assert [await other.stdout.readline() for other in others if other.stdout] == [b"ready\n"] * 2
    ends = [asyncio.create_task(other.communicate(b"go\n")) for other in others]
    await asyncio.gather(*(count_up(store) for _ in range(50)))
    await asyncio.gather(*ends)
    assert [other.returncode for other in others] == [0, 0]
    assert await value(store) == 150


async def test_whoever_reads_is_not_kept_waiting_by_a_writer(store: Store) -> None:
    await start(store)
    async with store.transaction() as tx:
        await tx.execute(update(counters).where(COUNTER).values(value=7))
        async with asyncio.timeout(5):
            assert await value(store) == 0
    assert await value(store) == 7


async def test_any_failure_undoes_the_transaction_and_the_next_one_works(store: Store) -> None:
    await start(store)

    async def fail(error: BaseException) -> None:
        async with store.transaction() as tx:
            await tx.execute(update(counters).where(COUNTER).values(value=7))
            raise error

    for error in (ErpflowError("ours"), KeyError("theirs")):
        with pytest.raises(type(error)):
            await fail(error)
    assert await value(store) == 0
    await count_up(store)
    assert await value(store) == 1


async def test_a_cancelled_transaction_is_undone_and_the_next_one_works(store: Store) -> None:
    await start(store)
    written = asyncio.Event()

    async def hang() -> None:
        async with store.transaction() as tx:
            await tx.execute(update(counters).where(COUNTER).values(value=7))
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await written.wait()
    task.cancel()
    await asyncio.wait({task})
    async with asyncio.timeout(10):
        await count_up(store)
    assert await value(store) == 1


async def test_errors_of_the_database_are_ours_and_show_no_values(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.execute(insert(connections).values(created_at=NOW, **_values("taken")))
    with pytest.raises(Retryable) as caught:
        async with store.transaction() as tx:
            await tx.execute(insert(connections).values(created_at=NOW, **_values("taken", settings={"x": "hush"})))
    assert "hush" not in str(caught.value) + str(caught.value.__cause__)
    with pytest.raises(ConfigError, match="store migrate"):
        async with store.transaction() as tx:
            await tx.execute(text("select * from no_such_table"))


@only_postgres  # SQLite keeps any text
async def test_a_value_that_the_database_cannot_keep_is_not_waited_for(store: Store) -> None:
    with pytest.raises(Poison, match="cannot keep a value") as caught:
        async with store.transaction() as tx:
            await tx.execute(insert(counters).values(name="x\x00", value=1))
    assert "\n" not in str(caught.value)


async def test_an_instant_without_a_zone_is_refused(store: Store) -> None:
    naive = datetime(2026, 6, 1)  # noqa: DTZ001
    with pytest.raises(ErpflowError, match="without a zone"):
        async with store.transaction() as tx:
            await tx.execute(insert(connections).values(created_at=naive, **_values("x")))
    async with store.reading() as tx:
        assert await count(tx, "connections") == 0


async def test_an_instant_comes_back_as_it_was_in_utc(store: Store) -> None:
    await connected(store)
    async with store.reading() as tx:
        assert (await tx.execute(select(connections.c.created_at))).scalar_one() == NOW


def _values(connection: str, **changes: object) -> dict[str, object]:
    row = connection_row(connection)
    names = ("id", "tenant", "system", "company", "settings", "schedule", "rules", "sensitive", "state")
    return {**{name: getattr(row, name) for name in names}, **changes}
