"""The archive: big pages as immutable objects under a key that never changes its meaning."""

from __future__ import annotations

from typing import Protocol

MAX_OBJECT = 64 * 1024 * 1024
"""Bytes of one object; the codec allows no page to grow that far, so a bigger one is not ours."""


LISTED = 1000
"""Keys of one listing: S3 gives no more."""


class Archive(Protocol):
    """Raises Retryable when it cannot be reached. S3 and the memory twin implement it."""

    async def put(self, key: str, content: bytes) -> None:
        """Store an object. Putting the same key again must bring the same content: the first one stays."""

    async def get(self, key: str) -> bytes:
        """Read an object; raises Poison when there is none under the key."""

    async def listed(self, prefix: str, after: str = "") -> list[str]:
        """Keys that begin with a prefix, in the order of their UTF-8, from the one behind ``after``: up to 1,000.

        Whoever wants all asks again behind the last one, until there are none.
        """

    async def delete(self, keys: list[str]) -> None:
        """Remove objects; unknown keys are not an error."""
