"""Very many records through every worker, each a process of its own: books, deletes, and memory.

What memory needs is reached after some pages. From then on it must not grow with the records: that shows with a few
ten thousand as it does with ERPFLOW_MEMORY_RECORDS=300000, which the nightly run has.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from pipeline import bootstrap, connecting, syncing
from pipeline.aws.access import AwsAccess
from pipeline.clock import SystemClock
from pipeline.settings import Settings
from pipeline.store import connections, figures
from pipeline.store.engine import Store
from pipeline.store.tables import entities
from tests.support.stores import new_database
from tests.support.worker_process import ACME, WorkerProcess, acme_registry, worker_process

EACH = int(os.environ.get("ERPFLOW_MEMORY_RECORDS", "60000")) // 3
"""Customers, jobs, and hours."""
GONE = EACH // 100
MOST_MB = 200
MOST_BYTES_EACH = 150
"""How much memory may grow for each record that is read after the first third; a kept record takes over 1,000."""
LONGEST = 1800.0
CONNECTION = "acme"
KINDS = {"customers": "customer", "jobs": "project", "hours": "time_entry"}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")


@pytest.fixture
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite, unless ERPFLOW_MEMORY_STORE=postgres: the server would take its share of the same cores."""
    if os.environ.get("ERPFLOW_MEMORY_STORE", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite3'}"
    return new_database(request.getfixturevalue("postgres_server"))


@pytest.fixture
def found(aws: AwsAccess, prefix: str, tmp_path: Path, store_url: str) -> Settings:
    return Settings(
        home=tmp_path,
        store=store_url,
        endpoint=aws.endpoint,
        region=aws.region,
        access_key=SecretStr(aws.access_key or ""),
        secret_key=SecretStr(aws.secret_key or ""),
        prefix=prefix,
        bucket=f"{prefix}archive",
        log_level="warning",
        wait_seconds=1,
    )


@pytest.fixture
def acme() -> Iterator[Any]:
    sys.path.insert(0, str(ACME))
    try:
        from acme_server import AcmeServer
    finally:
        sys.path.remove(str(ACME))
    with AcmeServer(EACH, EACH, EACH) as server:
        yield server


async def test_many_records_and_a_full_scan_take_no_worker_200_mb_or_more_with_each_record(
    acme: Any, found: Settings
) -> None:
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(bootstrap.open_store(found))
        await _connect(store, found, acme)
        workers = [await stack.enter_async_context(worker_process(kind, found)) for kind in bootstrap.WORKERS]
        await _third_told(store)
        early = _peaks(workers)
        await _settled(store, "first load")
        assert await _live(store) == dict.fromkeys(KINDS.values(), EACH)

        gone = {str(id) for id in range(1, EACH + 1, EACH // GONE)}
        for id in gone:
            assert acme.delete("hours", int(id))
        await _ask_in_full(store)
        await _settled(store, "full scan")

        assert await _deleted(store) == {("time_entry", key) for key in gone}
        assert await _live(store) == dict.fromkeys(KINDS.values(), EACH) | {"time_entry": EACH - len(gone)}
        await _check_books(store)
        _check_memory(early, _peaks(workers))


async def _connect(store: Store, found: Settings, acme: Any) -> None:
    spec = acme_registry().get("acme").spec
    identity = CONNECTION, "tenant", "1"
    given = {"base_url": acme.url}, {"api_key": acme.key}
    row = connecting.new_connection(spec, identity, *given, bootstrap.vault(found))
    async with store.transaction() as tx:
        await connections.add(tx, row, SystemClock().now())


async def _ask_in_full(store: Store) -> None:
    async with store.transaction() as tx:
        spec = acme_registry().get("acme").spec
        ids = await syncing.ask(tx, spec, CONNECTION, [], SystemClock().now())
        await syncing.ask_in_full(tx, ids)


async def _settled(store: Store, what: str) -> None:
    """Wait until everything that is due was read, and its books are closed."""
    began = time.monotonic()
    async with asyncio.timeout(LONGEST):
        while not await _is_settled(store):
            await asyncio.sleep(1)
    print(f"{what}: {time.monotonic() - began:.0f} s for {3 * EACH} records")


async def _third_told(store: Store) -> None:
    async with asyncio.timeout(LONGEST):
        while sum((await _live(store)).values()) < EACH:
            await asyncio.sleep(0.2)


async def _is_settled(store: Store) -> bool:
    async with store.reading() as tx:
        streams = await figures.of_streams(tx)
        waiting = await tx.exec_driver_sql("select count(*) from streams where full_due")
        if waiting.scalar_one() or len(streams) < len(KINDS):
            return False
        return syncing.settled(streams, sum((await figures.unfinished(tx)).values()))


async def _live(store: Store) -> dict[str, int]:
    async with store.reading() as tx:
        return await figures.live_entities(tx)


async def _deleted(store: Store) -> set[tuple[str, str]]:
    query = select(entities.c.entity, entities.c.key).where(entities.c.deleted)
    async with store.reading() as tx:
        return {(row.entity, row.key) for row in await tx.execute(query)}


async def _check_books(store: Store) -> None:
    async with store.reading() as tx:
        assert await figures.unbalanced(tx) == []
        assert await figures.open_letters(tx) == 0
        streams = {one.name: one.counts for one in await figures.of_streams(tx)}
        sent = await figures.events_sent(tx)
    for name in KINDS:
        assert streams[name]["created"] == EACH
        assert streams[name]["updated"] == streams[name]["rejected"] == streams[name]["held"] == 0
        assert streams[name]["unchanged"] >= EACH - GONE
    assert {streams[name]["deleted"] for name in KINDS} == {0, GONE}
    assert sent["information-customer"] == sent["information-project"] == EACH
    assert sent["information-time-entry"] == EACH + GONE


def _peaks(workers: list[WorkerProcess]) -> dict[str, float]:
    """The most memory that each had so far, in MB."""
    return {worker.kind: worker.peak() / 1024**2 for worker in workers}


def _check_memory(early: dict[str, float], peaks: dict[str, float]) -> None:
    print({kind: f"{early[kind]:.0f} MB, then {peak:.0f} MB" for kind, peak in peaks.items()})
    assert max(peaks.values()) < MOST_MB, peaks
    grown = max(peak - early[kind] for kind, peak in peaks.items())
    read = 2 * EACH + 3 * EACH  # the rest of the first load, and the scan
    assert grown * 1024**2 < MOST_BYTES_EACH * read, (early, peaks)
