"""``erpflow demo`` as a user starts it: a process, what it tells, and what it leaves behind.

What it prints with ``--once`` is looked at in ``test_make``, which runs it as the documents do.
"""

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from pipeline.aws.access import AwsAccess
from schemas.entities import ENTITIES
from schemas.topics import information_topic
from tests.support import facts, tryton_truth
from tests.support.deployment import ROOT
from tests.support.subscriber import subscribed
from tests.support.tryton import cache_dir

pytestmark = pytest.mark.tryton


@dataclass
class DemoProcess:
    """A running demo, and everything that it was ever seen to have started."""

    process: asyncio.subprocess.Process
    home: Path
    started: set[psutil.Process] = field(default_factory=set)

    @property
    def said(self) -> str:
        return (self.home / "stderr").read_text()

    def look(self) -> None:
        self.started |= set(psutil.Process(self.process.pid).children(recursive=True))

    async def until(self, condition, what: str) -> None:
        async with asyncio.timeout(120):
            while not condition():
                assert self.process.returncode is None, self.said
                self.look()
                await asyncio.sleep(0.05)
        assert condition(), what

    async def ended(self, seconds: float) -> tuple[int, str]:
        async with asyncio.timeout(seconds):
            while self.process.returncode is None:
                await asyncio.sleep(0.05)
        return self.process.returncode, (self.home / "stdout").read_text()

    def truth(self):
        return tryton_truth.read(self.home / "demo" / "tryton" / "tryton.sqlite")


@asynccontextmanager
async def started(tmp_path, *options):
    """``erpflow demo`` with a home of its own and the Tryton that all tests share."""
    command = [sys.executable, "-m", "pipeline.cli.main", "demo", "--json", *options]
    where = ["--home", str(tmp_path), "--cache", str(cache_dir())]
    env = {"PATH": os.defpath, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with (tmp_path / "stdout").open("wb") as out, (tmp_path / "stderr").open("wb") as error:
        process = await asyncio.create_subprocess_exec(*command, *where, env=env, stdout=out, stderr=error)
    try:
        yield DemoProcess(process, tmp_path)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def assert_nothing_is_left(started, ports):
    assert len(started) >= 2
    assert [process for process in started if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []
    listening = {c.laddr.port for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN}
    assert listening & ports == set()


def ports_of(processes):
    return {
        connection.laddr.port
        for process in processes
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }


async def test_a_subscriber_of_the_demo_has_what_the_database_has_and_ctrl_c_leaves_nothing(tmp_path):
    async with started(tmp_path) as demo:
        file = tmp_path / "demo" / "embedded.json"
        await demo.until(file.exists, "the demo's AWS did not start")
        found = json.loads(file.read_text())
        access = AwsAccess(found["region"], found["endpoint"], found["access_key"], found["secret_key"])
        topics = ["erpflow-" + information_topic(entity) for entity in ENTITIES]
        async with subscribed(access, "a-subscriber", topics) as subscriber:
            await demo.until(lambda: "Workers are running" in demo.said, "the workers did not start")
            want = facts.of_truth(demo.truth())
            total = sum(map(len, want.values()))
            await subscriber.until(lambda events: len(events) >= total, seconds=120)
            have = facts.of_events(await subscriber.drained())
        assert {kind: len(rows) for kind, rows in have.items()} == {kind: len(rows) for kind, rows in want.items()}
        for kind, rows in want.items():
            assert facts.checksum(have[kind]) == facts.checksum(rows), kind
        demo.look()
        ports = ports_of(demo.started)
        assert len(ports) >= 2
        demo.process.send_signal(signal.SIGINT)
        status, printed = await demo.ended(seconds=60)
    assert status == 0, demo.said
    assert_nothing_is_left(demo.started, ports)
    assert json.loads(printed)["information"] == {kind: len(rows) for kind, rows in want.items()}


async def test_ctrl_c_while_the_demo_starts_leaves_nothing(tmp_path):
    async with started(tmp_path) as demo:
        await demo.until(lambda: len(demo.started) >= 2, "the demo started nothing")
        ports = ports_of(demo.started)
        demo.process.send_signal(signal.SIGINT)
        status, printed = await demo.ended(seconds=60)
    assert (status, printed) == (1, "")
    assert "Interrupted" in demo.said
    assert_nothing_is_left(demo.started, ports)
