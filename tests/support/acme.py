"""An embedded erpflow in processes of its own, with the example connector installed and an Acme to read."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline import bootstrap, settings
from pipeline.aws.clients import open_client
from tests.support.forked import commands

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "acme-connector"
PROGRAMS = Path(sys.executable).parent
SECONDS = 120
"""No single command takes longer, unless something is wrong."""


def uv() -> str:
    """The uv that made this environment."""
    found = shutil.which("uv", path=f"{PROGRAMS}:{os.environ.get('PATH', '')}")
    assert found, "uv is not installed; make test puts it into .venv"
    return found


@pytest.fixture(scope="session")
def acme_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the example connector was really installed: on the path, its entry point is found."""
    target = tmp_path_factory.mktemp("acme-package")
    command = [uv(), "pip", "install", "--quiet", "--no-deps", "--python", sys.executable, "--target", str(target)]
    done = subprocess.run([*command, str(EXAMPLE)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(scope="session")
def acme_server() -> Iterator[Any]:
    """The example's server, in this process, so that tests can change what it has."""
    sys.path.insert(0, str(EXAMPLE))
    try:
        from acme_server import AcmeServer
    finally:
        sys.path.remove(str(EXAMPLE))
    with AcmeServer(customers=120, jobs=30, hours_=60) as server:
        yield server


@dataclass(frozen=True)
class World:
    """``home`` is the folder of a running ``erpflow up --embedded``, ``place`` where commands are run."""

    home: Path
    place: Path
    environment: Mapping[str, str]
    acme: Any

    def run(self, command: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a shell command to its end."""
        return subprocess.run(
            ["bash", "-c", command], cwd=self.place, env=dict(environment or self.environment),
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip

    def json(self, command: str) -> Any:
        """The document that a command with ``--json`` prints."""
        done = self.run(command)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @contextmanager
    def running(self, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
        """A program of erpflow's that runs by itself; killed at the end if the block did not stop it."""
        process = subprocess.Popen(
            [str(PROGRAMS / "erpflow"), *arguments], cwd=self.place, env={**self.environment, **settings},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def connect(self) -> None:
        """Make and read the connection that the documents speak of, unless it is there already."""
        if any(row["connection"] == "north-acme" for row in self.json("erpflow connections list --json")):
            return
        given = f"--setting base_url={self.acme.url} --secret api_key=ACME_KEY"
        add = f"erpflow connections add north-acme --system acme --tenant north --company 1 {given}"
        done = self.run(f"export ACME_KEY=acme-key; {add} && erpflow sync north-acme")
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def acme_world(acme_package: Path, acme_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A World that is up; at the end SIGTERM stops it with status 0."""
    place = tmp_path_factory.mktemp("acme-world")
    for name in ("examples", "schemas"):
        (place / name).symlink_to(ROOT / name)
    (programs := place / "programs").mkdir()
    commands.write_program(programs)
    world = World(place / "home", place, _environment(place / "home", acme_package, programs), acme_server)
    log = place / "up.log"
    with log.open("w") as file:
        command = [str(PROGRAMS / "erpflow"), "up", "--embedded"]
        process = subprocess.Popen(command, cwd=place, env=dict(world.environment), stdout=file, stderr=file)
        try:
            wait_for(lambda: '"started"' in log.read_text() or process.poll() is not None)
            assert process.poll() is None, log.read_text()
            asyncio.run(_make_queue(world.home))
            yield world
            process.send_signal(signal.SIGTERM)
            assert process.wait(SECONDS) == 0, log.read_text()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def wait_for(condition: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Return when the condition holds; AssertionError when it does not within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


def _environment(home: Path, package: Path, programs: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ERPFLOW_", "AWS_"))}
    return {
        **kept,
        "PATH": f"{programs}:{PROGRAMS}:{os.environ.get('PATH', '')}",
        "PYTHONPATH": str(package),
        "ERPFLOW_HOME": str(home),
        "ERPFLOW_TICK_SECONDS": "0.1",
        "ERPFLOW_WAIT_SECONDS": "1",
        "COLUMNS": "200",
    }


async def _make_queue(home: Path) -> None:
    """The queue of the subscriber that the documents speak of."""
    found = settings.load(home=home)
    async with open_client("sqs", bootstrap.access(found)) as sqs:
        await sqs.create_queue(QueueName=f"{found.prefix}crm")
