"""The archive's memory twin."""

from __future__ import annotations

from pipeline.archive.ports import LISTED
from schemas.errors import Poison


class MemoryArchive:
    """An archive for tests and simulations; it lives as long as the object."""

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}

    async def put(self, key: str, content: bytes) -> None:
        """See ``Archive.put``."""
        self._objects.setdefault(key, bytes(content))

    async def get(self, key: str) -> bytes:
        """See ``Archive.get``."""
        try:
            return self._objects[key]
        except KeyError:
            raise Poison(f"The archive has no object {key}; restore it, then replay the message.") from None

    async def listed(self, prefix: str, after: str = "") -> list[str]:
        """See ``Archive.listed``."""
        found = sorted((key for key in self._objects if key.startswith(prefix) and key.encode() > after.encode()),
                       key=str.encode)  # fmt: skip
        return found[:LISTED]

    async def delete(self, keys: list[str]) -> None:
        """See ``Archive.delete``."""
        for key in keys:
            self._objects.pop(key, None)
