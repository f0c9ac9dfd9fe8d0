"""How sure each field of the common model is for a system, and why others are not there. Pure.

Levels: ``contract`` (the vendor's contract has it), ``derived`` (documentation or client code), ``verified`` (seen on a
live system), ``none`` (the system cannot tell it, for the reason given).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from schemas.entities import ENTITIES, field_names
from schemas.mapping import EntityMapping, StreamMapping

Level = Literal["contract", "derived", "verified", "none"]
LEVELS: Final = ("verified", "contract", "derived", "none")

HEADER: Final = frozenset(
    {"id", "tenant", "connection", "company", "system", "source_id", "version", "read_at", "unknown"}
)
"""Fields that no mapping sets: they come from the connection and the page."""


EVERY: Final = "every"
"""Stands for all entities in ``fields``."""


@dataclass(frozen=True, slots=True)
class Told:
    """The level of a field, and the reason where it is none or differs from the rest."""

    level: Level
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """``level`` of mapped fields unless ``fields`` (by entity and field) says otherwise.

    The entity ``every`` speaks of all entities, where they do not say otherwise and do not map the field.
    ``left_out`` are, by stream, fields of the vendor's contract that could feed the common model and are deliberately
    not mapped, with what is said of each. ``missing`` says why no stream gives an entity.
    """

    level: Level = "contract"
    fields: Mapping[str, Mapping[str, Told]] = field(default_factory=dict)
    left_out: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    def told(self, entity: str, name: str, mapped: bool) -> Told | None:
        """What is said of a field; None where it is neither mapped nor named."""
        if mapped:
            return self.fields.get(entity, {}).get(name) or Told(self.level)
        return self.fields.get(entity, {}).get(name) or self.fields.get(EVERY, {}).get(name)

    def none(self, entity: str, mapped: Iterable[str]) -> set[str]:
        """The fields of an entity that the system cannot tell; ``mapped`` are those that it can."""
        named = {**self.fields.get(EVERY, {}), **self.fields.get(entity, {})}
        own = field_names(entity)
        return {name for name, told in named.items() if told.level == "none" and name in own} - set(mapped)


def covered(entity: str) -> list[str]:
    """The fields of an entity that a system may give, in order of their names; ``custom`` is the tenant's own."""
    return sorted(field_names(entity) - HEADER - {"custom"})


def mapped_fields(mappings: Mapping[str, StreamMapping]) -> dict[str, set[str]]:
    """The fields that the mappings set, by entity."""
    found: dict[str, set[str]] = {}
    for mapping in mappings.values():
        for entity in mapping.entities:
            found.setdefault(entity.entity, set()).update(entity.fields)
    return found


def with_unknown(mappings: Mapping[str, StreamMapping], coverage: Coverage) -> dict[str, StreamMapping]:
    """The mappings with ``unknown`` as the coverage says.

    A field of level none is unknown, and so is one that only another mapping of the same entity sets: credit notes may
    tell less than invoices.
    """
    mapped = mapped_fields(mappings)

    def known_to(entity: EntityMapping) -> EntityMapping:
        elsewhere = mapped[entity.entity] - entity.fields.keys()
        unknown = coverage.none(entity.entity, entity.fields) | elsewhere | set(entity.unknown)
        return replace(entity, unknown=tuple(sorted(unknown)))

    return {
        name: replace(mapping, entities=tuple(known_to(entity) for entity in mapping.entities))
        for name, mapping in mappings.items()
    }


def faults(mappings: Mapping[str, StreamMapping], coverage: Coverage) -> Iterator[str]:
    """What is wrong with a coverage, one sentence each: every field is mapped, or none for a reason."""
    mapped = mapped_fields(mappings)
    for entity in sorted(coverage.fields.keys() - mapped.keys() - {EVERY}):
        yield f"coverage speaks of the entity '{entity}', which no stream gives"
    for entity in sorted(coverage.missing.keys() & mapped.keys()):
        yield f"coverage says that the entity '{entity}' is missing, but a stream gives it"
    for entity, names in sorted(mapped.items()):
        for name in covered(entity):
            said = coverage.told(entity, name, name in names)
            if said is None and not _has_default(entity, name):
                yield f"{entity}.{name} is neither mapped nor none for a reason"
            elif said is not None and (said.level == "none") is (name in names):
                yield f"{entity}.{name} is {said.level}, but {'mapped' if name in names else 'nothing maps it'}"


def _has_default(entity: str, name: str) -> bool:
    """Whether the field says something where nobody sets it: hours are those of a person."""
    field = ENTITIES[entity].model_fields.get(name)
    return field is not None and not field.is_required() and field.default is not None
