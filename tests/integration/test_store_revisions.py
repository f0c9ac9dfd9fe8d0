"""Which erpflow may work on which store: an older one is refused until it is migrated, a newer one that fits is not."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import inspect, text

from pipeline.store import migrate
from pipeline.store.engine import Store
from pipeline.store.migrate import Standing
from schemas.errors import ConfigError, Retryable
from tests.support.next_release import NEXT, OWN, next_release
from tests.support.rows import connected, counted
from tests.support.stores import only_postgres


async def test_a_store_without_tables_gets_them_from_the_first_worker(store_url: str) -> None:
    async with Store.open(store_url) as empty:
        await migrate.ready(empty)
        assert await migrate.is_current(empty)


async def test_many_first_workers_at_once_make_the_tables_of_several_revisions_once(store_url: str) -> None:
    with next_release():
        async with Store.open(store_url) as one, Store.open(store_url) as other:
            await asyncio.gather(*(migrate.ready(store) for store in (one, other, one, other)))
            assert (await migrate.standing(one)).stored == NEXT


async def test_a_worker_that_finds_older_tables_says_what_to_do_and_changes_nothing(store: Store) -> None:
    with next_release(), pytest.raises(ConfigError) as told:
        await migrate.ready(store)
    assert str(told.value) == (
        f"The store has the tables of revision {OWN:04} and this erpflow works with {NEXT:04}; "
        "run erpflow store migrate, then start this again."
    )
    assert (await migrate.standing(store)).stored == OWN


async def test_a_worker_that_finds_newer_tables_which_only_add_works_on_them(store: Store) -> None:
    await connected(store)
    with next_release():
        await migrate.upgrade(store)
    await migrate.ready(store)
    assert await migrate.standing(store) == Standing(stored=NEXT, oldest=0, own=OWN)
    assert await counted(store, "streams") == 1


async def test_an_older_migration_leaves_newer_tables_as_they_are(store: Store) -> None:
    with next_release():
        await migrate.upgrade(store)
    await migrate.upgrade(store)
    async with store.reading() as tx:
        assert "notes" in await tx.run_sync(lambda connection: inspect(connection).get_table_names())


async def test_a_worker_that_is_older_than_the_tables_allow_is_refused(store: Store) -> None:
    with next_release():
        await migrate.upgrade(store)
    async with store.transaction() as tx:
        await tx.run_sync(migrate.only_from, f"{OWN + 1:04}")
    for refused in (migrate.ready, migrate.upgrade):
        with pytest.raises(ConfigError) as told:
            await refused(store)
        assert str(told.value) == (
            f"The store has the tables of a newer erpflow, revision {NEXT:04}, which take {OWN + 1:04} or newer, "
            f"and this is {OWN:04}; update this erpflow."
        )
    with next_release():
        await migrate.ready(store)


async def test_another_programs_tables_are_refused(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.execute(text("update alembic_version set version_num = 'f00d'"))
    with pytest.raises(ConfigError, match=r"of revision f00d, which is none of erpflow's; give it a database of its"):
        await migrate.ready(store)


@only_postgres
async def test_a_migration_that_cannot_have_a_table_gives_up_and_keeps_no_worker_waiting(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LOCK_SECONDS", 0.2)
    async with store.transaction() as busy:
        await busy.execute(text("select count(*) from journal"))
        with next_release(), pytest.raises(Retryable, match="lock timeout"):
            await migrate.upgrade(store)
    with next_release():
        await migrate.upgrade(store)
        assert await migrate.is_current(store)


@pytest.mark.parametrize(
    ("stored", "oldest", "own", "fits"),
    [(0, 0, 1, False), (1, 0, 1, True), (1, 0, 2, False), (2, 0, 1, True), (3, 2, 1, False), (3, 2, 2, True)],
)
def test_what_fits_follows_from_three_numbers(stored: int, oldest: int, own: int, fits: bool) -> None:
    problem = Standing(stored, oldest, own).problem
    assert (problem is None) is fits
    assert problem is None or (problem.endswith(".") and "\n" not in problem)
