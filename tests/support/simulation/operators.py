"""Operators at the desk: short-lived processes that rehearse, replay, pause, resume, edit, discard and retransform.

Any of them may be killed or frozen at any await. What one leaves behind is for the desk's worker to go on with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from distributor.endings import Tally
from pipeline import bootstrap
from pipeline.bootstrap import Runtime
from pipeline.deadletters import acting, ordering
from pipeline.deadletters.acting import Operator
from pipeline.deadletters.ordering import Order
from pipeline.deadletters.rehearsing import rehearse
from pipeline.deadletters.steps import Steps
from pipeline.retransforming import Scope
from pipeline.store import letter_search, messages, replays
from pipeline.store.letter_search import Filter
from schemas.errors import ErpflowError
from tests.support.simulation.erp import DATA
from tests.support.simulation.processes import Process
from tests.support.simulation.queues import is_junk

if TYPE_CHECKING:
    from tests.support.simulation.world import World

ACTIONS = ("replay",) * 6 + ("detach",) * 2 + ("pause", "pause", "resume", "resume", "edit", "edit", "discard", "look")
EDITS = (
    [{"op": "replace", "path": "/good", "value": True}],
    [{"op": "replace", "path": "/good", "value": True}],
    [{"op": "test", "path": "/id", "value": "another"}],
    None,
)
"""One that says what the ERP says once the record is mended, one that fits no record, and none."""
PLAIN = [{"op": "test", "path": "/specversion", "value": "1.0"}]
"""An edit of a message that leaves it as it is."""


class Operators:
    """Who works at the desk. ``retransformed`` is the release by which everything stored was mapped once more."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._random: Random = world.chance.of("operators")
        self.retransformed = 1

    async def office(self) -> None:
        """One operator after another, until the dust settles."""
        while True:
            await asyncio.sleep(self._random.uniform(3, 25))
            if not self._world.chance.on:
                return
            await self.one(self._choice())

    def _choice(self) -> str:
        if self.retransformed < self._world.release and self._random.random() < 0.4:
            return "retransform"
        return self._random.choice(ACTIONS)

    async def one(self, action: str) -> None:
        """One process that does one thing; it may not come to its end."""
        process = self._world.process("operator")
        main = process.start(partial(self._act, process, action))
        await asyncio.wait({main})
        error = None if main.cancelled() or not process.alive else main.exception()
        process.alive = False
        if error is not None:
            self._world.break_off(f"defect: {type(error).__name__}: {str(error)[:200]}")

    async def _act(self, process: Process, action: str) -> None:
        self._world.say(f"operator: {action}", process=process.name)
        try:
            await getattr(self, action)(self._world.runtime(process))
        except ErpflowError as error:
            self._world.say("operator gave up", process=process.name, error=type(error).__name__, reason=str(error))

    async def look(self, runtime: Runtime) -> None:
        """Rehearse, and keep what was said."""
        wanted = await self._narrow(runtime)
        found = await rehearse(bootstrap.sources(runtime), wanted)
        async with runtime.store.transaction() as tx:
            await ordering.rehearsed(tx, self._order(runtime, wanted), found.tally, runtime.clock.now())

    async def replay(self, runtime: Runtime) -> None:
        """Replay letters in this process, mostly after a rehearsal."""
        wanted = await self._narrow(runtime)
        expected = await rehearse(bootstrap.sources(runtime), wanted) if self._random.random() < 0.5 else None
        number = await self._begin(runtime, wanted, expected.tally if expected else Tally())
        await bootstrap.replayer(runtime).work(number, expected)

    async def detach(self, runtime: Runtime) -> None:
        """Order a replay, and leave it to the desk's worker."""
        await self._begin(runtime, await self._narrow(runtime), Tally())

    async def pause(self, runtime: Runtime) -> None:
        """Pause one that is under way."""
        if number := await self._one_of(runtime, "running"):
            async with runtime.store.transaction() as tx:
                await ordering.pause(tx, number, runtime.name, runtime.clock.now())

    async def resume(self, runtime: Runtime) -> None:
        """Go on with one that is paused or stopped, or that somebody else has in hand."""
        if number := await self._one_of(runtime, "paused", "stopped", "running"):
            async with runtime.store.transaction() as tx:
                await ordering.resume(tx, number, runtime.name, runtime.clock.now())
            await bootstrap.replayer(runtime).work(number)

    async def edit(self, runtime: Runtime) -> None:
        """Put edits on some letters, or take them away."""
        async with runtime.store.transaction() as tx:
            names = await self._some(tx)
            patches: dict[str, Any] = {
                name: PLAIN if name.startswith(messages.PREFIX) else self._random.choice(EDITS) for name in names
            }
            await acting.edit(tx, patches, self._by(runtime))

    async def discard(self, runtime: Runtime) -> None:
        """Give up some letters of records, and messages that are none of ours."""
        async with runtime.store.transaction() as tx:
            junk = [one.name for one in await messages.found(tx, Filter()) if is_junk(one.body)]
            names = [name for name in await self._some(tx) if not name.startswith(messages.PREFIX)]
            if names or junk:
                await acting.discard(tx, Filter(names=(*names, *junk)), self._by(runtime))

    async def retransform(self, runtime: Runtime) -> None:
        """Look at what another release changes, or apply it."""
        stream = self._random.choice([None, None, *DATA])
        apply = self._random.random() < 0.8
        release = self._world.release if not self._world.older() else 0
        await bootstrap.retransform(runtime).work(Scope("fake", stream), apply=apply)
        if apply and stream is None:
            self.retransformed = max(self.retransformed, release)

    async def replay_all(self, runtime: Runtime) -> None:
        """Replay every letter, whatever fails on the way."""
        order = Order(Filter(), Steps((2, 100), 1.0), None, runtime.name)
        async with runtime.store.transaction() as tx:
            number = await ordering.begin(tx, order, Tally(), runtime.clock.now())
        await bootstrap.replayer(runtime).work(number)

    async def retransform_all(self, runtime: Runtime) -> None:
        """Map everything stored once more."""
        await bootstrap.retransform(runtime).work(Scope("fake"), apply=True)

    async def still_to_change(self) -> list[str]:
        """What a retransform would change now, by kind of change."""
        runtime = self._world.runtime(Process("onlooker", self._world.release))
        found = await bootstrap.retransform(runtime).work(Scope("fake"), apply=False)
        return [f"{many} {change}" for change, many in found.tally.changes.items() if change != "unchanged"]

    async def _begin(self, runtime: Runtime, wanted: Filter, predicted: Tally) -> int:
        async with runtime.store.transaction() as tx:
            return await ordering.begin(tx, self._order(runtime, wanted), predicted, runtime.clock.now())

    def _order(self, runtime: Runtime, wanted: Filter) -> Order:
        steps = Steps(self._random.choice([(1, 2, 4), (1, 10), (3,)]), self._random.choice([0.1, 0.5, 1.0]))
        return Order(wanted, steps, self._random.choice([None, None, 0.5]), runtime.name)

    async def _narrow(self, runtime: Runtime) -> Filter:
        """All letters, those of a tenant, of a stream or of one cause, or some of them by name."""
        async with runtime.store.reading() as tx:
            groups = await letter_search.groups(tx, Filter()) + await messages.groups(tx, Filter())
            filters = [
                Filter(),
                Filter(tenant="acme"),
                Filter(streams=(self._random.choice(DATA),)),
                Filter(names=tuple(await self._some(tx))),
            ]
        causes = sorted(group.cause for group in groups)
        return self._random.choice([*filters, *(Filter(cause=cause) for cause in causes)])

    async def _some(self, tx: Any) -> Sequence[str]:
        names = await acting.names(tx, Filter())
        return self._random.sample(names, min(len(names), 3))

    async def _one_of(self, runtime: Runtime, *states: str) -> int | None:
        async with runtime.store.reading() as tx:
            found = [one.id for one in await replays.listed(tx, 50) if one.state in states]
        return self._random.choice(found) if found else None

    @staticmethod
    def _by(runtime: Runtime) -> Operator:
        return Operator(runtime.name, runtime.clock.now(), "the simulation says so")
