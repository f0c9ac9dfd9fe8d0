"""Many replays of one group, started at once by several processes that are struck; and how it ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import orjson

from pipeline import bootstrap
from pipeline.aws.access import AwsAccess
from pipeline.store import migrate
from pipeline.store.engine import Store
from tests.support.deployment import new_settings
from tests.support.kills.fleet import Crew, Fleet, everywhere, fleet
from tests.support.kills.reader import reading
from tests.support.kills.steps import How
from tests.support.replay_kills import letters, standing
from tests.support.replay_kills.ports import STEPS
from tests.support.replay_kills.verdict import Outcome, verdict
from tests.support.replay_kills.worker import SHARE, work

PLACES = 4
OF_MESSAGES = 5
"""One replay of the messages for so many of the letters."""
SETTINGS = {"grace_seconds": 1, "stop_seconds": 5, "log_level": "info"}
FROZEN_FOR = 3
"""Longer than the lease."""
LOOK = 0.1


@dataclass(frozen=True, slots=True)
class Scale:
    """How many letters, replays of them, and strikes at random moments; ``steps`` strike at each named step."""

    letters: int
    replays: int
    kills: int
    steps: Sequence[How] = ("kill",)
    seed: int = 1
    most: float = 300

    @property
    def of_messages(self) -> int:
        return -(-self.replays // OF_MESSAGES // PLACES) * PLACES


def hows(store: str, long: bool) -> Sequence[How]:
    """What strikes at each named step; freezes only on PostgreSQL: on SQLite a frozen writer stops all others."""
    return ("kill", "freeze") if long and store != "sqlite" else ("kill",)


async def storm(access: AwsAccess, store_url: str, home: Path, scale: Scale) -> Outcome:
    """Run one storm on an empty store, with topics and queues of its own; its logs are in ``home``."""
    began = time.monotonic()
    random = Random(scale.seed)
    async with Store.open(store_url) as store:
        await migrate.upgrade(store)
        expected = await letters.fill(store, scale.letters)
    settings = new_settings(access, store_url, f"r{Random().getrandbits(40):010x}-", home, **SETTINGS)
    crew = Crew([f"replayer-{number + 1}" for number in range(PLACES)], work)
    share = {expected.cause: scale.replays // PLACES, expected.messages: scale.of_messages // PLACES}
    async with bootstrap.open_runtime(settings, letters.registry()) as runtime, reading(runtime) as reader:
        strikes = everywhere(scale.steps, lambda: 1, STEPS)
        extra = {SHARE: orjson.dumps(share).decode()}
        async with fleet(settings, strikes, FROZEN_FOR, extra, crew) as found:
            broke_off = await _to_the_end(found, runtime.store, random, scale)
        outcome = await verdict(runtime, expected, found, reader, scale.replays + scale.of_messages)
    outcome.wrong[:0] = broke_off
    outcome.figures["seconds"] = round(time.monotonic() - began)
    return outcome


async def _to_the_end(found: Fleet, store: Store, random: Random, scale: Scale) -> list[str]:
    """Strike at random while letters are left, then wait until all replays are done and all events sent."""
    killing = asyncio.create_task(_kill(found, store, random, scale))
    try:
        async with asyncio.timeout(scale.most):
            while not killing.done() or not await standing.ended(store, scale.replays + scale.of_messages):
                if found.crashes:
                    return []
                await asyncio.sleep(LOOK)
        await killing
    except TimeoutError:
        return [f"It broke off, it took too long: {await standing.standing(store)}; strikes left: {found.open}."]
    finally:
        killing.cancel()
        await asyncio.wait({killing})
    return []


async def _kill(found: Fleet, store: Store, random: Random, scale: Scale) -> None:
    """Kills, spread over the letters by their progress."""
    refused = sum(scale.letters // letters.TENANTS // letters.REFUSED for _ in range(letters.TENANTS))
    total = await standing.open_letters(store) - refused
    for number in range(scale.kills):
        while (left := await standing.open_letters(store) - refused) > total * (1 - number / scale.kills):
            await asyncio.sleep(LOOK / 2)
        if left <= 0:
            return
        await asyncio.sleep(random.uniform(0, 0.3))
        while not (places := found.awake()) or not found.strike(random.choice(sorted(places)), "kill"):
            await asyncio.sleep(LOOK)
