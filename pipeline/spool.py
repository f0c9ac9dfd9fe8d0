"""Tokens in hand, written to this machine's disk before the store has them.

An issuer without a grace gives each token once, and between its answer and the commit lies the store, which may be
away for minutes. A file outlives the process, so whoever comes next on this machine stores the token. It is sealed.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import structlog

from pipeline.store.tokens import Kept

log = structlog.get_logger()

_SUFFIX = ".token"


@dataclass(frozen=True, slots=True)
class Spooled:
    """A token on disk and the credential that it is of: (name, tenant, system)."""

    file: Path
    credential: tuple[str, str, str]
    kept: Kept


class Spool:
    """A folder of sealed tokens; None for no folder, which keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def put(self, credential: tuple[str, str, str], kept: Kept) -> Path | None:
        """Keep a token; None where the disk does not take it, which must not stop a renewal."""
        if self._folder is None:
            return None
        file = self._folder / f"{uuid4().hex}{_SUFFIX}"
        content = orjson.dumps({"credential": credential, **asdict(kept), "token": kept.token.decode()})
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            try:
                os.write(handle, content)  # one call: a kill leaves the file empty or whole
            finally:
                os.close(handle)
        except OSError as error:
            log.warning("token not spooled", action="token_not_spooled", reason=error.strerror)
            return None
        return file

    def pending(self) -> list[Spooled]:
        """What was kept and not dropped, by this process or one that is no more."""
        if self._folder is None or not self._folder.is_dir():
            return []
        found = []
        for file in sorted(self._folder.glob(f"*{_SUFFIX}")):
            with suppress(OSError, ValueError, KeyError):  # its owner drops it, or has just made it
                if content := file.read_bytes():
                    found.append(_spooled(file, orjson.loads(content)))
        return found

    def drop(self, file: Path | None) -> None:
        """The store has it."""
        if file is not None:
            with suppress(OSError):
                file.unlink()


def _spooled(file: Path, given: dict[str, Any]) -> Spooled:
    name, tenant, system = given["credential"]
    kept = Kept(
        epoch=given["epoch"],
        token=given["token"].encode(),
        issued_at=datetime.fromisoformat(given["issued_at"]),
        expires_at=_instant(given["expires_at"]),
        keep_at=_instant(given["keep_at"]),
    )
    return Spooled(file, (name, tenant, system), kept)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
