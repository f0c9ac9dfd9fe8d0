"""Credentials at rest: encrypted under a data key that is not in the store."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

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
                "ERPFLOW_DATA_KEY is not a data key; make one with: erpflow doctor --new-data-key."
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
                "restore the key, or add the connection again."
            ) from None
        return secrets


def data_key_file(path: Path) -> str:
    """The data key of this machine, made at the first call in a file that only its owner can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        key = Fernet.generate_key().decode()
        file.write(key)
    return key
