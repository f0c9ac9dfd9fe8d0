"""Commands of erpflow by the server of this process, which the first one starts."""

from __future__ import annotations

import atexit
import shlex
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.support.forked import client

ROOT = Path(__file__).parents[3]


@cache
def address() -> str:
    """Where the server listens; it ends with this process."""
    folder = Path(tempfile.mkdtemp(prefix="erpflow-forked-"))
    where = str(folder / "socket")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.forked.server", where],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    atexit.register(_end, process, folder)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return where


def forking() -> list[str]:
    """What stands before a command's arguments: the process that is started so is the command to who started it."""
    return [sys.executable, "-IS", client.__file__, address()]


def write_program(folder: Path) -> Path:
    """A program ``erpflow`` in the folder, for shells that have the folder on their PATH."""
    file = folder / "erpflow"
    file.write_text(f'#!/bin/sh\nexec {shlex.join(forking())} "$@"\n')
    file.chmod(0o755)
    return file


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    process.communicate()
    shutil.rmtree(folder, ignore_errors=True)
