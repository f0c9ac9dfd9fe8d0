"""The migrations make exactly the tables that the code names, once, whoever runs them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from pipeline.store import migrate
from pipeline.store.engine import Store
from pipeline.store.tables import metadata
from schemas.errors import ConfigError, Retryable
from tests.support.rows import connected, counted


def _differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def _named(connection: Connection) -> dict[str, set[str | None]]:
    """Constraints and indexes by table: what a comparison of the tables alone would not see."""
    found = inspect(connection)
    return {
        table: {
            found.get_pk_constraint(table)["name"],
            *(one["name"] for one in found.get_indexes(table)),
            *(one["name"] for one in found.get_foreign_keys(table)),
            *(one["name"] for one in found.get_unique_constraints(table)),
        }
        for table in metadata.tables
    }


async def test_the_migrated_tables_are_those_of_the_code(store: Store) -> None:
    async with store.reading() as tx:
        assert await tx.run_sync(_differences) == []


async def test_constraints_and_indexes_have_the_names_of_the_code(store_url: str) -> None:
    async with Store.open(store_url) as migrated:
        await migrate.upgrade(migrated)
        async with migrated.reading() as tx:
            by_migration = await tx.run_sync(_named)
        async with migrated.transaction() as tx:
            await tx.run_sync(metadata.drop_all)
            await tx.run_sync(metadata.create_all)
        async with migrated.reading() as tx:
            assert by_migration == await tx.run_sync(_named)


async def test_a_second_upgrade_changes_nothing(store: Store) -> None:
    await connected(store)
    await migrate.upgrade(store)
    assert await migrate.is_current(store)
    assert await counted(store, "streams") == 1


async def test_two_upgrades_at_once_take_turns(store_url: str) -> None:
    async with Store.open(store_url) as one, Store.open(store_url) as other:
        await asyncio.gather(migrate.upgrade(one), migrate.upgrade(other))
        assert await migrate.is_current(one)
        assert await counted(other, "streams") == 0


async def test_a_store_without_tables_is_not_current_and_says_what_to_do(store_url: str) -> None:
    async with Store.open(store_url) as empty:
        assert not await migrate.is_current(empty)
        with pytest.raises(ConfigError, match=r"erpflow store migrate\.$"):
            await counted(empty, "streams")


async def test_a_database_that_is_not_there_is_waited_for() -> None:
    async with Store.open("postgresql://nobody@127.0.0.1:1/none") as nowhere:
        with pytest.raises(Retryable) as caught:
            await migrate.upgrade(nowhere)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["", "mysql://x/y", "no url", "sqlite"])
async def test_another_url_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(ConfigError, match="ERPFLOW_STORE is not a store URL"):
        async with Store.open(url):
            pass
