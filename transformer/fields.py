"""Which fields of an entity a mapping or a field rule may set, and which the transformer sets itself."""

from __future__ import annotations

from functools import cache

from schemas.entities import ENTITIES, field_names

HEADER = frozenset({"id", "tenant", "connection", "company", "system", "source_id", "version", "read_at", "unknown"})
"""Set by the transformer from the page's head and the plan; never by a rule."""


@cache
def settable(entity: str) -> frozenset[str]:
    """Names of the fields that rules may set, as in JSON or in Python. KeyError for an unknown entity."""
    return (field_names(entity) | frozenset(ENTITIES[entity].model_fields)) - HEADER
