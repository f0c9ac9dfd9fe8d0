"""A worker process of a storm: what ``erpflow run KIND`` does, with the steps told in its log, and strikes at them.

The connector is the storm's own. ``KILLS_BEGIN=deferred`` takes BEGIN IMMEDIATE away, to show that it is needed.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event

from connectors.registry import Registry
from pipeline import bootstrap, running, settings
from pipeline.bootstrap import Runtime
from pipeline.observability import configure_logs
from pipeline.settings import Settings
from pipeline.store.engine import Store
from tests.support.kills import erp
from tests.support.kills.ports import Events, ToldArchive, ToldBroker, ToldStore, listen
from tests.support.kills.steps import STRUCK, VARIABLE, Steps, unpacked

BEGIN = "KILLS_BEGIN"


def work(kind: str, environment: Mapping[str, str], log: Path) -> None:
    """The whole life of a worker process: until SIGTERM, or until it is struck."""
    found, steps = become(kind, environment, log)
    events = Events()
    listen(events)
    bootstrap.open_runtime = _told(bootstrap.open_runtime, steps, events)
    asyncio.run(running.run(found, [kind], erp.registry(partial(steps.step, "fetched"))))


def become(kind: str, environment: Mapping[str, str], log: Path) -> tuple[Settings, Steps]:
    """Have what a process is started with, and end with the one that forked this; its settings and its steps."""
    os.setsid()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    found = settings.load()
    configure_logs(found.log_level)
    return found, Steps(kind, unpacked(os.environ[VARIABLE]), found.home / STRUCK)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _told(opening: Any, steps: Steps, events: Events) -> Any:
    @asynccontextmanager
    async def open_runtime(found: Settings, registry: Registry) -> AsyncIterator[Runtime]:
        async with opening(found, registry) as runtime:
            if os.environ.get(BEGIN) == "deferred":
                _begin_deferred(runtime.store)
            yield replace(
                runtime,
                store=ToldStore(runtime.store.engine, steps),
                broker=ToldBroker(runtime.broker, steps, events),
                archive=ToldArchive(runtime.archive, steps),
            )

    return open_runtime


def _begin_deferred(store: Store) -> None:
    @event.listens_for(store.engine.sync_engine, "before_cursor_execute", retval=True)
    def _rewrite(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        return ("BEGIN" if statement == "BEGIN IMMEDIATE" else statement), parameters
