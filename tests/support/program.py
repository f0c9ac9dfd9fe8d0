"""The program ``erpflow`` as a person meets it: a process, what it says, its exit status and its peak memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from tests.support.forked import commands
from tests.support.forked.client import Asked

ROOT = Path(__file__).parents[2]
SECONDS = 120


@dataclass(frozen=True)
class Done:
    """``peak`` is the largest resident size in bytes."""

    status: int
    out: str
    err: str
    peak: int

    def sentence(self, status: int) -> str:
        """The one sentence that it ended with, having this exit status."""
        assert self.status == status, (self.status, self.out, self.err)
        assert self.out == ""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("erpflow: "), self.err
        text = lines[0].removeprefix("erpflow: ")
        assert text.endswith("."), text
        return text


def environment(place: Path, **variables: str) -> dict[str, str]:
    """A process's whole environment: nothing of the test's AWS or erpflow settings is handed down."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "HOME": str(place), "COLUMNS": "200", "PYTHONPATH": str(ROOT), **variables}


def erpflow(env: Mapping[str, str], place: Path, *arguments: str) -> Done:
    """Run ``erpflow`` to its end in the folder ``place``, without the time of its imports; two minutes at most."""
    with _files() as files:
        asked = Asked(commands.address(), arguments, env, str(place), [file.fileno() for file in files])
        with _watched(asked.pid):
            status, peak = asked.wait()
        return _done(status, peak, *files[1:])


def started(env: Mapping[str, str], place: Path, *arguments: str) -> Done:
    """The same with an interpreter that is started for it, as a person does."""
    command = [sys.executable, "-m", "pipeline.cli.main", *arguments]
    with _files() as files:
        given, out, err = files
        process = subprocess.Popen(command, cwd=place, env=dict(env), stdin=given, stdout=out, stderr=err)
        with _watched(process.pid):
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return _done(process.returncode, usage.ru_maxrss * 1024, out, err)


@contextmanager
def _files() -> Iterator[tuple[IO[str], IO[str], IO[str]]]:
    """Standard input, output and error of a command."""
    with Path(os.devnull).open() as given, TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        yield given, out, err


@contextmanager
def _watched(pid: int) -> Iterator[None]:
    watchdog = threading.Timer(SECONDS, os.kill, (pid, signal.SIGKILL))
    watchdog.start()
    try:
        yield
    finally:
        watchdog.cancel()


def _done(status: int, peak: int, out: IO[str], err: IO[str]) -> Done:
    out.seek(0)
    err.seek(0)
    return Done(status, out.read(), err.read(), peak)
