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
        content.decode()  # the scanner does not look whether texts are UTF-8
        found = _within(content, parts, cut.columns)
    except (UnicodeDecodeError, msgspec.MsgspecError, orjson.JSONDecodeError, RecursionError, LookupError):
        return None
    return None if deeper_than(content, MAX_DEPTH) else found


def _within(content: bytes, parts: Sequence[str], columns: tuple[str, ...]) -> Any:
    if not parts:
        return Slices(content, columns)
    name, *deeper = parts
    members = _MEMBERS.decode(content)
    document = {other: orjson.loads(memoryview(raw)) for other, raw in members.items() if other != name}
    return {**document, name: _within(members[name], deeper, columns)}
