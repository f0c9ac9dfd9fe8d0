"""The worker processes of a storm: two of each kind, each started again whenever it ends, until the storm is over.

They are forked from a server that has imported everything (multiprocessing's): else most of the time would go into
imports. Nothing else is shared.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import orjson
import psutil

from pipeline.settings import Settings
from tests.support.deployment import environment
from tests.support.kills import worker as entry
from tests.support.kills.logs import in_hand, lines
from tests.support.kills.steps import SIGNALS, STEPS, STRUCK, VARIABLE, How, Strike, packed

STOP_AFTER = 30.0
LOOK = 0.05
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload([entry.__name__, "tests.support.replay_kills.worker"])


@dataclass(frozen=True, slots=True)
class Crew:
    """Who works in a fleet: a process for each place (its kind and a number), and what a process does all its life."""

    places: Sequence[str]
    work: Callable[[str, Mapping[str, str], Path], None]

    @property
    def kinds(self) -> list[str]:
        return list(dict.fromkeys(place.split("-")[0] for place in self.places))


CREW = Crew([f"{kind}-{number}" for kind in STEPS for number in (1, 2)], entry.work)
"""Two of each kind of worker."""


@dataclass(frozen=True, slots=True)
class Blow:
    """One process that was struck: by itself at a named step, or from outside at a random moment (``step`` None).

    By its own ``log``: ``page`` is what the step was about, ``hand`` what it had begun with and was not done with.
    ``at`` is the second in the life of its fleet.
    """

    place: str
    log: str
    pid: int
    how: How
    step: str | None
    page: str | None
    hand: list[str]
    at: float

    @property
    def kind(self) -> str:
        return self.place.split("-")[0]


@dataclass(slots=True)
class Worker:
    """A running process. ``frozen`` since then; ``struck`` counts what it did to itself and was noted."""

    place: str
    process: ForkServerProcess
    log: Path
    frozen: float | None = None
    killed: bool = False
    struck: int = 0

    @property
    def kind(self) -> str:
        return self.place.split("-")[0]

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid


@dataclass
class Fleet:
    """``open`` are the strikes still to come, by kind of worker. What happened is in ``blows`` and ``crashes``."""

    settings: Settings
    open: dict[str, list[Strike]]
    extra: Mapping[str, str]
    frozen_for: float
    crew: Crew = CREW
    workers: dict[str, Worker] = field(default_factory=dict)
    blows: list[Blow] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    logs: list[Path] = field(default_factory=list)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    began: float = field(default_factory=time.monotonic)

    def strike(self, place: str, how: How) -> bool:
        """Kill or freeze a process at this moment, wherever it is; false where it struck itself just before."""
        worker = self.workers[place]
        if self._struck_itself(worker):
            return False
        try:
            os.kill(worker.pid, SIGNALS[how])
        except ProcessLookupError:
            return False
        worker.killed = how == "kill"
        self._note(worker, how, None, None)
        if how == "freeze":
            worker.frozen = time.monotonic()
        return True

    def awake(self) -> list[str]:
        """Places whose process runs and is not frozen."""
        return [place for place, one in self.workers.items() if one.frozen is None and one.process.is_alive()]

    def left(self) -> int:
        """How many strikes at named steps are still to come."""
        return sum(map(len, self.open.values()))

    async def keep(self, place: str) -> None:
        """Run the process of a place, again and again, until one crashes."""
        number = 0
        while not self.closing.is_set() and not self.crashes:
            number += 1
            worker = self._start(place, self.settings.home / "workers" / f"{place}-{number:03}.log")
            while worker.process.is_alive() and not self.closing.is_set():
                await asyncio.sleep(LOOK)
            await self._stop(worker)
            del self.workers[place]
            self._ended(worker, worker.process.exitcode or 0)

    async def watch(self) -> None:
        """Wake processes that have been frozen for long enough, also those that froze themselves at a step."""
        while True:
            for worker in list(self.workers.values()):
                if worker.frozen is None and _stopped(worker.pid):
                    self._struck_itself(worker)
                elif worker.frozen is not None and time.monotonic() - worker.frozen > self.frozen_for:
                    os.kill(worker.pid, signal.SIGCONT)
                    worker.frozen = None
            await asyncio.sleep(LOOK)

    def _start(self, place: str, log: Path) -> Worker:
        self.logs.append(log)
        kind = place.split("-")[0]
        env = {**environment(self.settings), **self.extra, VARIABLE: packed(self.open[kind])}
        process = FORKED.Process(target=self.crew.work, args=(kind, env, log), name=place)
        process.start()
        worker = self.workers[place] = Worker(place, process, log)
        return worker

    async def _stop(self, worker: Worker) -> None:
        if worker.process.is_alive():
            worker.process.terminate()
            os.kill(worker.pid, signal.SIGCONT)
        deadline = time.monotonic() + STOP_AFTER
        while worker.process.is_alive() and time.monotonic() < deadline:
            await asyncio.sleep(LOOK)
        if worker.process.is_alive():
            self.crashes.append(f"{worker.place} did not stop within {STOP_AFTER:g} s; see {worker.log}")
            worker.process.kill()
            worker.process.join()

    def _ended(self, worker: Worker, status: int) -> None:
        self._struck_itself(worker)
        if status == -signal.SIGTERM and self.closing.is_set() and not lines(worker.log):
            return  # it was stopped before it could listen to anything
        if not worker.killed if status == -signal.SIGKILL else status != 0 or not self.closing.is_set():
            self.crashes.append(f"{worker.place} ended with status {status}; see {worker.log}")

    def _struck_itself(self, worker: Worker) -> bool:
        """Note what the process did to itself at named steps since this was asked last; whether there was anything."""
        struck = [line for line in lines(worker.log) if line.get("action") == "struck"][worker.struck :]
        for line in struck:
            mine = self.open[worker.kind]
            mine.remove(next(one for one in mine if (one.step, one.how) == (line["step"], line["how"])))
            self._note(worker, line["how"], line["step"], line["page"])
            worker.killed = worker.killed or line["how"] == "kill"
            if line["how"] == "freeze":
                worker.frozen = time.monotonic()
        worker.struck += len(struck)
        return bool(struck)

    def _note(self, worker: Worker, how: How, step: str | None, page: str | None) -> None:
        hand = in_hand(worker.kind, lines(worker.log))
        blow = Blow(
            worker.place, worker.log.stem, worker.pid, how, step, page, hand, round(time.monotonic() - self.began, 2)
        )
        self.blows.append(blow)
        with (self.settings.home / "blows.jsonl").open("ab") as file:
            file.write(orjson.dumps(asdict(blow)) + b"\n")


@asynccontextmanager
async def fleet(
    settings: Settings,
    strikes: Mapping[str, Sequence[Strike]],
    frozen_for: float,
    extra: Mapping[str, str] | None = None,
    crew: Crew = CREW,
) -> AsyncIterator[Fleet]:
    """Run a fleet while the block runs; at its end SIGTERM stops each process. ``extra`` goes into the environment."""
    for folder in ("workers", STRUCK):
        (settings.home / folder).mkdir(parents=True)
    wanted = {kind: list(strikes.get(kind, ())) for kind in crew.kinds}
    found = Fleet(settings, wanted, extra or {}, frozen_for, crew)
    watching = asyncio.create_task(found.watch())
    keeping = [asyncio.create_task(found.keep(place)) for place in crew.places]
    try:
        yield found
    finally:
        found.closing.set()
        await asyncio.gather(*keeping)
        watching.cancel()
        await asyncio.wait({watching})


def everywhere(hows: Sequence[How], nth: Any, kinds: Mapping[str, Sequence[str]] = STEPS) -> dict[str, list[Strike]]:
    """A strike of each sort at each named step, by kind of worker."""
    return {kind: [Strike(step, how, nth()) for step in steps for how in hows] for kind, steps in kinds.items()}


def _stopped(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False
