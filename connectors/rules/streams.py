"""The mapping of a stream, which is no rule: what it gives."""

from __future__ import annotations

from schemas.mapping import EntityMapping, StreamMapping


def of(*entities: EntityMapping) -> StreamMapping:
    """The mapping of a stream that gives these entities."""
    return StreamMapping(entities)
