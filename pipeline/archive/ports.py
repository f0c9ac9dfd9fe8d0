"""The archive: big pages as immutable objects under a key that never changes its meaning."""

from __future__ import annotations

from typing import Protocol

MAX_OBJECT = 64 * 1024 * 1024
"""Bytes of one object; the codec allows no page to grow that far, so a bigger one is not ours."""


class Archive(Protocol):
    """Raises Retryable when it cannot be reached. S3 and the memory twin implement it."""

    async def put(self, key: str, content: bytes) -> None:
        """Store an object. Putting the same key again must bring the same content: the first one stays."""

    async def get(self, key: str) -> bytes:
        """Read an object; raises Poison when there is none under the key."""

    async def delete(self, keys: list[str]) -> None:
        """Remove objects; unknown keys are not an error."""
