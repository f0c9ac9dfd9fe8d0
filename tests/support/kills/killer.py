"""Kills and freezes at random moments, spread over the whole sync by its progress."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

from pipeline.store.engine import Store
from tests.support.kills import standing
from tests.support.kills.fleet import Fleet
from tests.support.kills.steps import How

LOAD_SHARE = 0.85
"""Of the kills, what strikes during the first loads; the others strike during what follows."""
LOOK = 0.1


@dataclass
class Killer:
    """Strikes ``kills`` plus ``freezes`` times; ``pages`` is what the first loads are expected to take."""

    fleet: Fleet
    store: Store
    random: Random
    pages: int
    kills: int
    freezes: int
    loaded: asyncio.Event

    async def run(self) -> None:
        """Return when all strikes have fallen."""
        kill: How = "kill"
        freeze: How = "freeze"
        hows = [kill] * self.kills + [freeze] * self.freezes
        self.random.shuffle(hows)
        for number, how in enumerate(hows):
            await self._until(number / len(hows) / LOAD_SHARE)
            await asyncio.sleep(self.random.uniform(0, 0.3))
            await self._strike(how)

    async def _until(self, share: float) -> None:
        if share >= 1:
            await self.loaded.wait()
            await asyncio.sleep(self.random.uniform(0.2, 0.8))
            return
        while not self.loaded.is_set() and await standing.accounted(self.store) < share * self.pages:
            await asyncio.sleep(LOOK)

    async def _strike(self, how: How) -> None:
        while not (places := self.fleet.awake()) or not self.fleet.strike(self.random.choice(sorted(places)), how):
            await asyncio.sleep(LOOK)
