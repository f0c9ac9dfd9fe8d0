"""Records that stay the bytes in which they came, for as long as nobody looks into them.

A first load reads pages of records of which it needs a key and a stamp, and writes them down again. Parsing all of a
page for that, and writing it anew, is a large part of what a page costs (docs/adr/0014-records-as-bytes.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, overload

import msgspec
import orjson

from schemas.errors import Retryable
from schemas.keys import key_of, path_parts, value_at
from schemas.pages import Record

_NOTHING = msgspec.Raw(b"null")


class Slices(Sequence[Record]):
    """A list of records, each of them the bytes of one JSON object; one is parsed whenever it is looked at.

    Raises Retryable for an object that is none after all, or has a number beyond all bounds.
    """

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[bytes]) -> None:
        self.parts = parts

    def __len__(self) -> int:
        return len(self.parts)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> Slices: ...
    def __getitem__(self, index: int | slice) -> Record | Slices:
        return Slices(self.parts[index]) if isinstance(index, slice) else _parsed(self.parts[index])

    def __iter__(self) -> Iterator[Record]:
        return map(_parsed, self.parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as a list has none

    def at(self, positions: Sequence[int]) -> Slices:
        """The records at these positions."""
        return self if len(positions) == len(self.parts) else Slices([self.parts[place] for place in positions])

    def json(self) -> bytes:
        """The list as JSON."""
        return b"[" + b",".join(self.parts) + b"]"

    def column(self, path: str) -> list[Any]:
        """What each record has at a path (see ``value_at``), with nothing else of it parsed."""
        try:
            decoder, depth = _decoder(path)
            found = decoder.decode(self.json())
            return list(orjson.loads(b"[" + b",".join([_leaf(one, depth) for one in found]) + b"]"))
        except (msgspec.MsgspecError, ValueError, RecursionError):  # not shaped as the path says, or it cannot say so
            return [value_at(record, path) for record in self]


def values_at(records: Sequence[Record], path: str) -> list[Any]:
    """What each record has at a path."""
    return records.column(path) if isinstance(records, Slices) else [value_at(record, path) for record in records]


def source_keys(records: Sequence[Record], paths: Sequence[str]) -> list[str | None]:
    """The source key of each record (see ``source_key``)."""
    return [key_of(values) for values in zip(*(values_at(records, path) for path in paths), strict=True)]


def taken(records: Sequence[Record], positions: Sequence[int]) -> Sequence[Record]:
    """The records at these positions, as they are: parsed or not."""
    return records.at(positions) if isinstance(records, Slices) else [records[place] for place in positions]


def _parsed(part: bytes) -> Record:
    try:
        return orjson.loads(part)  # type: ignore[no-any-return]
    except orjson.JSONDecodeError as error:
        raise Retryable(f"A record cannot be read ({error.msg}); correct it in the ERP.") from None


@lru_cache(maxsize=1_024)
def _decoder(path: str) -> tuple[msgspec.json.Decoder[Any], int]:
    """A decoder of lists of objects that looks at one path only, and how many objects are around its value."""
    parts = path_parts(path)
    kind: Any = msgspec.Raw
    for part in reversed(parts):
        optional, empty = (kind, _NOTHING) if kind is msgspec.Raw else (kind | None, None)
        kind = msgspec.defstruct("Part", [("inner", optional, msgspec.field(name=part, default=empty))], gc=False)
    return msgspec.json.Decoder(list[kind]), len(parts)


def _leaf(found: Any, depth: int) -> msgspec.Raw:
    for _ in range(depth):
        if found is None:
            return _NOTHING
        found = found.inner
    return found  # type: ignore[no-any-return]
