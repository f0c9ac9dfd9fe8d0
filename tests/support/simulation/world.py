"""The simulated world: database, broker, archive, ERP and subscriber, and the processes that work between them.

The processes are wired by the real ``pipeline.bootstrap``; a killed one is started again under a new name.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet

from connectors.http import HttpClient
from pipeline import bootstrap
from pipeline.archive.memory import MemoryArchive
from pipeline.audit import Audit
from pipeline.bootstrap import Runtime
from pipeline.budgets.gates import Gates
from pipeline.credentials import Vault
from pipeline.custodian import Custodian
from pipeline.loops import Loop
from pipeline.process import Group, Runnable
from pipeline.settings import Settings
from pipeline.store import connections
from pipeline.store.connections import ConnectionRow
from pipeline.topology.model import Topology
from pipeline.topology.twin import build
from pipeline.topology.wanted import add_subscriber, wanted
from schemas.entities import ENTITIES
from schemas.envelope import Envelope
from schemas.reader import Latest, open_event
from tests.support.simulation import database
from tests.support.simulation.chance import Chance, Options
from tests.support.simulation.claims import SKEW, Claims
from tests.support.simulation.desk_claims import DeskClaims
from tests.support.simulation.erp import SimulatedErp
from tests.support.simulation.operators import Operators
from tests.support.simulation.ports import (
    Faults,
    SimulatedArchive,
    SimulatedBroker,
    SimulatedClock,
    SimulatedStore,
    instant,
)
from tests.support.simulation.processes import Process
from tests.support.simulation.queues import Queues
from tests.support.simulation.releases import LAST

CREW = (
    "scheduler",
    "slow scheduler",
    "connector",
    "connector",
    "transformer",
    "transformer",
    "distributor",
    "distributor",
)
MAPS = ("transformer", "deadletters")
"""Kinds of process that hold a mapping: they end when another release of it is installed."""
SCHEDULE = {"every": 12, "deletes_every": 40}
SETTINGS = Settings(
    store="sqlite://", prefix="", concurrency=3, lease_seconds=20, visibility_seconds=30, wait_seconds=20,
    stop_seconds=5, tick_seconds=5, grace_seconds=15,
)  # fmt: skip
SLOW = SETTINGS.model_copy(update={"tick_seconds": 25.0})
"""Two of a kind that differ; and most of a simulation's cost are ticks that find nothing."""
HTTP = HttpClient()
"""Never used: the ERP is in memory."""
VAULT = Vault(Fernet.generate_key().decode())


