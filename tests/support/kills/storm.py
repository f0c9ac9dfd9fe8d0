"""One whole sync of many records: calm, or with workers that are struck; and how it ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from random import Random

from pipeline import bootstrap, connecting
from pipeline.aws.access import AwsAccess
from pipeline.bootstrap import Runtime
from pipeline.store import connections
from schemas.errors import Retryable
from tests.support.deployment import new_settings
from tests.support.kills import erp, standing
from tests.support.kills.fleet import Fleet, everywhere, fleet
from tests.support.kills.killer import Killer
from tests.support.kills.logs import refused
from tests.support.kills.reader import QUEUE, Reader, reading
from tests.support.kills.scales import Scale, Weather
from tests.support.kills.story import Facts, Story
from tests.support.kills.verdict import QUEUES, Outcome, missing, verdict
from tests.support.kills.worker import BEGIN

LOOK = 0.25
ROUND = 1.5
AHEAD = 12
"""Pages that may be under way at once."""


class BrokenOffError(Exception):
    """A worker ended by itself."""


class Storm:
    """Puts story, fleet, killer and reader together. ``gate`` is shut while the ERPs answer slowly."""

    def __init__(self, runtime: Runtime, scale: Scale, weather: Weather) -> None:
        self._runtime = runtime
        self._store = runtime.store
        self._scale = scale
        self._weather = weather
        self._random = Random(weather.seed)
        self._loaded = asyncio.Event()
        self._crashes: Sequence[str] = ()
        self._beside: list[asyncio.Task[None]] = []
        self._began = time.monotonic()
        self._reached: dict[str, int] = {}
        self.story = Story(scale.records, scale.companies, scale.page_size)
        self.gate = asyncio.Event()

    async def run(self, url: str, reader: Reader) -> Outcome:
        """Tell the whole story, and look at its end."""
        strikes = everywhere(self._weather.steps, lambda: self._random.randint(1, 2))
        async with fleet(self._runtime.settings, strikes, self._scale.frozen_for) as found:
            self._crashes = found.crashes
            beside = self._beside = [
                asyncio.create_task(self._killer(found).run()),
                asyncio.create_task(self._keep_pace()),
            ]
            try:
                async with asyncio.timeout(self._scale.most):
                    await self._to_the_end(url, found, beside[0])
            except (TimeoutError, BrokenOffError) as error:
                broke_off = [f"It broke off: {str(error) or 'it took too long'}; {await self._why(found)}."]
            else:
                broke_off = []
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)
        outcome = await verdict(self._runtime, self.story, found, reader, broke_off)
        outcome.figures["seconds"] = self._reached
        return outcome

    async def connect(self, url: str, companies: Sequence[str]) -> None:
        """Have these companies be read from now on."""
        runtime = self._runtime
        for company in companies:
            row = connecting.new_connection(
                erp.SPEC, (company, company, company), {"base_url": url}, {}, runtime.vault, self._scale.schedule
            )
            async with self._store.transaction() as tx:
                await connections.add(tx, row, runtime.clock.now())
        self._reach("connected")

    async def _to_the_end(self, url: str, found: Fleet, killing: asyncio.Task[None]) -> None:
        await self._tell(url)
        self._reach("loaded")
        await killing
        await self._all_struck(found)
        self._reach("all struck")
        self.story.settle()
        await self._until(partial(self._is_known, self.story.truth()), self._scale.records / 20_000)
        self._reach("known")
        await standing.pause(self._store, self.story.names)
        await self._until(self._at_rest)
        self._reach("at rest")

    async def _tell(self, url: str) -> None:
        """Two waves of companies: what the first ones lose goes while the others are read."""
        names = self.story.names
        first, second = names[: len(names) * 2 // 3], names[len(names) * 2 // 3 :]
        await self._load(url, first, after=())
        await self._load(url, second, after=first)
        for company in second:
            self.story.late(company)
        self._loaded.set()

    async def _load(self, url: str, wave: Sequence[str], after: Sequence[str]) -> None:
        mark = await standing.accounted(self._store)
        await self.connect(url, wave)
        await self._until(partial(self._beyond, mark))
        for company in wave:
            self.story.early(company)
        for company in after:
            self.story.late(company)
        await self._until(partial(standing.is_loaded, self._store, wave))

    async def _all_struck(self, found: Fleet) -> None:
        """Have something to do until every step was struck."""
        rounds = 0
        while found.left():
            rounds += 1
            self.story.round(rounds)
            await asyncio.sleep(ROUND)

    async def _keep_pace(self) -> None:
        """Have the ERPs answer no faster than the rest can follow: so work is under way at every stage to the end.

        And MiniStack's receive takes the longer the more messages wait.
        """
        while True:
            with suppress(Retryable):  # on a busy machine MiniStack may not answer in time
                waiting = await self._runtime.broker.depth(QUEUE) // self._scale.page_size
                under_way = await standing.pages_under_way(self._store) + waiting
                (self.gate.clear if under_way > AHEAD else self.gate.set)()
            await asyncio.sleep(LOOK)

    def _killer(self, found: Fleet) -> Killer:
        kills, freezes = self._weather.kills, self._weather.freezes
        return Killer(found, self._store, self._random, self.story.pages, kills, freezes, self._loaded)

    def _reach(self, what: str) -> None:
        self._reached[what] = round(time.monotonic() - self._began)

    async def _beyond(self, mark: int) -> bool:
        return await standing.accounted(self._store) > mark

    async def _is_known(self, truth: Mapping[str, Facts]) -> bool:
        """The ledger has what exists. Counting comes first: it is cheap."""
        if await standing.live(self._store) != len(truth):
            return False
        return not missing(truth, await standing.ledger(self._store))

    async def _at_rest(self) -> bool:
        broker = self._runtime.broker
        return await standing.settled(self._store) and not any([await broker.depth(queue) for queue in QUEUES])

    async def _until(self, condition: Callable[[], Awaitable[bool]], look: float = LOOK) -> None:
        while not await condition():
            if self._crashes:
                raise BrokenOffError(self._crashes[0])
            for task in self._beside:
                if task.done():
                    task.result()
            await asyncio.sleep(look)

    async def _why(self, found: Fleet) -> str:
        differences = missing(self.story.truth(), await standing.ledger(self._store))
        left = {kind: [one.step for one in strikes] for kind, strikes in found.open.items() if strikes}
        return f"strikes left: {left}; {await standing.books(self._store)}; {differences}"


async def storm(access: AwsAccess, store_url: str, home: Path, scale: Scale, weather: Weather) -> Outcome:
    """Run one storm on an empty store, with topics and queues of its own; its logs are in ``home``."""
    async with _opened(access, store_url, home, scale) as (runtime, reader):
        one = Storm(runtime, scale, weather)
        async with erp.serving(one.story.erps, scale.page_size, one.gate) as url:
            return await one.run(url, reader)


async def refused_when_deferred(access: AwsAccess, store_url: str, home: Path, scale: Scale) -> list[str]:
    """Load without BEGIN IMMEDIATE in the workers until the store refuses one a transaction; what they say of it."""
    async with _opened(access, store_url, home, scale) as (runtime, _):
        one = Storm(runtime, scale, Weather())
        async with (
            erp.serving(one.story.erps, scale.page_size, one.gate) as url,
            fleet(runtime.settings, {}, scale.frozen_for, {BEGIN: "deferred"}) as found,
            asyncio.timeout(scale.most),
        ):
            one.gate.set()
            await one.connect(url, one.story.names)
            while not refused(found.logs):
                await asyncio.sleep(LOOK)
        return refused(found.logs)


@asynccontextmanager
async def _opened(access: AwsAccess, store_url: str, home: Path, scale: Scale) -> AsyncIterator[tuple[Runtime, Reader]]:
    prefix = f"k{Random().getrandbits(40):010x}-"
    settings = new_settings(access, store_url, prefix, home, **scale.settings)
    async with AsyncExitStack() as stack:
        opening = bootstrap.open_runtime(settings, erp.registry(lambda **_: None))
        runtime = await stack.enter_async_context(opening)
        yield runtime, await stack.enter_async_context(reading(runtime))
