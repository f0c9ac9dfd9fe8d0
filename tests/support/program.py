"""The program ``erpflow`` as a person meets it: a process, what it says, its exit status and its peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
    """Run ``erpflow`` to its end in the folder ``place``; AssertionError after two minutes."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        command = [sys.executable, "-m", "pipeline.cli.main", *arguments]
        process = subprocess.Popen(command, cwd=place, env=dict(env), stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        watchdog = threading.Timer(SECONDS, process.kill)
        watchdog.start()
        _, status, usage = os.wait4(process.pid, 0)
        watchdog.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Done(process.returncode, out.read(), err.read(), usage.ru_maxrss * 1024)
