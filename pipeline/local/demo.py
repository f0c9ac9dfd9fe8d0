"""The demo: an AWS, a store and a seeded Tryton on this machine, one connection, all workers."""

from __future__ import annotations

import asyncio
import fcntl
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import bootstrap, connecting, syncing
from pipeline.bootstrap import Runtime
from pipeline.local.embedded import embedded
from pipeline.local.tryton.server import TrytonServer
from pipeline.local.tryton.sizes import DEMO, Sizes
from pipeline.observability import configure_logs
from pipeline.process import Group
from pipeline.store import connections, figures
from pipeline.store.figures import StreamFigures
from schemas.entities import ENTITIES
from schemas.errors import ConfigError
from schemas.topics import information_topic

CONNECTION = "demo"
SCHEDULE = {"every": 5, "deletes_every": 15, "streams": {"companies": {"deletes_every": 3600}}}
"""Quick enough to watch; the one company has no list of keys and would be read in full each time."""
PACE: dict[str, Any] = {"tick_seconds": 0.2, "wait_seconds": 1, "stop_seconds": 10}

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Demo:
    """Everything running. ``tryton`` may be changed, the next polls show it."""

    runtime: Runtime
    tryton: TrytonServer
    log: Path


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the demo stands at one moment."""

    streams: list[StreamFigures]
    entities: dict[str, dict[str, int]]
    information: dict[str, int]
    unfinished: int
    unbalanced: list[str]
    rejected: int

    @property
    def settled(self) -> bool:
        """Everything that was read is delivered and on the books."""
        return syncing.settled(self.streams, self.unfinished)

    @property
    def balanced(self) -> bool:
        """Settled, and no run was closed out of balance."""
        return self.settled and not self.unbalanced

    def summary(self, seconds: float) -> dict[str, Any]:
        """The summary object of ``--json``."""
        names = ("read", "mapped", "skipped", "rejected")
        return {
            "streams": {one.name: {name: one.counts[name] for name in names} for one in self.streams},
            "entities": self.entities,
            "information": self.information,
            "balanced": self.balanced,
            "seconds": round(seconds, 1),
        }


@asynccontextmanager
async def running(home: Path, cache: Path, say: Say, sizes: Sizes = DEMO) -> AsyncIterator[Demo]:
    """Start the demo from nothing and stop everything at the end; what is started is told to ``say``.

    Tryton's installation is kept in ``cache`` for the next time. Raises ConfigError when a demo already runs there.
    """
    with _alone(home):
        place = home / "demo"
        shutil.rmtree(place, ignore_errors=True)
        async with AsyncExitStack() as stack:
            say("Starting AWS (MiniStack) and the store …")
            settings = await stack.enter_async_context(embedded(place, **PACE))
            log = place / "erpflow.log"
            configure_logs("info", stack.enter_context(log.open("w")))
            say("Starting Tryton; the first time it is installed and filled, which takes about a minute …")
            server = TrytonServer.start(cache, place / "tryton", sizes)
            tryton = await stack.enter_async_context(server)
            runtime = await stack.enter_async_context(bootstrap.open_runtime(settings))
            await connect(runtime, tryton)
            say(f"Workers are running; their log is {log}.")
            yield Demo(runtime, tryton, log)


async def connect(runtime: Runtime, tryton: TrytonServer) -> None:
    """Add the connection to the Tryton."""
    spec = runtime.registry.get("tryton").spec
    given = {"base_url": tryton.base_url, "database": tryton.database}
    row = connecting.new_connection(
        spec, (CONNECTION, "demo", str(tryton.company)), given, {"key": tryton.rest_key}, runtime.vault, SCHEDULE
    )
    async with runtime.store.transaction() as tx:
        await connections.add(tx, row, runtime.clock.now())


async def look(runtime: Runtime) -> Standing:
    """Where it stands now."""
    counts = ("created", "updated", "unchanged", "stale", "deleted")
    async with runtime.store.reading() as tx:
        sent = await figures.events_sent(tx)
        ended = await figures.of_entities(tx)
        return Standing(
            streams=await figures.of_streams(tx),
            entities={entity: {name: ended[entity][name] for name in counts} for entity in sorted(ended)},
            information={e: sent[information_topic(e)] for e in ENTITIES if information_topic(e) in sent},
            unfinished=sum((await figures.unfinished(tx)).values()),
            unbalanced=await figures.unbalanced(tx),
            rejected=await figures.open_letters(tx),
        )


async def work(demo: Demo, until: Callable[[Standing], bool], show: Callable[[Standing], None]) -> Standing:
    """Run all workers until the condition holds (or the task is cancelled); where it stands then."""
    settings = demo.runtime.settings
    group = Group(bootstrap.workers(demo.runtime, list(bootstrap.WORKERS)), settings.stop_seconds)
    workers = asyncio.create_task(group.run())
    try:
        while True:
            standing = await look(demo.runtime)
            show(standing)
            if until(standing):
                return standing
            await asyncio.wait({workers}, timeout=0.25)
            if workers.done():
                workers.result()
                return await look(demo.runtime)
    finally:
        group.stop()
        await workers


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with (home / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(f"A demo is running in {home} already; stop it, or give another --home.") from None
        yield
