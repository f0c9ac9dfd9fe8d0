"""Records that stay the text in which they came, for as long as nobody looks into them.

A first load reads pages of records of which it needs a key and a stamp, and writes them down again. Parsing all of a
page for that, and writing it anew, is a large part of what a page costs (docs/adr/0014-records-as-bytes.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, overload

import msgspec
import orjson

from schemas.columns import read_columns
from schemas.errors import Retryable
from schemas.keys import key_of, source_key, value_at
from schemas.pages import Record

_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])


class Slices(Sequence[Record]):
    """A list of records as JSON text in UTF-8; one is cut out and parsed whenever it is looked at.

    ``paths`` are those of which the column will be asked for: reading them together is one pass over the text.
    Raises msgspec.MsgspecError or RecursionError for what is no list of objects; and Retryable, when it is looked at,
    for a record that has a number beyond all bounds.
    """

    __slots__ = ("_count", "_found", "_parts", "_read", "_text")

    def __init__(self, text: bytes, paths: Sequence[str] = ()) -> None:
        columns = read_columns(text, tuple(dict.fromkeys(paths)))
        self._text = text
        self._count = columns.count
        self._found = columns.found
        self._read: dict[str, list[Any]] = {}
        self._parts: Sequence[bytes] | None = None

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> Slices: ...
    def __getitem__(self, index: int | slice) -> Record | Slices:
        parts = self._cut()
        return _joined(parts[index]) if isinstance(index, slice) else _parsed(parts[index])

    def __iter__(self) -> Iterator[Record]:
        return map(_parsed, self._cut())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as a list has none

    def at(self, positions: Sequence[int]) -> Slices:
        """The records at these positions, which are in order."""
        return self if len(positions) == self._count else _joined([self._cut()[place] for place in positions])

    def json(self) -> bytes:
        """The list as JSON, as it came; bytes or something that can be used as such."""
        return self._text

    def column(self, path: str) -> list[Any]:
        """What each record has at a path (see ``value_at``), with nothing else of it parsed."""
        if path not in self._read:
            self._read[path] = self._column(path)
        return self._read[path]

    def _column(self, path: str) -> list[Any]:
        found = self._found if path in self._found else read_columns(self._text, (path,)).found
        if path in found:
            with suppress(orjson.JSONDecodeError):  # one of them cannot be said: looking at each tells which
                return list(orjson.loads(b"[" + b",".join(found[path]) + b"]"))
        return [value_at(record, path) for record in self]

    def _cut(self) -> Sequence[bytes]:
        if self._parts is None:
            self._parts = _ITEMS.decode(self._text)
        return self._parts


def values_at(records: Sequence[Record], path: str) -> list[Any]:
    """What each record has at a path."""
    return records.column(path) if isinstance(records, Slices) else [value_at(record, path) for record in records]


def source_keys(records: Sequence[Record], paths: Sequence[str]) -> list[str | None]:
    """The source key of each record (see ``source_key``)."""
    first, *others = (values_at(records, path) for path in paths)
    if others:
        return [key_of(values) for values in zip(first, *others, strict=True)]
    # Nearly all keys are whole numbers or texts, which need no second look.
    return [str(one) if type(one) is int else (type(one) is str and one) or key_of((one,)) for one in first]


def first_key(records: Sequence[Record], paths: Sequence[str]) -> str | None:
    """The source key of the first record; None where there is no record, too."""
    if isinstance(records, Slices) and records:
        return key_of([records.column(path)[0] for path in paths])
    return source_key(records[0], paths) if records else None


def taken(records: Sequence[Record], positions: Sequence[int]) -> Sequence[Record]:
    """The records at these positions, as they are: parsed or not."""
    return records.at(positions) if isinstance(records, Slices) else [records[place] for place in positions]


def _joined(parts: Sequence[bytes]) -> Slices:
    return Slices(b"[" + b",".join(parts) + b"]")


def _parsed(part: bytes) -> Record:
    try:
        return orjson.loads(memoryview(part))  # type: ignore[no-any-return]
    except orjson.JSONDecodeError as error:
        raise Retryable(f"A record cannot be read ({error.msg}); correct it in the ERP.") from None
