"""Answers are read within bounds: so many bytes, also once decompressed, and JSON so deep and no deeper."""

from __future__ import annotations

import re
import zlib
from typing import Any

import orjson

from schemas.errors import ConfigError, Retryable

MAX_BODY = 50 * 1024 * 1024
"""Bytes of one answer, decompressed. A page of a few hundred records is far below it."""

MAX_DEPTH = 200
"""Levels of nesting; what travels on must also be written again, and orjson writes 254 levels."""

_TOO_DEEP = re.compile("depth|recursion", re.IGNORECASE)  # how the versions of orjson name their own limit
_NO_BRACKETS = bytes(sign for sign in range(256) if sign not in b'{}[]"')
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


def parse_json(content: bytes, where: str) -> Any:
    """The JSON of a complete answer, None for an empty one; raises Retryable if it is none, ConfigError if too deep."""
    if not content.strip():
        return None
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if _TOO_DEEP.search(str(error)):
            raise _too_deep(where) from None
        raise Retryable(f"{where} answered with something that is not JSON; if this stays, check the URL.") from None
    if _deeper_than(content, MAX_DEPTH):
        raise _too_deep(where)
    return document


def _deeper_than(content: bytes, levels: int) -> bool:
    """Whether JSON that was parsed is nested so deep; told by its brackets, several times faster than by a walk.

    Escaped quotes go first, then all but brackets and quotes. Two quotes side by side leave what is outside of strings
    outside; where quotes are left, the brackets between an odd and an even one are text. Each round takes off the
    innermost level.
    """
    if b"\\" in content:
        content = content.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = content.translate(None, _NO_BRACKETS).replace(b'""', b"")
    if b'"' in brackets:
        brackets = b"".join(brackets.split(b'"')[::2])
    for _ in range(levels):
        if not brackets:
            return False
        brackets = brackets.replace(b"{}", b".").replace(b"[]", b".").replace(b".", b"")
    return bool(brackets)


def _too_deep(where: str) -> ConfigError:
    return ConfigError(
        f"{where} answers with JSON nested deeper than {MAX_DEPTH} levels; correct the URL or the server."
    )


def _checked(encoding: str, where: str) -> str:
    name = encoding.strip().lower()
    if name in ("", "identity", "gzip"):
        return name
    raise ConfigError(f"{where} answers in the encoding '{name[:20]}', which was not asked for; check for a proxy.")
