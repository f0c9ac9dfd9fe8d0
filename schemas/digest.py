"""The digest of an entity: equal where two bodies say the same, whenever and however they were read."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import orjson

NOT_CONTENT = frozenset({"changed_at", "read_at", "version", "connection", "unknown", "source_url"})
"""Header fields that say how a record was read, not what it says."""


def digest(body: dict[str, Any]) -> str:
    """32 hex digits over a JSON body. The order of keys does not matter, that of lists does.

    Nulls and absent fields are left out at every depth, so that neither a new optional field nor the ERP's
    change stamp makes a change. Called by the transformer for each entity.
    """
    content = {
        name: _without_nulls(value) if isinstance(value, (dict, list)) else value
        for name, value in body.items()
        if value is not None and name not in NOT_CONTENT
    }
    return blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value]
    return value
