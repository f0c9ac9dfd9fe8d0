"""Stores for tests: SQLite in a temporary folder, and a PostgreSQL of the test session's own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from pipeline.local.process import free_port
from pipeline.store import migrate
from pipeline.store.engine import Store


def _postgres_programs() -> Path | None:
    candidates = [*Path("/usr/lib/postgresql").glob("*/bin"), *map(Path, os.environ.get("PATH", "").split(":"))]
    found = [folder for folder in candidates if (folder / "initdb").exists() and (folder / "postgres").exists()]
    return max(found, default=None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL on a free loopback port for this session; the URL without a database."""
    programs = _postgres_programs()
    if programs is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed; .ci/run installs it.")
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    with _running(programs) as url:
        yield url


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL for a program that is no test; the URL without a database."""
    programs = _postgres_programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed; install it with: apt-get install postgresql")
    with _running(programs) as url:
        yield url


@contextmanager
def _running(programs: Path) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="erpflow-pg-"))
    # The server refuses to run as root.
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    data, port = folder / "data", free_port()
    env = {**os.environ, "LC_ALL": "C.UTF-8"}
    command = [*as_user, str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", user, "--no-sync"]
    subprocess.run(command, check=True, capture_output=True, env=env, cwd=folder)
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
    control = [*as_user, str(programs / "pg_ctl"), "-D", str(data)]
    start = [*control, "-w", "-o", options, "-l", str(folder / "log"), "start"]
    subprocess.run(start, check=True, capture_output=True, env=env, cwd=folder)
    try:
        yield f"postgresql://{user}@127.0.0.1:{port}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, capture_output=True, cwd=folder)
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server: str) -> str:
    """A database of a test's own; its URL."""
    import psycopg

    name = f"t{uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'create database "{name}"'.encode())
    return f"{server}/{name}"


POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)
only_postgres = pytest.mark.parametrize("store_url", [POSTGRES], indirect=True)
only_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
"""For tests of what only one of the databases does."""


@pytest.fixture(params=["sqlite", POSTGRES])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store, once on each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite3'}"
    return new_database(request.getfixturevalue("postgres_server"))


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """A store with its tables, once on each database."""
    async with Store.open(store_url) as opened:
        await migrate.upgrade(opened)
        yield opened
