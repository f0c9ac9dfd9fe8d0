"""Tryton's own virtual environment: made once in a cache directory, from pinned requirements."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from pipeline.local.tryton import cache, processes
from schemas.errors import ConfigError, Retryable

REQUIREMENTS = Path(__file__).parent / "requirements.txt"
MARKER = "erpflow-ready"


@dataclass(frozen=True)
class Environment:
    """An environment that is ready. ``fingerprint`` changes with the requirements, Python and the machine."""

    python: Path
    fingerprint: str


async def ensure(cache_dir: Path) -> Environment:
    """Return the environment under ``cache_dir``; makes it (about 15 s and 110 MB, from the package index) if needed.

    An environment cannot be moved, so it is built at its final place under a lock, and the marker is written last:
    one without a marker is the rest of a start that was interrupted, and is made anew.
    Raises ConfigError when Python cannot make environments, Retryable when the packages cannot be installed.
    """
    key = _fingerprint()
    home = cache.absolute(cache_dir) / f"tryton-environment-{key}"
    environment = Environment(home / "bin" / "python", key)
    if not _is_ready(home, key):
        async with cache.exclusive(home.with_suffix(".lock")):
            if not _is_ready(home, key):
                await _make(home, home.with_suffix(".log"))
                (home / MARKER).write_text(key, encoding="utf-8")
    return environment


def _fingerprint() -> str:
    text = REQUIREMENTS.read_text(encoding="utf-8")
    return cache.fingerprint([text, platform.python_version(), platform.machine(), sys.platform])


def _is_ready(home: Path, key: str) -> bool:
    marker = home / MARKER
    return marker.exists() and marker.read_text(encoding="utf-8") == key


async def _make(home: Path, log: Path) -> None:
    cache.remove(home, log)
    if await processes.run([sys.executable, "-m", "venv", str(home)], log):
        raise ConfigError(
            f"Python at {sys.executable} could not make a virtual environment for Tryton; "
            f"install its venv module and start again (log: {log}; {processes.tail(log)})."
        )
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    if await processes.run([*pip, "-r", str(REQUIREMENTS)], log):
        raise Retryable(
            f"Tryton's packages could not be installed into {home}; "
            f"check that pip reaches a package index and start again (log: {log}; {processes.tail(log)})."
        )
