"""Databases to copy from: an empty one with all modules, and for each choice of sizes a filled one.

Both are directories in the cache, made once under a lock and named by a fingerprint of what made them.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.local.tryton import cache, processes
from pipeline.local.tryton.environment import Environment
from pipeline.local.tryton.sizes import Sizes
from schemas.errors import ConfigError

DATABASE = "tryton"
FILE = f"{DATABASE}.sqlite"
USER, PASSWORD = "admin", "admin"
SAME_ORDER = {"PYTHONHASHSEED": "0"}  # Tryton walks over sets, and the ids follow their order
MODULES = (
    "party",
    "company",
    "product",
    "project",
    "timesheet",
    "sale",
    "purchase",
    "account",
    "account_invoice",
)


@dataclass(frozen=True)
class Template:
    """A filled database file that nobody has open, and what the seed said about it."""

    file: Path
    company: int
    rest_key: str

    def copy_to(self, directory: Path) -> Path:
        """Put a fresh copy into ``directory`` (made if need be) over the one there, which no server may have open."""
        directory.mkdir(parents=True, exist_ok=True)
        target = directory / FILE
        for name in (FILE, f"{FILE}-wal", f"{FILE}-shm"):
            (directory / name).unlink(missing_ok=True)
        shutil.copyfile(self.file, target)
        return target


async def ensure(environment: Environment, cache_dir: Path, sizes: Sizes) -> Template:
    """Return the template for ``sizes``, made first if need be (12 s for the empty one, then 5 s to 30 s).

    Raises ConfigError with the log's path when Tryton cannot make it.
    """
    cache_dir = cache.absolute(cache_dir)
    key = cache.fingerprint([environment.fingerprint, *MODULES, *_sources(), sizes.to_json()])
    final = cache_dir / f"tryton-data-{key}"

    async def make(directory: Path) -> None:
        base = await _base(environment, cache_dir)
        shutil.copyfile(base / FILE, directory / FILE)
        await _seed(environment, directory, sizes)

    await _once(final, make)
    facts = json.loads((final / "seed.json").read_text(encoding="utf-8"))
    return Template(final / FILE, facts["company"], facts["rest_key"])


def write_config(directory: Path, *, listen: str | None = None) -> Path:
    """Write Tryton's configuration for the database in ``directory``; without ``listen`` it is for filling.

    While a database is filled, tasks are queued and not run: rendering every posted invoice takes long.
    """
    section = f"[web]\nlisten = {listen}\n" if listen else "[queue]\nworker = true\n"
    config = directory / "tryton.conf"
    config.write_text(f"[database]\nuri = sqlite://\npath = {directory}\n{section}", encoding="utf-8")
    return config


async def _base(environment: Environment, cache_dir: Path) -> Path:
    key = cache.fingerprint(
        [environment.fingerprint, *MODULES, *_sources("base.py", "shortcuts.py"), *SAME_ORDER.values()]
    )
    final = cache_dir / f"tryton-base-{key}"

    async def make(directory: Path) -> None:
        (directory / FILE).touch()  # Tryton does not make the file itself
        await _init(environment, directory)

    await _once(final, make)
    return final


async def _once(final: Path, make: Callable[[Path], Awaitable[None]]) -> None:
    if cache.exists(final):
        return
    async with cache.exclusive(final.with_suffix(".lock")):
        if cache.exists(final):
            return
        making = cache.begin(final)
        await make(making)
        await asyncio.to_thread(_settle, making / FILE)
        cache.publish(making, final)


async def _init(environment: Environment, directory: Path) -> None:
    password = directory / "password"
    password.write_text(PASSWORD, encoding="utf-8")
    log = directory / "base.log"
    arguments = ["-c", str(write_config(directory)), "-d", DATABASE, "--all", "--email", "admin@nordlia.example"]
    command = processes.launched(
        environment.python,
        "pipeline.local.tryton.inside.base",
        *arguments,
        "--activate-dependencies",
        "-u",
        *MODULES,
    )
    _check(await processes.run(command, log, {"TRYTONPASSFILE": str(password), **SAME_ORDER}), "made", log)


async def _seed(environment: Environment, directory: Path, sizes: Sizes) -> None:
    log = directory / "seed.log"
    command = processes.launched(
        environment.python,
        "pipeline.local.tryton.inside.seed",
        str(write_config(directory)),
        DATABASE,
        sizes.to_json(),
        str(directory / "seed.json"),
    )
    _check(await processes.run(command, log, SAME_ORDER), "filled", log)


def _check(status: int, what: str, log: Path) -> None:
    if status:
        raise ConfigError(
            f"Tryton's database could not be {what} (exit status {status}); "
            f"read {log} and start again: {processes.tail(log)}."
        )


def _settle(file: Path) -> None:
    """Drop the queued tasks, which no worker will run, and bring the write-ahead log into the file for copying."""
    connection = sqlite3.connect(file)
    try:
        with connection:
            connection.execute("DELETE FROM ir_queue")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _sources(*names: str) -> list[str]:
    files = [processes.INSIDE / name for name in names] if names else sorted(processes.INSIDE.glob("*.py"))
    return [os.linesep.join([file.name, file.read_text(encoding="utf-8")]) for file in files]