@dataclass
class World:
    """Everything there is. ``trace`` tells what happened, one line each."""

    options: Options
    trace: list[str] = field(default_factory=list)
    latest: Latest = field(default_factory=Latest)
    processes: list[Process] = field(default_factory=list)
    owed: bool = False

    def __post_init__(self) -> None:
        self.chance = Chance(self.options)
        self.release = 1 if self.options.desk else LAST
        self.database = database.empty()
        self.turn = asyncio.Lock()
        self.broke: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.faults = Faults(self.chance, self)
        self.queues = Queues(self.chance)
        self.topology = self._topology()
        build(self.topology, self.queues)
        self.objects = MemoryArchive()
        self.erp = SimulatedErp(self.faults)
        self.operators = Operators(self)
        self.store = SimulatedStore(self)
        self.claims = Claims(
            self.database.raw, self.erp, self.queues.taken, SKEW if "clock" in self.chance.rates else 0.0
        )
        if self.options.desk:
            self.claims.desk = DeskClaims(self.database.raw, self.claims.claim, self.claims.tolerance)
        self._names = 0
        self._tasks: list[asyncio.Task[Any]] = []

    def _topology(self) -> Topology:
        """In seeds with a desk, what is received a few times without success is a dead letter."""
        topology = wanted(["fake"], ENTITIES, "", None)
        public = [topic for topic in topology.topics if topic.startswith("information")]
        topology = add_subscriber(topology, "subscriber", public)
        if not self.options.desk:
            return topology
        most = self.chance.of("receives").choice([2, 4, 8])
        return replace(topology, queues=tuple(replace(one, max_receives=most) for one in topology.queues))

    def say(self, action: str, /, **values: Any) -> None:
        """Add a line to the trace."""
        told = " ".join(f"{name}={value}" for name, value in values.items())
        self.trace.append(f"{asyncio.get_running_loop().time():9.3f}  {action}  {told}".rstrip())

    def committed(self) -> None:
        """Called after every commit, before anybody else may go on."""
        self.claims.check()
        if self.claims.broken and not self.broke.done():
            self.say("BROKEN", what=self.claims.broken[0])
            self.broke.set_result(None)

    def break_off(self, broken: str) -> None:
        """Note something that must never happen."""
        self.claims.broken.append(broken)
        self.committed()

    async def start(self) -> None:
        """Connect the ERP, and start the crew and the subscriber."""
        row = ConnectionRow("acme", "acme", "fake", "1", {}, SCHEDULE, [], [], "active", None)
        async with self.store.transaction() as tx:
            await connections.add(tx, row, instant())
        crew = (*CREW, "deadletters") if self.options.desk else CREW
        self._tasks = [asyncio.create_task(self._place(kind)) for kind in crew]
        self._tasks.append(asyncio.create_task(self._subscriber()))
        if self.options.desk:
            self._tasks += [asyncio.create_task(self.operators.office()) for _ in range(2)]

    async def stop(self) -> None:
        """End everything."""
        for task in self._tasks:
            task.cancel()
        for process in self.processes:
            process.kill()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        while left := [task for process in self.processes for task in process.tasks if not task.done()]:
            await asyncio.gather(*left, return_exceptions=True)
        while len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0)

    def broker_lost(self) -> None:
        """The broker loses everything it has."""
        self.say("broker lost everything", waiting=self.queues.waiting())
        self.queues.wipe()
        self.owed = True

    async def resend(self) -> None:
        """What an operator does after such a loss; ``owed`` until it is done."""
        audit = Audit(self.store, self.queues, self.objects, SimulatedClock(), timedelta(0))
        await audit.resend(datetime(2000, 1, 1, tzinfo=UTC))
        self.owed = False

    async def _place(self, kind: str) -> None:
        """One place in the crew: a process, and after it the next."""
        while True:
            process = self.process(kind.split()[-1])
            group = Group(self._runnables(process, kind), SETTINGS.stop_seconds)
            process.stop = group.stop
            main = process.start(group.run)
            if self.chance.strikes("restart"):
                asyncio.get_running_loop().call_later(self.chance.between("restart", 5, 300), group.stop)
            await asyncio.wait({main})
            self.say("ended", process=process.name, killed=not process.alive)
            process.alive = False
            await asyncio.sleep(self.chance.between("pause", 1, 30) if self.chance.on else 1)

    def process(self, kind: str) -> Process:
        """A new process, of the release that is installed; its clock may be wrong."""
        self._names += 1
        process = Process(f"{kind}-{self._names}", self.release)
        self.processes.append(process)
        process.skew = self.chance.between("clock", -SKEW, SKEW) if self.chance.strikes("clock") else 0.0
        return process

    def install(self, release: int) -> None:
        """Another release of the mapping: processes with the one before end soon, and are started with this one."""
        self.say("release", number=release)
        self.release = release
        for process in self.processes:
            if process.alive and process.name.startswith(MAPS):
                asyncio.get_running_loop().call_later(self.chance.between("rollout", 0, 25), process.stop)

    def older(self) -> list[str]:
        """Living processes that map by an earlier release than the installed one."""
        mapping = (one for one in self.processes if one.alive and one.name.startswith((*MAPS, "operator")))
        return [one.name for one in mapping if one.release < self.release]

    def runtime(self, process: Process, settings: Settings = SETTINGS) -> Runtime:
        """The open ports of a process."""
        store, clock = SimulatedStore(self), SimulatedClock()
        return Runtime(
            settings=settings, store=store, broker=SimulatedBroker(self),
            archive=SimulatedArchive(self.objects, self.faults), registry=self.erp.registry(process.release),
            vault=VAULT, http=HTTP, custodian=Custodian(store, VAULT, HTTP, clock), gates=Gates(store, clock),
            clock=clock, name=process.name,
        )  # fmt: skip

    def _runnables(self, process: Process, kind: str) -> list[Runnable]:
        runtime = self.runtime(process, SLOW if kind.startswith("slow") else SETTINGS)
        runnables = bootstrap.workers(runtime, [kind.split()[-1]])
        if kind.endswith("scheduler") and self.options.audited:
            audit = Audit(runtime.store, runtime.broker, runtime.archive, runtime.clock, timedelta(seconds=60))
            runnables.append(Loop("audit", _repairing(audit), 60))
        return runnables

    async def _subscriber(self) -> None:
        """A reader that follows the contract; it may take an event and fail to acknowledge it."""
        while True:
            deliveries = await self.queues.receive("subscriber", most=10, wait=20, visibility=30)
            for delivery in deliveries:
                event: Envelope = await open_event(delivery.body, self.objects.get)
                self.latest.take(event)
                if not self.chance.strikes("duplicate"):
                    await self.queues.acknowledge([delivery])


def _repairing(audit: Audit):  # type: ignore[no-untyped-def]
    async def step() -> bool:
        await audit.repair()
        return False

    return step
