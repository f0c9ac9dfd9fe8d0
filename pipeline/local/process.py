"""Child processes of the embedded parts: started, waited for until ready, stopped, and never left behind."""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from schemas.errors import ConfigError

Ready = Callable[[], Awaitable[bool]]

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LOG_LIMIT = 10 * 1024 * 1024
_ASK_AGAIN = 0.05


@asynccontextmanager
async def child(
    command: Sequence[str],
    env: Mapping[str, str],
    log_path: Path,
    ready: Ready,
    stop_after: float = 30.0,
    ready_within: float = 60.0,
) -> AsyncIterator[Process]:
    """Run ``command`` while the block runs; enters when ``ready()`` answers true.

    ``env`` is the child's whole environment. Its output goes to ``log_path``, whose stem names the child in messages.
    At the end it gets SIGTERM, and SIGKILL after ``stop_after`` seconds. On Linux it gets SIGTERM too when this
    process is killed or the calling thread ends; elsewhere it may watch its standard input, a pipe that only this
    process holds. Raises ConfigError when it ends before it is ready, is not ready after ``ready_within`` seconds,
    or one that writes to the same log still runs.
    """
    process = await _start(command, env, log_path)
    try:
        await _until_ready(process, ready, ready_within, log_path)
        yield process
    finally:
        await _stop(process, stop_after)


def free_port() -> int:
    """A loopback TCP port that nobody listens on now; another process may take it before it is used."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


async def _start(command: Sequence[str], env: Mapping[str, str], log_path: Path) -> Process:
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with _open_log(log_path) as log:
        try:
            return await asyncio.create_subprocess_exec(
                *command,
                env=dict(env),
                stdin=PIPE,
                stdout=log,
                stderr=STDOUT,
                start_new_session=True,  # Ctrl-C is for the workers, which need this child while they finish
                preexec_fn=_end_with_parent(),
            )
        except OSError as error:
            what = f"{log_path.stem} could not be started: {command[0]}: {error.strerror}"
            raise ConfigError(f"{what}; check that it is installed.") from error


def _open_log(path: Path) -> BinaryIO:
    """The log, locked: the child inherits the lock and holds it to its very end, even when this process is gone."""
    log = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
    try:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log.close()
        raise ConfigError(f"{path.stem} already runs with {path}; stop it or let it end, then try again.") from None
    if path.stat().st_size > _LOG_LIMIT:
        log.truncate(0)
    return log


def _end_with_parent() -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)  # loaded before the fork: nothing may be imported between fork and exec
    parent = os.getpid()

    def bind() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it was killed before the call above
            os._exit(1)

    return bind


async def _until_ready(process: Process, ready: Ready, within: float, log_path: Path) -> None:
    try:
        async with asyncio.timeout(within):
            while not await ready():
                if process.returncode is not None:
                    what = f"{log_path.stem} ended with status {process.returncode} before it was ready"
                    raise ConfigError(f"{what}; see {log_path}.")
                await asyncio.sleep(_ASK_AGAIN)
    except TimeoutError as error:
        raise ConfigError(f"{log_path.stem} was not ready after {within:g} s; see {log_path}.") from error


async def _stop(process: Process, after: float) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(after):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
