"""The door to the store: engine, transactions, and the mapping of database errors to ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from typing import Any

import orjson
from sqlalchemy import Connection, event, exc, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from pipeline.store import files
from schemas.errors import ConfigError, ErpflowError, Poison, Retryable

IDLE_SECONDS = 60
"""How long PostgreSQL lets a transaction sit between two statements, seconds: a frozen worker keeps no lock longer."""

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}


class Store:
    """Hands out transactions. One per process; ``async with Store.open(url)``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        # SQLite has one writer; waiting here is fair, waiting in SQLite is a busy loop that may starve.
        self._writer = asyncio.Lock() if self.dialect == "sqlite" else None

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Store]:
        """Open the store at a URL (sqlite:///file, postgresql://user@host/db); raises ConfigError for any other."""
        engine = _engine(url)
        try:
            yield cls(engine)
        finally:
            await engine.dispose()

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engine.dialect.name

    @property
    def engine(self) -> AsyncEngine:
        """For the migrations."""
        return self._engine

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction: commits at the end, rolls back on any exception."""
        async with self._writing():
            with database_errors():
                async with self._engine.begin() as connection:
                    yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads; on SQLite it takes no write lock."""
        with database_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(erpflow_reads=True)
                yield connection

    def _writing(self) -> AbstractAsyncContextManager[Any]:
        return self._writer or nullcontext()


def to_json(value: Any) -> str:
    """How a JSON column is written."""
    return orjson.dumps(value).decode()


def from_json(stored: Any) -> Any:
    """The inverse of ``to_json``. SQLite gives a document that is a bare number back as a number."""
    return orjson.loads(stored) if isinstance(stored, (str, bytes)) else stored


def _engine(url: str) -> AsyncEngine:
    try:
        url.encode()  # half a surrogate pair, as an environment may have it, reaches no database
        parsed = make_url(url)
        (parsed.host or "").encode("idna")
        driver = _DRIVERS[parsed.get_backend_name()]
    except (exc.ArgumentError, KeyError, ValueError):
        raise _no_url() from None
    if driver == _DRIVERS["sqlite"]:
        if parsed.query or parsed.host:
            raise _no_url()
        files.check(parsed)
    kwargs: dict[str, Any] = {"pool_pre_ping": True} if "postgresql" in driver else {}
    try:
        engine = create_async_engine(
            parsed.set(drivername=driver),
            json_serializer=to_json,
            json_deserializer=from_json,
            hide_parameters=True,  # or records of tenants would show in tracebacks
            **kwargs,
        )
    except (exc.ArgumentError, ValueError, TypeError):
        raise _no_url() from None
    except ModuleNotFoundError:
        raise ConfigError("A PostgreSQL store needs the driver: install erpflow[postgres].") from None
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    else:
        _prepare_postgres(engine)
    return engine


def _no_url() -> ConfigError:
    # The URL is not shown: it may have a password in it.
    return ConfigError(
        "ERPFLOW_STORE is not a store URL; write sqlite:///path/to/file or postgresql://user@host/database."
    )


def _prepare_sqlite(engine: AsyncEngine) -> None:
    """WAL, a patient lock, and BEGIN IMMEDIATE: a deferred transaction that upgrades itself loses updates."""

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None
        for pragma in ("journal_mode=WAL", "busy_timeout=30000", "synchronous=NORMAL", "foreign_keys=ON"):
            dbapi.cursor().execute(f"PRAGMA {pragma}")

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("erpflow_reads")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _prepare_postgres(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def _connect(dbapi: Any, _record: Any) -> None:
        dbapi.cursor().execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
        dbapi.commit()


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn SQLAlchemy's errors into ours; those that are ours pass through."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise from_sqlalchemy(error) from error


def from_sqlalchemy(error: exc.SQLAlchemyError) -> ErpflowError:
    """Which of our errors a database error is; used wherever the store is touched."""
    said = str(getattr(error, "orig", None) or error).strip()
    reason = said.splitlines()[0].rstrip(".") if said else type(error).__name__
    if isinstance(error, exc.ProgrammingError) or "no such table" in reason:
        return ConfigError(f"The store does not have erpflow's present tables ({reason}); run erpflow store migrate.")
    if isinstance(error, exc.DataError):
        return Poison(f"The store cannot keep a value ({reason}); look at what the ERP sent.")
    if isinstance(error, (exc.DBAPIError, exc.TimeoutError)) and not isinstance(error, exc.NotSupportedError):
        return Retryable(f"The store did not take a transaction ({reason}); if this stays, check the database.")
    return ConfigError(f"The store cannot be used ({reason}); check ERPFLOW_STORE.")
