"""The storm: two refreshers, a killer, the issuer, and an operator who consents again when he is told to."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from connectors.http import HttpClient
from connectors.tokens import IssuedToken
from pipeline import consents
from pipeline.clock import SystemClock
from pipeline.credentials import Vault, new_data_key
from pipeline.custodian import Custodian, credential_of
from pipeline.store import connections, migrate, tokens
from pipeline.store.engine import Store
from pipeline.store.tables import outbox
from tests.support.issuer import Issuer, issuing
from tests.support.tokens import refresher, system
from tests.support.tokens.refresher import Order

PAUSE = 0.01  # seconds at most before, and after, each exchange of a token
KILLS = (0.02, 0.5)  # seconds between two kills

_fork = multiprocessing.get_context("forkserver")
_fork.set_forkserver_preload(["tests.support.tokens.refresher"])


@dataclass
class Figures:
    """What a storm saw. ``lost`` consents: those whose last answer was in no process's hands; ``told`` in seconds."""

    refreshes: int = 0
    repeated: int = 0
    kills: int = 0
    kills_in_refresh: int = 0
    lost: int = 0
    lost_after_receipt: int = 0
    refusals: int = 0
    most_at_once: int = 0
    notices: int = 0
    slowest_told: float = 0.0
    told: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def shown(self) -> dict[str, object]:
        """Without the single times."""
        return {name: value for name, value in asdict(self).items() if name != "told"}


class Storm:
    """One storm over one store; ``await storm.rage(refreshes)``."""

    def __init__(self, store: Store, url: str, home: Path, issuer: Issuer) -> None:
        self._store = store
        self._home = home
        self._issuer = issuer
        self._vault = Vault(key := new_data_key())
        self._order = Order(url, key, issuer.grace, home, home / "received", os.getpid())
        self._processes = {}
        self.figures = Figures()

    async def rage(self, refreshes: int) -> Figures:
        """Go on until so many tokens were exchanged; then the consent must still be good."""
        began = time.monotonic()
        async with self._store.transaction() as tx:
            await connections.add(tx, system.row(self._issuer.url, self._vault), datetime.now(UTC))
        await self._consent()
        killer = asyncio.create_task(self._kill())
        try:
            while self._issuer.rotated + self._issuer.repeated < refreshes:
                await self._look()
                await asyncio.sleep(0.05)
        finally:
            killer.cancel()
            with suppress(asyncio.CancelledError):
                await killer
            await asyncio.to_thread(self._end)
        await self._settled()
        return await self._summed(began)

    async def _consent(self) -> None:
        """What erpflow connections authorize does with the issuer's answer."""
        async with self._custodian() as (custodian, credential), self._store.transaction() as tx:
            await custodian.renewals.put(tx, credential, IssuedToken("first", self._issuer.consent(), None))
            await consents.given(tx, credential.name, datetime.now(UTC))

    @asynccontextmanager
    async def _custodian(self) -> AsyncIterator:  # type: ignore[type-arg]
        found = system.spec(system.consenting(grace=self._issuer.grace))
        async with HttpClient() as http, self._store.reading() as tx:
            row = await connections.get(tx, "north-oauthy")
            credential = credential_of(found, row, system.SECRETS)
            yield Custodian(self._store, self._vault, http, SystemClock()), credential

    async def _look(self) -> None:
        """Whether the consent was told to be dead; then whether that is the truth, and a new one."""
        async with self._store.reading() as tx:
            row = await tokens.find(tx, "connection:north-oauthy")
            state = (await connections.get(tx, "north-oauthy")).state
        if row is None or state != "needs_consent" or row.state != "dead":
            return
        self.figures.lost += 1
        self.figures.told.append(time.monotonic() - self._issuer.consents[-1].rotated_at)
        received = [int(line) for line in self._order.received.read_text().split()]
        self.figures.lost_after_receipt += max(received, default=0) > row.token_epoch
        await self._consent()

    async def _kill(self) -> None:
        while True:
            for name in ("one", "other"):
                if name not in self._processes:
                    self._processes[name] = _fork.Process(target=refresher.main, args=(self._order,), daemon=True)
                    await asyncio.to_thread(self._processes[name].start)
            await self._moment()
            name = random.choice(("one", "other"))
            self.figures.kills += 1
            self.figures.kills_in_refresh += self._issuer.busy > 0
            process = self._processes.pop(name)
            process.kill()
            await asyncio.to_thread(process.join)

    async def _moment(self) -> None:
        """A random one; every other time one in or just after an exchange, where a kill costs most."""
        await asyncio.sleep(random.uniform(*KILLS))
        if random.random() < 0.5:
            with suppress(TimeoutError):
                async with asyncio.timeout(5):
                    while not self._issuer.busy:
                        await asyncio.sleep(0.001)
            await asyncio.sleep(random.uniform(0, 3 * PAUSE))

    def _end(self) -> None:
        for process in self._processes.values():
            process.kill()
            process.join()

    async def _settled(self) -> None:
        """The last interrupted renewal gets its end, by a process that starts now and is not killed."""
        process = _fork.Process(target=refresher.main, args=(self._order,), daemon=True)
        await asyncio.to_thread(process.start)
        try:
            before = self._issuer.rotated
            async with asyncio.timeout(60):
                while self._issuer.rotated < before + 3:
                    await self._look()
                    await asyncio.sleep(0.05)
        finally:
            process.kill()
            await asyncio.to_thread(process.join)

    async def _summed(self, began: float) -> Figures:
        async with self._store.reading() as tx:
            notice = outbox.c.topic.like("notification-%")
            self.figures.notices = (await tx.execute(select(func.count()).where(notice))).scalar_one()
        self.figures.refreshes, self.figures.repeated = self._issuer.rotated, self._issuer.repeated
        self.figures.refusals, self.figures.most_at_once = self._issuer.refused, self._issuer.busiest
        self.figures.slowest_told = max(self.figures.told, default=0.0)
        self.figures.seconds = time.monotonic() - began
        return self.figures


async def storm(url: str, home: Path, grace: float, refreshes: int) -> Figures:
    """A storm over an empty store."""
    async with Store.open(url) as store, issuing(Issuer(grace=grace, pause=PAUSE)) as issuer:
        await migrate.upgrade(store)
        return await Storm(store, url, home, issuer).rage(refreshes)
