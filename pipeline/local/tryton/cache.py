"""A directory whose entries are made once, whoever comes first, and never seen half made."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from schemas.errors import Retryable

WAIT_SECONDS = 600.0
POLL_SECONDS = 0.1


def fingerprint(parts: Iterable[str]) -> str:
    """Sixteen hexadecimal digits for what an entry is made of; the parts' order counts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode())
    return digest.hexdigest()[:16]


@asynccontextmanager
async def exclusive(path: Path) -> AsyncIterator[None]:
    """Hold the lock on ``path`` (a file that is made and stays) against other processes and tasks.

    The operating system drops the lock of a process that dies. Raises Retryable after ten minutes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        await _acquire(file, path)
        yield


def absolute(directory: Path) -> Path:
    """The directory as other processes can name it, whatever their own directory is."""
    return directory.resolve()


def exists(path: Path) -> bool:
    """Whether an entry was published."""
    return path.exists()


def remove(*paths: Path) -> None:
    """Remove directories and files that may be there, the rests of an interrupted start."""
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def begin(final: Path) -> Path:
    """An empty directory beside ``final`` to make the entry in."""
    making = final.with_suffix(".making")
    remove(making)
    making.mkdir(parents=True)
    return making


def publish(made: Path, final: Path) -> None:
    """Give a finished directory its name, in one step; the caller holds the lock of the name."""
    shutil.rmtree(final, ignore_errors=True)
    os.replace(made, final)


async def _acquire(file: IO[str], path: Path) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + WAIT_SECONDS
    while not _locked(file):
        if loop.time() > deadline:
            raise Retryable(f"Another process has held {path} for ten minutes; end it, or wait, and try again.")
        await asyncio.sleep(POLL_SECONDS)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
