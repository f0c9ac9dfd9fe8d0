"""The embedded default: AWS as a child process and a SQLite store, all in one folder of this machine."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

from pipeline.aws.access import AwsAccess
from pipeline.local.ministack import ministack
from pipeline.settings import Settings, embedded_file, load
from pipeline.store import migrate
from pipeline.store.engine import Store


@asynccontextmanager
async def embedded(home: Path, **overrides: Any) -> AsyncIterator[Settings]:
    """Run AWS in ``home`` while the block runs; gives the settings that reach it.

    Other commands with the same home find it through a file that only its owner can read. Raises ConfigError when
    another process already works in ``home``.
    """
    home = _prepared(home)
    async with ministack(home / "aws", region=os.environ.get("ERPFLOW_REGION", "eu-north-1")) as access:
        file = embedded_file(home)
        _write(file, _values(home, access))
        try:
            found = load(home=home, **overrides)
            await _bring_up_to_date(found)
            yield found
        finally:
            file.unlink(missing_ok=True)


async def _bring_up_to_date(settings: Settings) -> None:
    """The process that has the embedded AWS is the whole deployment: no other one can be in the way of a revision."""
    async with Store.open(settings.store) as store:
        await migrate.upgrade(store)


def _prepared(home: Path) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    return home.resolve()


def _values(home: Path, access: AwsAccess) -> dict[str, str | None]:
    return {
        "store": f"sqlite:///{home / 'erpflow.sqlite3'}",
        "endpoint": access.endpoint,
        "region": access.region,
        "access_key": access.access_key,
        "secret_key": access.secret_key,
    }


def _write(file: Path, values: dict[str, str | None]) -> None:
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        target.write(orjson.dumps(values))
