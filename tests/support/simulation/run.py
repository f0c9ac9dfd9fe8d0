"""One simulation from its seed to its verdict: a time of faults, then the dust settles, then everything is compared."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from unittest.mock import patch

import structlog

from pipeline import bootstrap
from pipeline.stages import publishing
from pipeline.topology.model import Found
from tests.support.simulation import database, dust, loop, mutations, queues
from tests.support.simulation.chance import Chance, Options
from tests.support.simulation.claims import SKEW
from tests.support.simulation.cursors import watched_cursors
from tests.support.simulation.dust import StuckError
from tests.support.simulation.releases import LAST
from tests.support.simulation.world import World


@dataclass(frozen=True)
class Outcome:
    """What a simulation showed. ``broken`` is empty when everything held; ``trace`` says what happened, in order."""

    options: Options
    broken: tuple[str, ...]
    trace: tuple[str, ...]
    seconds: float
    steps: int

    @property
    def digest(self) -> str:
        """The same for two runs that were the same in every step."""
        return blake2b("\n".join(self.trace).encode(), digest_size=16).hexdigest()


def simulate(options: Options) -> Outcome:
    """Run one seed. The same options give the same outcome, in any process."""
    database.fresh()
    gc.disable()  # so that no finalizer runs at a moment of its own choosing
    try:
        with _small_pages(options):
            return loop.run(_simulation(options), Chance(options).of("schedule"))
    finally:
        gc.enable()


async def _simulation(options: Options) -> Outcome:
    world = World(options)
    with _watched(world), watched_cursors(world), _desk(world):
        await world.start()
        story = asyncio.create_task(_story(world))
        try:
            await asyncio.wait({story, world.broke}, return_when=asyncio.FIRST_COMPLETED)
            broken = story.result() if story.done() else []
        finally:
            story.cancel()
            await asyncio.wait({story})
            await world.stop()
    here: Any = asyncio.get_running_loop()
    broken = [*world.claims.broken, *broken]
    world.say("the end", steps=here.steps, broken=broken)
    return Outcome(options, tuple(broken), tuple(world.trace), here.time(), here.steps)


async def _story(world: World) -> list[str]:
    """Trouble, then dust; what does not hold after it. It ends early where a claim is broken on the way."""
    await _trouble(world)
    try:
        return await dust.settle(world)
    except StuckError as error:
        return [f"stuck: {error}"]


async def _trouble(world: World) -> None:
    """The time of faults and changes."""
    options = world.options
    todo = sorted((mutations.moment(options.seed, n, options.seconds), n) for n in range(options.mutations))
    events = asyncio.create_task(_events(world))
    releases = asyncio.create_task(_releases(world))
    try:
        for moment, number in todo:
            await _until(moment)
            if number not in options.dropped:
                world.say("erp", change=mutations.mutate(world.erp, options.seed, number))
        await _until(options.seconds)
    finally:
        events.cancel()
        releases.cancel()


async def _events(world: World) -> None:
    """Once in a while: a clock is set, the broker loses everything."""
    while True:
        await asyncio.sleep(world.chance.between("events", 30, 90))
        for process in [one for one in world.processes if one.alive]:
            if world.chance.strikes("clock"):
                process.skew = world.chance.between("clock", -SKEW, SKEW)
                world.say("clock set", process=process.name, skew=round(process.skew, 1))
        if world.chance.strikes("wipe"):
            world.broker_lost()
            await world.resend()
        if world.chance.strikes("litter"):
            world.say("junk sent", queue=await world.queues.litter(world.chance.of("litter")))


async def _releases(world: World) -> None:
    """Two more releases of the mapping, the second perhaps only when the dust settles."""
    for number in range(world.release + 1, LAST + 1):
        await asyncio.sleep(world.chance.between("releases", 30, 120))
        world.install(number)


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - asyncio.get_running_loop().time()))


@contextmanager
def _small_pages(options: Options) -> Iterator[None]:
    """In some seeds every page goes to the archive, and in some of these it travels as its key."""
    before = publishing.INLINE, publishing.CARRIED
    chance = Chance(options).of("inline")
    publishing.INLINE = 0 if chance.random() < 0.3 else publishing.INLINE
    publishing.CARRIED = 0 if chance.random() < 0.5 else publishing.CARRIED
    try:
        yield
    finally:
        publishing.INLINE, publishing.CARRIED = before


@contextmanager
def _desk(world: World) -> Iterator[None]:
    """The desk learns of its queues from the twin; it looks seldom."""

    async def discovered(*_: object) -> Found:
        return queues.found(world.topology)

    with patch.object(bootstrap, "discover", discovered), patch.object(bootstrap, "DESK_SECONDS", 15.0):
        yield


_SHOWN = ("run", "number", "stream", "outcome", "queue", "error", "reason", "events", "pages", "topic", "count",
          "messages", "replay", "state")  # fmt: skip


@contextmanager
def _watched(world: World) -> Iterator[None]:
    """The pipeline's log becomes part of the trace; a defect that it shows is a broken invariant."""

    def keep(_logger: Any, method: str, event: dict[str, Any]) -> Any:
        told = {name: event[name] for name in _SHOWN if name in event}
        world.say(f"  {event.get('action', method)}", **told)
        defect = event.get("exc_info")
        if isinstance(defect, BaseException):
            world.break_off(f"defect: {type(defect).__name__}: {str(defect)[:200]}")
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[keep], wrapper_class=structlog.BoundLogger, cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)
