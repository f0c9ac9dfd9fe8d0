"""Streams without a change filter: what differs from the last reading is found by comparing digests. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import orjson

from schemas.keys import source_key
from schemas.pages import Record


def digest(record: Record) -> str:
    """32 hex digits for what a record says; the order of its fields does not matter."""
    return blake2b(orjson.dumps(record, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def differences(records: Sequence[Record], key: Sequence[str], known: Mapping[str, str]) -> list[int]:
    """Positions of the records that are new or changed against ``known`` (source key → digest).

    ``key`` holds the paths of the stream's source key. A record without a key is always a difference, so
    that it is seen and rejected. The caller stores ``digests`` of the same records together with the page.
    """
    changed = []
    for position, record in enumerate(records):
        name = source_key(record, key)
        if name is None or known.get(name) != digest(record):
            changed.append(position)
    return changed


def digests(records: Sequence[Record], key: Sequence[str]) -> dict[str, str]:
    """Source key → digest, of those that have a key; the last one counts where a key comes twice."""
    named = ((source_key(record, key), record) for record in records)
    return {name: digest(record) for name, record in named if name is not None}
