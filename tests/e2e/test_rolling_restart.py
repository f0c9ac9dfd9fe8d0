"""Two of every worker are replaced one by one in mid-sync, and the tables change under them: nobody notices."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from pipeline import bootstrap
from pipeline.aws.access import AwsAccess
from pipeline.store import figures, migrate
from pipeline.store.engine import Store
from pipeline.store.tables import journal
from schemas.entities import ENTITIES
from schemas.reader import Latest
from schemas.topics import NOTIFICATIONS, information_topic, notification_topic
from tests.support.acme_erp import AcmeErp, acme_erp
from tests.support.deployment import WorkerProcess, full, new_settings
from tests.support.lost_broker import assert_follows, follow, ledger
from tests.support.next_release import NEXT as NEXT_REVISION
from tests.support.next_release import OWN
from tests.support.programs import NEXT, THIS, Programs, connect, settled, started
from tests.support.subscriber import Subscriber, subscribed

TENANTS = tuple(f"tenant-{number}" for number in range(30))
EACH = {"customer": 150, "project": 20, "time_entry": 30}
"""Records of each tenant."""
TOO_OLD = (
    f"The store has the tables of revision {OWN:04} and this erpflow works with {NEXT_REVISION:04}; "
    "run erpflow store migrate, then start this again."
)


async def pages(store: Store) -> int:
    async with store.reading() as tx:
        return int((await tx.execute(select(func.count()).select_from(journal))).scalar_one())


async def loaded(store: Store) -> int:
    """Streams whose first load is complete."""
    async with store.reading() as tx:
        return sum(stream.loaded for stream in await figures.of_streams(tx))


async def more_pages(store: Store, seconds: float = 60) -> None:
    """Wait until something was read from now on."""
    before = await pages(store)
    async with asyncio.timeout(seconds):
        while await pages(store) <= before:
            await asyncio.sleep(0.05)


class Fleet:
    """Two workers of each kind; ``replace`` starts a new one of some release while the oldest of its kind stops."""

    def __init__(self, stack: AsyncExitStack, programs: Programs) -> None:
        self._stack = stack
        self._programs = programs
        self._workers: dict[str, list[WorkerProcess]] = {}

    async def start(self) -> None:
        halves = [await started(self._stack, self._programs, *bootstrap.WORKERS) for _ in range(2)]
        self._workers = {name: [half[name] for half in halves] for name in bootstrap.WORKERS}

    async def replace(self, name: str, release: str) -> None:
        old = self._workers[name].pop(0)
        starting = self._stack.enter_async_context(self._programs.worker("run", name, release=release))
        new, _ = await asyncio.gather(starting, self._programs.stop(old))
        self._workers[name].append(new)

    async def stop(self) -> None:
        await asyncio.gather(*(self._programs.stop(one) for some in self._workers.values() for one in some))


async def roll(fleet: Fleet, programs: Programs, store: Store) -> None:
    """A restart of the same release, a revision of the tables, an old worker that comes back, and then the update."""
    await more_pages(store)
    for name in ("connector", "distributor"):
        await fleet.replace(name, THIS)
    status, _, error = await programs.run("run", "connector", release=NEXT)
    assert (status, error) == (2, f"erpflow: {TOO_OLD}\n"), "a worker changes no tables"
    status, _, error = await programs.run("store", "migrate", release=NEXT)
    assert status == 0, error
    assert (await migrate.standing(store)).stored == NEXT_REVISION
    await more_pages(store)
    await fleet.replace("connector", THIS)
    for name in bootstrap.WORKERS:
        await fleet.replace(name, NEXT)
    assert await loaded(store) < len(TENANTS) * len(EACH), "the sync was over before the update"


async def test_two_of_every_worker_are_replaced_one_by_one_while_the_tables_change(
    aws: AwsAccess, prefix: str, tmp_path: Path, store_url: str, acme_package: Path
) -> None:
    settings = new_settings(aws, store_url, prefix, tmp_path, stop_seconds=2, concurrency=2)
    programs = Programs(settings, acme_package)
    topics = full(settings, [information_topic(entity) for entity in ENTITIES])
    notices = full(settings, [notification_topic(kind) for kind in NOTIFICATIONS])
    with acme_erp(*EACH.values()) as erp:
        async with (
            bootstrap.open_store(settings) as store,
            subscribed(aws, prefix + "information", topics) as information,
            subscribed(aws, prefix + "notices", notices) as told,
            AsyncExitStack() as stack,
        ):
            fleet = Fleet(stack, programs)
            await fleet.start()
            erp.seconds = 0.4
            await connect(store, settings, erp, *TENANTS)
            await roll(fleet, programs, store)
            erp.seconds = 0.0
            await settled(store, len(TENANTS) * len(EACH))
            await asyncio.gather(information.drained(), told.drained())
            await check(store, erp, information, told)
            await fleet.stop()
    assert programs.complaints() == []


async def check(store: Store, erp: AcmeErp, information: Subscriber, told: Subscriber) -> None:
    found = await ledger(store)
    assert Counter(kind for kind, _ in found.alive.values()) == {k: n * len(TENANTS) for k, n in EACH.items()}
    latest = Latest()
    follow(latest, information.events)
    assert_follows(latest, found)
    by_id: dict[str, dict[str, Any]] = {event["id"]: event for event in information.events}
    assert Counter(event["change"] for event in by_id.values()) == {"created": len(found.alive)}
    print("events", len(by_id), "duplicates", len(information.events) - len(by_id), "requests", erp.requests)
    assert all(event == by_id[event["id"]] for event in information.events), "a repeated event is the same event"
    assert {event["type"] for event in told.events} == {"erpflow.notification.sync-completed.v1"}
    async with store.reading() as tx:
        assert await figures.unbalanced(tx) == []
        assert {stream.last_error for stream in await figures.of_streams(tx)} == {None}
