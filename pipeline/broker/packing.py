"""Content as bytes: JSON, compressed when that pays. The same bytes are journaled, archived and sent."""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from typing import Any, Final

import orjson
import zstandard
from pydantic import BaseModel

from schemas.errors import Poison
from schemas.pages import Record
from schemas.slices import Slices

MAX_CONTENT: Final = 64 * 1024 * 1024
"""Bytes of one page's JSON; whatever claims to be bigger is not decoded."""

_COMPRESS_OVER = 1024
_LEVEL = 1
_MAGIC = b"\x28\xb5\x2f\xfd"  # RFC 8878, 3.1.1
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")


def encode_records(records: Sequence[Record]) -> bytes:
    """Records of a raw page as content; raises Poison for what JSON cannot say (nesting over 254 levels).

    Those that are still bytes are not written anew.
    """
    return _packed(records.json()) if isinstance(records, Slices) else encode(list(records))


def decode_records(content: bytes) -> list[Record]:
    """The inverse of ``encode_records``; raises Poison for everything else."""
    return as_records(decode(content))


def as_records(value: Any) -> list[Record]:
    """The value, if it is a list of objects; raises Poison if not. What the objects hold is not looked at."""
    if not isinstance(value, list) or not all(isinstance(record, dict) for record in value):
        raise _poison("it is no list of records")
    return value


def encode(value: Any) -> bytes:
    """JSON of a value, zstd when it is over 1 KB. Pydantic models in it give their fields."""
    try:
        plain = orjson.dumps(value, default=_fields)
    except (orjson.JSONEncodeError, TypeError) as error:
        raise Poison(f"A page cannot be written as JSON: {error}; look at what the ERP sent.") from error
    return _packed(plain)


def _packed(plain: bytes) -> bytes:
    if len(plain) > MAX_CONTENT:
        raise Poison(f"A page has {len(plain)} bytes of at most {MAX_CONTENT}; lower the stream's page size.")
    return zstandard.compress(plain, _LEVEL) if len(plain) > _COMPRESS_OVER else bytes(plain)


def decode(content: bytes) -> Any:
    """The value; raises Poison when the content is broken or would be over MAX_CONTENT."""
    plain = _decompress(content) if is_compressed(content) else content
    try:
        return orjson.loads(plain)
    except orjson.JSONDecodeError as error:
        raise _poison(f"it is not JSON ({error})") from error


def is_compressed(content: bytes) -> bool:
    """Whether the content is zstd; JSON never begins with those bytes."""
    return content.startswith(_MAGIC)


def to_text(content: bytes) -> str:
    """Base64url without padding: a form field takes it as it is."""
    return binascii.b2a_base64(content, newline=False).rstrip(b"=").translate(_TO_URL).decode()


def from_text(text: str) -> bytes:
    """The inverse of ``to_text``; raises Poison for everything else."""
    try:
        padded = text.encode("ascii").translate(_FROM_URL) + b"=" * (-len(text) % 4)
        return binascii.a2b_base64(padded, strict_mode=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise _poison("it is not base64url") from error


def _fields(value: Any) -> dict[str, Any]:
    if isinstance(value, BaseModel):
        return value.__dict__
    raise TypeError(f"{type(value).__name__} is not JSON")


def _decompress(content: bytes) -> bytes:
    try:
        # A frame that states its size is unpacked to that size whatever the limit below says.
        if zstandard.frame_content_size(content) > MAX_CONTENT:
            raise _poison("it unpacks to more than a page may have")
        unpacker = zstandard.ZstdDecompressor(max_window_size=MAX_CONTENT)
        return unpacker.decompress(content, max_output_size=MAX_CONTENT, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise _poison("it is not zstd") from error


def _poison(reason: str) -> Poison:
    return Poison(f"A page cannot be decoded: {reason}; see its dead letter.")
