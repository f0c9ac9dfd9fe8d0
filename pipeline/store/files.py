"""Whether a SQLite file can be the store: looked at before it is opened, so that the answer is one sentence."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import URL

from schemas.errors import ConfigError

_MAGIC = b"SQLite format 3\x00"  # https://www.sqlite.org/fileformat.html, 1.3


def check(url: URL) -> None:
    """Raise ConfigError when the file of a SQLite URL cannot be opened for writing; one that is missing is made later.

    Left to SQLite, a file that cannot be opened ends aiosqlite's thread with a traceback on the terminal.
    """
    name = url.database or ":memory:"
    if name == ":memory:" or name.startswith("file:"):
        return
    path = Path(name)
    try:
        problem = _problem(path)
    except OSError as error:
        problem = error.strerror
    if problem:
        raise ConfigError(f"The store cannot be the file {path}: {problem}; correct ERPFLOW_STORE.")


def _problem(path: Path) -> str | None:
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    if path.is_dir():
        return "it is a folder"
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        return "it may not be written"
    return "it is no SQLite database" if path.exists() and _is_foreign(path) else None


def _is_foreign(path: Path) -> bool:
    with path.open("rb") as file:
        begin = file.read(len(_MAGIC))
    return begin not in (b"", _MAGIC)
