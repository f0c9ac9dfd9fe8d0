"""``coverage.yaml``: the level of every field, and why some are not there."""

from __future__ import annotations

from typing import cast

from connectors.coverage import EVERY, HEADER, LEVELS, Coverage, Level, Told
from connectors.reading.document import Part, shown, suggestion
from schemas.entities import ENTITIES, Entity, field_names

_HEAD = frozenset(Entity.model_fields) - HEADER
"""What all entities have."""


def read_coverage(part: Part) -> Coverage:
    """The coverage; raises ConfigError in one sentence with the line of a mistake."""
    given = part.only({"level", "fields", "left_out", "missing"})
    level = _level(given["level"]) if "level" in given else "contract"
    fields = {name: _entity(name, entity) for name, entity in given["fields"].children()} if "fields" in given else {}
    left_out = given["left_out"].children() if "left_out" in given else ()
    missing = given["missing"].only(ENTITIES.keys()) if "missing" in given else {}
    return Coverage(
        level,
        fields,
        {name: {key: one.value for key, one in why.children()} for name, why in left_out},
        {name: why.text() for name, why in missing.items()},
    )


def _level(part: Part) -> Level:
    if part.value not in LEVELS[:-1]:
        raise part.fault(f"is {shown(part.value)}; allowed are {', '.join(LEVELS[:-1])}")
    return cast(Level, part.value)


def _entity(name: str, part: Part) -> dict[str, Told]:
    if name not in {*ENTITIES, EVERY}:
        raise part.fault(f"is no entity; {suggestion(name, list(ENTITIES))}")
    found: dict[str, Told] = {}
    for item in part.items():
        for field, told in _rule(name, item):
            if field in found:
                raise item.fault(f"speaks of '{field}' once more; remove one")
            found[field] = told
    return found


def _rule(entity: str, part: Part) -> list[tuple[str, Told]]:
    given = part.only({*LEVELS, "because"})
    levels = [name for name in given if name != "because"]
    if len(levels) != 1:
        raise part.fault(f"must name one level: {', '.join(LEVELS)}")
    because = given["because"].text() if "because" in given else None
    if levels[0] == "none" and not because:
        raise part.fault("needs 'because', which is missing: a field that is none has a reason")
    told = Told(cast(Level, levels[0]), because)
    return [(_field(entity, item), told) for item in given[levels[0]].items()]


def _field(entity: str, part: Part) -> str:
    name, allowed = part.text(), _HEAD if entity == EVERY else field_names(entity) - HEADER
    if name not in allowed:
        raise part.fault(f"is {shown(name)}; {suggestion(name, allowed)}")
    return name
