"""A process that starts its share of replays at once, works on them, and takes over those whose process is gone."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import structlog
from sqlalchemy import func, select

from distributor.endings import Tally
from pipeline import bootstrap
from pipeline.bootstrap import Runtime
from pipeline.deadletters.ordering import Order
from pipeline.deadletters.replaying import Replayer
from pipeline.deadletters.steps import Steps as Sizes
from pipeline.loops import Loop
from pipeline.settings import Settings
from pipeline.stages.outbox import OutboxPublisher
from pipeline.store.letter_search import Filter
from pipeline.store.tables import replays
from schemas.errors import ErpflowError
from tests.support.kills.ports import Events, ToldStore
from tests.support.kills.steps import Steps
from tests.support.kills.worker import become
from tests.support.replay_kills import letters
from tests.support.replay_kills.ports import SendingBroker, listen

SHARE = "REPLAYS_SHARE"
"""How many replays of each cause a place starts, as JSON."""
SIZES = (1, 3, 10, 100)
"""Of steps: small ones, so that there are many portions."""
TICK = 0.25
LEASE = timedelta(seconds=2)
"""Short, so that others take over soon; settings do not allow it."""

log = structlog.get_logger()


def work(kind: str, environment: Mapping[str, str], log: Path) -> None:
    """The whole life of the process: until SIGTERM, or until it is struck."""
    found, steps = become(kind, environment, log)
    asyncio.run(_run(found, steps, place=log.stem.rsplit("-", 1)[0]))


async def _run(found: Settings, steps: Steps, place: str) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with _opened(found, steps) as runtime:
        replayer = Replayer(runtime.store, bootstrap.sources(runtime), runtime.clock, runtime.name[-40:], LEASE)
        loops = [Loop("replays", replayer.step, TICK), Loop("relay", _relay(runtime), TICK)]
        running = [asyncio.create_task(loop.run(stop_within=5)) for loop in loops]
        mine = asyncio.gather(*(_replay(replayer, Filter(cause=one), place) for one in await _left(runtime, place)))
        stopped = asyncio.create_task(ended.wait())
        await asyncio.wait({stopped, mine}, return_when=asyncio.FIRST_EXCEPTION)
        if mine.done():
            mine.result()
        for loop in loops:
            loop.stop()
        mine.cancel()
        await asyncio.wait({mine, *running})


@asynccontextmanager
async def _opened(found: Settings, steps: Steps) -> AsyncIterator[Runtime]:
    events = Events()
    listen(steps, events)
    async with bootstrap.open_runtime(found, letters.registry()) as runtime:
        told = ToldStore(runtime.store.engine, steps)
        yield replace(runtime, store=told, broker=SendingBroker(runtime.broker, steps, events))


async def _left(runtime: Runtime, place: str) -> list[str]:
    """The causes of the replays that this place has still to start: it may have been killed before."""
    begun = select(func.count()).where(replays.c.made_by == place)
    left: list[str] = []
    async with runtime.store.reading() as tx:
        for cause, many in orjson.loads(os.environ[SHARE]).items():
            done = (await tx.execute(begun.where(replays.c.filter["cause"].as_string() == cause))).scalar_one()
            left += [cause] * (many - int(done))
    return left


async def _replay(replayer: Replayer, wanted: Filter, place: str) -> None:
    """Start a replay and work on it, as the command does; where the store refuses, the loop goes on with it."""
    try:
        number = await replayer.begin(Order(wanted, Sizes(SIZES, limit=1), None, place), Tally())
        await replayer.work(number)
    except ErpflowError as error:
        log.warning("replay left", action="replay_left", reason=str(error))


def _relay(runtime: Runtime) -> Any:
    grace = timedelta(seconds=runtime.settings.grace_seconds)
    claim = secrets.token_hex(8)
    publisher = OutboxPublisher(runtime.store, runtime.broker, runtime.archive, runtime.clock, claim, grace)

    async def step() -> bool:
        return await publisher.relay() > 0

    return step
