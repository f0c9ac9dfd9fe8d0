"""Rules that work one value out of several: sums, differences, the latest of a list, the first reference."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from connectors.rules.amounts import decimal, number
from connectors.rules.values import Value, Worked, getter, known, refuse
from schemas.entities.common import exact
from schemas.ids import entity_id
from schemas.mapping import ABSENT, MappingContext, Ref
from schemas.pages import Record


def either(refs: Sequence[Ref]) -> Worked:
    """The first reference whose key says something: a posting's customer, else its supplier."""
    parts = [(ref.entity, getter(ref.key), getter(ref.number) if ref.number else None) for ref in refs]

    def work(record: Record, context: MappingContext) -> Any:
        nothing: Any = ABSENT
        for entity, key_of, number_of in parts:
            key = key_of(record, context)
            if known(key):
                shown = number_of(record, context) if number_of else None
                return _reference(entity, str(key), shown, context)
            nothing = nothing if key is ABSENT else None
        return nothing

    reads = tuple(path for ref in refs for path in (ref.key, ref.number) if path is not None)
    return Worked("either", reads, work)


def references(items: Value, ref: Ref) -> Worked:
    """References out of a list, the paths of ``ref`` starting at the item; items without key are left out."""
    get, key_of, number_of = getter(items), getter(ref.key), getter(ref.number) if ref.number else None

    def work(record: Record, context: MappingContext) -> Any:
        found = get(record, context)
        if not isinstance(found, list):
            return ABSENT if found is ABSENT else None
        told = [(item, key) for item in found if known(key := key_of(item, context))]
        return [
            _reference(ref.entity, str(key), number_of(item, context) if number_of else None, context)
            for item, key in told
        ]

    places = [items] if isinstance(items, str) else list(items.reads) if isinstance(items, Worked) else []
    inner = [*_paths(ref.key), *_paths(ref.number)]
    return Worked("references", tuple(f"{place}.{path}" for place in places[-1:] for path in inner), work)


def total(items: str, path: str, places: int = 4) -> Worked:
    """The sum of a field over a list; null for an empty list and where no item has it, absent without the list."""
    get, amount = getter(items), getter(path)

    def work(record: Record, context: MappingContext) -> Any:
        found = get(record, context)
        if not isinstance(found, list):
            return ABSENT if found is ABSENT else None
        parts = [value for item in found if known(value := amount(item, context))]
        return exact(sum(map(number, parts), Decimal(0)), places) if parts else None

    return Worked("total", (f"{items}.{path}",), work)


def minus(value: Value, less: Value, places: int = 4) -> Worked:
    """What is left of a value; it needs both."""
    first, second = decimal(value), decimal(less)

    def work(record: Record, context: MappingContext) -> Any:
        found = first(record, context), second(record, context)
        if not all(map(known, found)):
            return ABSENT if ABSENT in found else None
        return exact(found[0] - found[1], places)

    return Worked("minus", (value, less), work)


def latest(items: str, path: str) -> Worked:
    """The greatest text of a field over a list: the last of several stamps of one notation."""
    get, text = getter(items), getter(path)

    def work(record: Record, context: MappingContext) -> Any:
        found = get(record, context)
        if not isinstance(found, list):
            return ABSENT if found is ABSENT else None
        stamps = [value for item in found if known(value := text(item, context))]
        if not all(isinstance(stamp, str) for stamp in stamps):
            refuse("stamps as text")
        return max(stamps, default=None)

    return Worked("latest", (f"{items}.{path}",), work)


def _paths(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [path for inner in value.reads for path in _paths(inner)] if isinstance(value, Worked) else []


def _reference(entity: str, key: str, shown: Any, context: MappingContext) -> dict[str, Any]:
    scope = context.tenant, context.system, context.company
    ref = {"entity": entity, "id": entity_id(scope, entity, key), "source_id": key}
    return {**ref, "number": str(shown)} if known(shown) else ref
