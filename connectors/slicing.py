"""An answer of which only the wrapping is parsed: the records in it are cut out, and stay bytes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import orjson

from connectors.nesting import MAX_DEPTH, deeper_than
from schemas.keys import path_parts
from schemas.slices import Slices

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])


def sliced(content: bytes, path: str) -> Any:
    """The document, with ``Slices`` for the list at ``path``, '' being the document itself.

    None where it is anything else than a list of objects of bounded depth in good JSON: parsing all of it tells why.
    """
    parts = path_parts(path) if path else ()
    try:
        content.decode()  # the scanner does not look whether texts are UTF-8
        return _within(content, parts)
    except (UnicodeDecodeError, msgspec.MsgspecError, orjson.JSONDecodeError, RecursionError, LookupError):
        return None


def _within(content: bytes | msgspec.Raw, parts: Sequence[str]) -> Any:
    if not parts:
        records = [bytes(raw) for raw in _ITEMS.decode(content)]
        if not all(map(_is_fit, records)):
            raise LookupError
        return Slices(records)
    name, *deeper = parts
    members = _MEMBERS.decode(content)
    document = {other: _parsed(bytes(raw)) for other, raw in members.items() if other != name}
    return {**document, name: _within(members[name], deeper)}


def _is_fit(record: bytes) -> bool:
    """An object, and not too deep; so many brackets as levels are allowed are needed for that."""
    brackets = record.count(b"{") + record.count(b"[")
    return record.startswith(b"{") and (brackets < MAX_DEPTH // 2 or not deeper_than(record, MAX_DEPTH // 2))


def _parsed(content: bytes) -> Any:
    if deeper_than(content, MAX_DEPTH // 2):
        raise LookupError
    return orjson.loads(content)
