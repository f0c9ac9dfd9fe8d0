"""AWS is killed in mid-sync and comes back with nothing or with an old state; the store makes it good by itself."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from pipeline import bootstrap
from pipeline.bootstrap import Runtime
from pipeline.store import connections, figures
from pipeline.store.engine import Store
from pipeline.store.tables import journal, streams
from tests.support.acme_erp import AcmeErp, acme_erp
from tests.support.deployment import in_one_process
from tests.support.lost_broker import Follower, Site, assert_follows, ledger
from tests.support.programs import Programs, ask, connect, settled, started
from tests.support.stores import only_sqlite
from tests.support.worker_process import acme_registry

KINDS = {"customers": "customer", "jobs": "project", "hours": "time_entry"}
Condition = Callable[[], Coroutine[Any, Any, bool]]


@pytest.fixture
def site(tmp_path: Path, store_url: str) -> Site:
    return Site(tmp_path / "home", store_url)


async def until(condition: Condition, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)


async def is_set(event: Any) -> bool:
    return bool(event.is_set())


async def unpublished(store: Store) -> int:
    """Pages that are in nothing but the journal."""
    query = select(func.count()).select_from(journal).where(journal.c.published_at.is_(None))
    async with store.reading() as tx:
        return int((await tx.execute(query)).scalar_one())


async def all_loaded(store: Store) -> bool:
    async with store.reading() as tx:
        found = await figures.of_streams(tx)
    return len(found) == len(KINDS) and all(stream.loaded for stream in found)


async def read_without_mapping(site: Site, erp: AcmeErp, follower: Follower) -> None:
    """Read everything for the first time; its pages are then in AWS's queues, and the follower's queue is there."""
    async with site.broker() as settings, bootstrap.open_runtime(settings, acme_registry()) as runtime:
        await connect(runtime.store, settings, erp, "north")
        async with (
            follower.following(bootstrap.access(settings)),
            in_one_process(runtime, ["scheduler", "connector"]),
        ):
            await until(lambda: all_loaded(runtime.store))


def edit(erp: AcmeErp) -> None:
    for id in range(1, 200, 3):
        erp.server.put("customers", id, name=f"Renamed {id} AS")
    for id in (200, 201, 202):
        erp.server.delete("customers", id)
        erp.server.delete("hours", id - 150)
    new = {"customer_id": 1, "status": "open", "budget": 1, "currency": "NOK"}
    for number in range(20):
        erp.server.put("jobs", no=f"N{number}", title=f"New {number}", **new)
        erp.server.put("hours", number + 1, note=f"Edited {number}")


async def sync_until_killed(site: Site, erp: AcmeErp, follower: Follower, package: Path) -> datetime:
    """Kill AWS when it has all events of customers, unread, and three pages of jobs and hours on their way.

    The last page, of the hours that are gone, is in the journal only after that.
    """
    jobs = erp.gate(lambda path, _: path == "/api/v1/jobs")
    gone = erp.gate(lambda path, _: path.startswith("/api/v1/hours/"))
    async with site.broker() as settings, bootstrap.open_runtime(settings, acme_registry()) as runtime:
        programs, store = Programs(settings, package), runtime.store
        async with AsyncExitStack() as stack:
            async with follower.following(bootstrap.access(settings)):
                workers = await started(stack, programs, *bootstrap.WORKERS)
                await settled(store, len(KINDS))
            since = datetime.now(UTC)
            assert len(follower.ids) == 250 + 40 + 60
            edit(erp)
            jobs.close()
            gone.close()
            await ask(store, "north", full=("customers", "hours"))
            await until(lambda: is_set(jobs.asked))
            await until(lambda: all_told(store))
            await programs.stop(workers.pop("distributor"))
            jobs.open()
            await until(lambda: is_set(gone.asked))
            await until(lambda: waiting(runtime))
            await site.kill_broker()
            gone.open()
            await until(lambda: left_behind(store))
            await asyncio.gather(*(programs.stop(worker) for worker in workers.values()))
    return since


async def all_told(store: Store) -> bool:
    async with store.reading() as tx:
        return not sum((await figures.unfinished(tx)).values())


async def waiting(runtime: Runtime) -> bool:
    return await runtime.broker.depth("distributor") == 3


async def left_behind(store: Store) -> bool:
    return await unpublished(store) == 1


@asynccontextmanager
async def started_again(site: Site, package: Path) -> AsyncIterator[tuple[Programs, Store]]:
    """What a person does; every worker runs, and the connection is paused so that nothing is read but by a mistake."""
    programs = Programs(site.settings(), package)
    async with Store.open(site.store_url) as store:
        async with store.transaction() as tx:
            await connections.set_state(tx, "north", "paused", "paused by a test")
        async with programs.worker("up", "--embedded") as up:
            yield programs, store
            await programs.stop(up)


async def resume(store: Store) -> None:
    async with store.transaction() as tx:
        await connections.set_state(tx, "north", "active", None)
    await ask(store, "north")


async def repair(site: Site, erp: AcmeErp, follower: Follower, package: Path, since: datetime) -> None:
    """Repair with no request to the ERP, and see that everything goes on as if nothing had been."""
    async with started_again(site, package) as (programs, store):
        requests = erp.requests
        async with follower.following(bootstrap.access(site.embedded())):
            given = ("--repair", "--grace", "0", "--since", since.strftime("%Y-%m-%dT%H:%M:%S"), "--json")
            status, told, error = await programs.run("audit", *given)
            assert status == 0, error
            found = json.loads(told)
            assert (found["lost pages"], found["published again"], found["gone from the archive"]) == (4, 4, [])
            assert found["events to send again"] > 0
            await settled(store, len(KINDS))
            assert await unpublished(store) == 0
        assert erp.requests == requests, "the repair asked the ERP"
        await check(store, erp, follower)
        await resume(store)
        await until(lambda: asked_since(erp, requests))
        await settled(store, len(KINDS))
        await check(store, erp, follower)


async def asked_since(erp: AcmeErp, requests: int) -> bool:
    return erp.requests > requests


async def check(store: Store, erp: AcmeErp, follower: Follower, unbalanced: int = 0) -> None:
    """Books, ledger, ERP and follower say the same."""
    async with store.reading() as tx:
        assert len(await figures.unbalanced(tx)) == unbalanced
    told = await ledger(store)
    assert told.keys() == {KINDS[kind]: keys for kind, keys in erp.keys().items()}
    assert told.values("customer", "name") == erp.values("customers", "name")
    assert told.values("project", "name") == erp.values("jobs", "title")
    assert told.values("time_entry", "comment") == erp.values("hours", "note")
    assert_follows(follower.latest, told)


@pytest.mark.parametrize("state", ["empty", "old"])
async def test_an_aws_that_was_killed_in_mid_sync_is_made_good_with_no_request_to_the_erp(
    site: Site, state: str, acme_package: Path
) -> None:
    follower = Follower()
    with acme_erp(250, 40, 60) as erp:
        await read_without_mapping(site, erp, follower)
        old = site.copy_state()
        since = await sync_until_killed(site, erp, follower, acme_package)
        site.restore_state(old if state == "old" else None)
        await repair(site, erp, follower, acme_package, since)


@only_sqlite
async def test_what_the_archive_lost_too_is_named_and_read_again_when_a_person_says_so(
    site: Site, acme_package: Path
) -> None:
    """Pages over 16 KB have only a key in the journal; the small page of jobs is there whole."""
    follower = Follower()
    with acme_erp(30, 5, 40) as erp:
        for kind, count in (("customers", 30), ("hours", 40)):
            for id in range(1, count + 1):
                erp.server.put(kind, id, blob=secrets.token_hex(1000))
        await read_without_mapping(site, erp, follower)
        shutil.rmtree(site.aws)
        async with started_again(site, acme_package) as (programs, store):
            async with follower.following(bootstrap.access(site.embedded())):
                await named_and_read_again(programs, store, erp)
            await check(store, erp, follower, unbalanced=2)
            assert (await programs.run("audit", "--grace", "0"))[0] == 0


async def named_and_read_again(programs: Programs, store: Store, erp: AcmeErp) -> None:
    requests = erp.requests
    status, told, _ = await programs.run("audit", "--repair", "--grace", "0")
    published, lost = told.splitlines()
    assert (status, published.partition(" pages are published again")[0]) == (1, "1")
    assert re.fullmatch(
        r"The archive has lost the content of page 0 of run \d+-\d+ \(stream (customers|hours) of connection north\) "
        r"and of 1 more, which only the ERP can give again; erpflow audit --repair --reread has it read in full\.",
        lost,
    )
    status, told, _ = await programs.run("audit", "--repair", "--reread", "--grace", "0", "--json")
    assert (status, json.loads(told)["to be read again"]) == (0, 2)
    assert erp.requests == requests, "a paused connection is not read"
    await resume(store)
    await until(lambda: begun_in_full(store))
    await settled(store, len(KINDS))


async def begun_in_full(store: Store) -> bool:
    """No stream is still to be read in full: each such read is over, or under way, which is not settled."""
    async with store.reading() as tx:
        return not (await tx.execute(select(func.count()).where(streams.c.full_due))).scalar_one()
