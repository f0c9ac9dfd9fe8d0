"""An answer of which only the wrapping is parsed: the list of records in it stays text. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from connectors.nesting import MAX_DEPTH, deeper_than
from schemas.keys import path_parts
from schemas.slices import Slices

_UNFIT = (msgspec.MsgspecError, orjson.JSONDecodeError, RecursionError, LookupError)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Cut:
    """Which list of an answer is not to be parsed: the one at ``path``, '' being the answer itself.

    ``columns`` are the paths within a record of which the values will be asked for.
    """

    path: str
    columns: tuple[str, ...] = ()


def sliced(content: bytes, cut: Cut) -> Any:
    """The document, with ``Slices`` for the list that is cut.

    None where it is anything else than a list of objects, of bounded depth in good JSON: parsing all of it tells why.
    """
    parts = path_parts(cut.path) if cut.path else ()
    try:
        if not content.isascii():
            content.decode()  # the scanner does not look whether texts are UTF-8
        found = _framed(content, parts, cut.columns) or _within(content, parts, cut.columns)
    except (UnicodeDecodeError, *_UNFIT):
        return None
    return None if deeper_than(content, MAX_DEPTH) else found


def _framed(content: bytes, parts: Sequence[str], columns: tuple[str, ...]) -> Any:
    """The document, where the list is what is between its first and its last bracket; None where it is not.

    What is around is parsed with a number for the list, and then with another one. Where the path leads to both, the
    list is what stands there, and nothing but the list needs a look.
    """
    start, end = content.find(b"["), content.rfind(b"]") + 1
    if not parts or start < 0 or end < start:
        return None
    try:
        frames = [orjson.loads(content[:start] + number + content[end:]) for number in (b"0", b"1")]
        around, other = (_leading(frame, parts) for frame in frames)
        if (around[parts[-1]], other[parts[-1]]) != (0, 1):
            return None
        around[parts[-1]] = Slices(msgspec.Raw(memoryview(content)[start:end]), columns)
    except _UNFIT:
        return None
    return frames[0]


def _leading(document: Any, parts: Sequence[str]) -> dict[str, Any]:
    """The object in which the last part is; LookupError where there is none."""
    for part in parts[:-1]:
        document = document[part] if isinstance(document, dict) else {}
    if not isinstance(document, dict):
        raise LookupError
    return document


def _within(content: bytes, parts: Sequence[str], columns: tuple[str, ...]) -> Any:
    if not parts:
        return Slices(content, columns)
    name, *deeper = parts
    members = _MEMBERS.decode(content)
    document = {other: orjson.loads(memoryview(raw)) for other, raw in members.items() if other != name}
    return {**document, name: _within(members[name], deeper, columns)}
