"""Child processes in Tryton's environment: each in a group of its own, none outliving its parent."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

INSIDE = Path(__file__).parent / "inside"
STOP_SECONDS = 5.0
TAIL_LINES = 8


def launched(python: Path, module: str, *arguments: str) -> list[str]:
    """The command line of a module of ``inside`` (or of Tryton) that ends with this process."""
    return [str(python), "-P", str(INSIDE / "launch.py"), module, *arguments]


async def spawn(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> asyncio.subprocess.Process:
    """Start a command with its output appended to ``log``; its standard input is a pipe that only we hold.

    ``environment`` adds to our own variables, of which those of Tryton (TRYTON…) are left out.
    """
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=output,
            stderr=output,
            env={**_inherited(), **(environment or {})},
            start_new_session=True,
        )


async def run(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> int:
    """Run a command to its end and return its exit status; a cancelled caller takes the command with it."""
    process = await spawn(command, log, environment)
    try:
        return await process.wait()
    finally:
        await stop(process)


async def stop(process: asyncio.subprocess.Process) -> None:
    """End a process with its group: politely, and after five seconds not so. It may have ended already."""
    if process.returncode is None:
        _signal(process, signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
    if process.returncode is None:
        _signal(process, signal.SIGKILL)
        await process.wait()
    if process.stdin is not None:
        process.stdin.close()


def tail(log: Path) -> str:
    """The last lines of a log in one line, for an error message."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return " | ".join(line.strip() for line in lines[-TAIL_LINES:]) or "the log is empty"


def _inherited() -> dict[str, str]:
    """Our variables but those of another Tryton, which would overrule the configuration file."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TRYTON")}


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
