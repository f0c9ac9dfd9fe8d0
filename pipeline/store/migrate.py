"""The revisions of the store's tables: whether a store fits this erpflow, and bringing it to the present one.

Revisions are numbered, and each can be worked on by the erpflow of the one before (docs/adr/0011): so tables are
changed while workers run, first the store, then the workers one by one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, delete, insert, select, text

from pipeline.store.engine import Store, database_errors
from pipeline.store.tables import counters
from schemas.errors import ConfigError

FOLDER = Path(__file__).parent / "migrations"
VERSIONS = [FOLDER / "versions"]
"""Folders with revisions; a test adds one to be the erpflow of a release to come."""

LOCK_SECONDS = 10.0
"""How long a revision waits for a table on PostgreSQL: who waits keeps everybody who comes after him waiting, too."""

_LOCK = 0x6572_7066  # any constant; it names our advisory lock
_OLDEST = "oldest_revision"


@dataclass(frozen=True, slots=True)
class Standing:
    """Revisions: of the store's tables (0: it has none), the oldest that may work on them, and this erpflow's."""

    stored: int
    oldest: int
    own: int

    @property
    def problem(self) -> str | None:
        """Why this erpflow must not work on the store, in one sentence; None if it may."""
        if self.stored == 0:
            return "The store has no tables yet; run erpflow store migrate."
        if self.stored < self.own:
            tables = f"The store has the tables of revision {self.stored:04} and this erpflow works with {self.own:04}"
            return f"{tables}; run erpflow store migrate, then start this again."
        if self.own < self.oldest:
            tables = f"The store has the tables of a newer erpflow, revision {self.stored:04}"
            return f"{tables}, which take {self.oldest:04} or newer, and this is {self.own:04}; update this erpflow."
        return None


async def upgrade(store: Store) -> None:
    """Apply what is missing, revision by revision; a store that is newer stays as it is.

    Two at once take turns. Raises ConfigError when the store is too new for this erpflow, Retryable when the database
    cannot be reached or workers do not let go of a table within seconds: what is done then stays done.
    """
    more = True
    while more:
        with database_errors():
            async with store.engine.begin() as connection:
                more = await connection.run_sync(_step)


async def ready(store: Store) -> None:
    """Make the tables of an empty store; raises ConfigError when the tables that there are do not fit this erpflow."""
    found = await standing(store)
    if found.stored == 0:
        await upgrade(store)
    else:
        _check(found)


async def standing(store: Store) -> Standing:
    """Where the store and this erpflow stand; raises ConfigError when the tables are not erpflow's."""
    async with store.reading() as connection:
        return await connection.run_sync(_standing)


async def is_current(store: Store) -> bool:
    """Whether the tables are exactly those of this erpflow."""
    found = await standing(store)
    return found.stored == found.own


def only_from(connection: Connection, revision: str) -> None:
    """For a revision that takes something away: what is older than ``revision`` must not work on the store any more."""
    connection.execute(delete(counters).where(counters.c.name == _OLDEST))
    connection.execute(insert(counters).values(name=_OLDEST, value=int(revision)))


def _step(connection: Connection) -> bool:
    """Apply the next revision, or all of them to an empty store, which nobody may find half made; true if one was."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        connection.execute(text(f"set local lock_timeout = {int(LOCK_SECONDS * 1000)}"))
    found = _standing(connection)
    if found.stored >= found.own:
        _check(found)
        return False
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "+1" if found.stored else "head")
    return True


def _check(found: Standing) -> None:
    if found.problem:
        raise ConfigError(found.problem)


def _standing(connection: Connection) -> Standing:
    stored = _number(MigrationContext.configure(connection).get_current_revision())
    own = _number(ScriptDirectory.from_config(_config()).get_current_head())
    oldest = 0
    if stored > own:
        oldest = connection.execute(select(counters.c.value).where(counters.c.name == _OLDEST)).scalar() or 0
    return Standing(stored, oldest, own)


def _number(revision: str | None) -> int:
    try:
        return int(revision or 0)
    except ValueError:
        raise ConfigError(
            f"The store's tables are of revision {revision}, which is none of erpflow's; give it a database of its own."
        ) from None


def _config() -> Config:
    config = Config()
    config.set_main_option("path_separator", "os")
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("version_locations", os.pathsep.join(map(str, VERSIONS)))
    return config
