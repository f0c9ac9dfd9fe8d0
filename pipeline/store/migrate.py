"""Bringing the store's tables to the present version. Workers do it at start-up; two at once take turns."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from pipeline.store.engine import Store, database_errors

_LOCK = 0x6572_7066  # any constant; it names our advisory lock


async def upgrade(store: Store) -> None:
    """Apply what is missing; raises Retryable when the database cannot be reached."""
    with database_errors():
        async with store.engine.begin() as connection:
            await connection.run_sync(_upgrade)


async def is_current(store: Store) -> bool:
    """Whether the tables are those of this erpflow."""
    async with store.reading() as connection:
        return await connection.run_sync(_revision) == ScriptDirectory.from_config(_config()).get_current_head()


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
