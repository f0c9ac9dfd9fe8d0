"""Answers are read within bounds: so many bytes, also once decompressed, and JSON so deep and no deeper."""

from __future__ import annotations

import re
import zlib
from typing import Any

import orjson

from connectors.nesting import MAX_DEPTH, deeper_than
from connectors.slicing import Cut, sliced
from schemas.errors import ConfigError, Retryable

MAX_BODY = 50 * 1024 * 1024
"""Bytes of one answer, decompressed. A page of a few hundred records is far below it."""

_TOO_DEEP = re.compile("depth|recursion", re.IGNORECASE)  # how the versions of orjson name their own limit
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP = 31  # window bits of zlib.decompressobj that mean a gzip stream


class BoundedBody:
    """Collects the raw chunks of one answer, inflating them, and refuses what goes beyond ``limit`` bytes."""

    def __init__(self, encoding: str, where: str, limit: int = MAX_BODY) -> None:
        self._where = where
        self._limit = limit
        self._encoding = _checked(encoding, where)
        self._inflater: zlib._Decompress | None = None
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> None:
        """Take the next chunk; raises ConfigError once the bound is passed, Retryable for a broken stream."""
        if not chunk:
            return
        if self._inflater is None and self._starts_compressed(chunk):
            self._inflater = zlib.decompressobj(_GZIP)
        self._keep(self._inflate(chunk) if self._inflater else chunk)

    def content(self) -> bytes:
        """The whole body; raises Retryable when a compressed one stopped half-way."""
        if self._inflater is not None and not self._inflater.eof:
            raise Retryable(f"{self._where} broke off its compressed answer; if this stays, tell who runs it.")
        return b"".join(self._parts)

    def _starts_compressed(self, chunk: bytes) -> bool:
        # Tryton 8.2 labels plain answers as gzip when the client did not ask for it (protocols/jsonrpc.py).
        return self._encoding == "gzip" and not self._parts and chunk.startswith(_GZIP_MAGIC[: len(chunk)])

    def _inflate(self, chunk: bytes) -> bytes:
        assert self._inflater is not None  # noqa: S101 - for the type checker; add() has set it
        try:
            return self._inflater.decompress(chunk, self._limit - self._size + 1)
        except zlib.error as error:
            raise Retryable(
                f"{self._where} sent a damaged compressed answer; if this stays, tell who runs it."
            ) from error

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit:
            raise ConfigError(
                f"{self._where} answers with more than {self._limit} bytes, the bound for one page; "
                "ask for smaller pages or correct the URL."
            )
        self._parts.append(part)


def parse_json(content: bytes, where: str, cut: Cut | None = None) -> Any:
    """The JSON of a complete answer, None for an empty one; raises Retryable if it is none, ConfigError if too deep.

    ``cut`` names a list of records that are not to be parsed; they are then ``Slices``, where they can be.
    """
    if not content.strip():
        return None
    found = None if cut is None else sliced(content, cut)
    if found is not None:
        return found
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if _TOO_DEEP.search(str(error)):
            raise _too_deep(where) from None
        raise Retryable(f"{where} answered with something that is not JSON; if this stays, check the URL.") from None
    if deeper_than(content, MAX_DEPTH):
        raise _too_deep(where)
    return document


def _too_deep(where: str) -> ConfigError:
    return ConfigError(
        f"{where} answers with JSON nested deeper than {MAX_DEPTH} levels; correct the URL or the server."
    )


def _checked(encoding: str, where: str) -> str:
    name = encoding.strip().lower()
    if name in ("", "identity", "gzip"):
        return name
    raise ConfigError(f"{where} answers in the encoding '{name[:20]}', which was not asked for; check for a proxy.")
