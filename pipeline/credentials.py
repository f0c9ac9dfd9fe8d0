"""Credentials at rest: encrypted under a data key that is not in the store."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import orjson
from cryptography.fernet import Fernet, InvalidToken

from schemas.errors import ConfigError, NeedsConsent


class Vault:
    """Encrypts and decrypts the secrets of connections."""

    def __init__(self, key: str) -> None:
        try:
            self._fernet = Fernet(key)
        except ValueError:
            raise ConfigError(
                "The data key (ERPFLOW_DATA_KEY, or data.key in the home) is none; restore it, "
                "or make one for a new store with: erpflow doctor --new-data-key."
            ) from None

    def seal(self, secrets: Mapping[str, str]) -> bytes:
        """Encrypt; the result goes into the store."""
        return self._fernet.encrypt(orjson.dumps(dict(secrets)))

    def open(self, sealed: bytes | None, connection: str) -> dict[str, str]:
        """Decrypt; raises NeedsConsent when the data key is not the one they were sealed under."""
        if sealed is None:
            return {}
        try:
            secrets: dict[str, str] = orjson.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise NeedsConsent(
                f"The credentials of connection {connection} cannot be decrypted with this data key; "
                "restore the key, or give the credentials again with: erpflow connections authorize."
            ) from None
        return secrets


def new_data_key() -> str:
    """A fresh data key, fit for ERPFLOW_DATA_KEY."""
    return Fernet.generate_key().decode()


def data_key_file(path: Path) -> str:
    """The data key of this machine, made at the first call in a file that only its owner can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written whole before it has its name: of two processes that start at once, both read the same key.
        with NamedTemporaryFile("w", dir=path.parent) as file:
            file.write(new_data_key())
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text().strip()
