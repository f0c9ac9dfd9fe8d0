"""The documents about coverage, made from the connectors: which system tells what, how surely, and why not. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from connectors.base import Connector
from connectors.coverage import LEVELS, Coverage, Level, Told, covered, mapped_fields
from connectors.lag import lags as lags_of
from connectors.lag import shown, worst
from connectors.minimum import NEEDS, met, reasons
from schemas.entities import ENTITIES

INDEX = "README.md"
COMMAND = "erpflow connectors coverage --write docs/connectors"

_HEAD = f"""# Systems

Made by `{COMMAND}` from each connector's `coverage.yaml`; a test holds it current.
"""
_LEVELS = """## What each system tells

How many fields of each entity are *v*erified (seen on a real system), of the vendor's *c*ontract, *d*erived (from
documentation or client code), or not there: `v·c·d·–`. A system's page names them, with reasons. Events name the last
in `unknown`.
"""
_MINIMUM = """## Minimum for construction

What a product for construction and project companies needs at least, and what gives it. A number leads to the reason
below the table.
"""


def pages(connectors: Mapping[str, Connector]) -> dict[str, str]:
    """Every page by its path below docs/connectors."""
    found = {f"coverage/{system}.md": "\n".join(_page(connector)) for system, connector in connectors.items()}
    return {INDEX: "\n".join(_index(connectors)), **found}


def levels(connector: Connector) -> dict[str, Counter[Level]]:
    """By entity that the connector gives: how many fields have which level."""
    return {
        entity: Counter(told.level for _, told in _told(connector, entity))
        for entity in mapped_fields(connector.mappings)
    }


def _told(connector: Connector, entity: str) -> Iterator[tuple[str, Told]]:
    """The fields of which anything is said; without a coverage by what the mapping says, as derived."""
    mapped = mapped_fields(connector.mappings).get(entity, set())
    coverage = connector.coverage or _of_mappings(connector)
    for name in covered(entity):
        told = coverage.told(entity, name, name in mapped)
        if told is not None:
            yield name, told


def _of_mappings(connector: Connector) -> Coverage:
    unknown: dict[str, dict[str, Told]] = {}
    for mapping in connector.mappings.values():
        for entity in mapping.entities:
            unknown.setdefault(entity.entity, {}).update(dict.fromkeys(entity.unknown, Told("none")))
    return Coverage("derived", unknown)


def _index(connectors: Mapping[str, Connector]) -> Iterator[str]:
    yield _HEAD
    yield from _table(("system", "streams", "changes", "deletes", "coverage"), map(_summary, connectors.values()))
    yield "\n" + _LEVELS
    counts = {system: levels(connector) for system, connector in connectors.items()}
    rows = ([f"`{entity}`", *(_count(counts[system].get(entity)) for system in connectors)] for entity in ENTITIES)
    yield from _table(("entity", *connectors), rows)
    yield "\n" + _MINIMUM
    yield from _minimum(connectors)
    yield ""


def _summary(connector: Connector) -> list[str]:
    spec = connector.spec
    found = [worst(lags_of(stream), "change") for stream in spec.streams if stream.entities]
    gone = [worst(lags_of(stream), "delete") for stream in spec.streams if stream.entities]
    return [
        f"[{spec.title}]({spec.system}.md)",
        str(len(spec.streams)),
        *("within " + shown(max(filter(None, one))) if one and all(one) else "see its page" for one in (found, gone)),
        f"[fields](coverage/{spec.system}.md)",
    ]


def _count(found: Counter[Level] | None) -> str:
    return "" if found is None else "·".join(str(found[level]) for level in LEVELS)


def _minimum(connectors: Mapping[str, Connector]) -> Iterator[str]:
    notes: list[str] = []
    rows = []
    for need in NEEDS:
        row = [need.name]
        for system, connector in connectors.items():
            by = met(connector)[need.name]
            if not by:
                notes.append(f"{system}, {need.name}: {reasons(connector)[need.name]}.")
            row.append(f"`{by.replace(', ', '`, `')}`" if by else f"no ({len(notes)})")
        rows.append(row)
    yield from _table(("needed", *connectors), rows)
    if notes:
        yield ""
        yield from (f"{number}. {note}" for number, note in enumerate(notes, 1))


def _page(connector: Connector) -> Iterator[str]:
    spec = connector.spec
    yield f"# {spec.title}: what it tells of each field\n"
    yield f"Made by `{COMMAND}`. See [the system's page](../{spec.system}.md).\n"
    for entity in (name for name in ENTITIES if name in mapped_fields(connector.mappings)):
        streams = [stream.name for stream in spec.streams if entity in stream.entities]
        yield f"## {entity}\n"
        yield f"From {', '.join(f'`{name}`' for name in streams)}.\n"
        told = list(_told(connector, entity))
        yield from _table(("level", "fields", "because"), _grouped(told))
        yield ""
    missing = connector.coverage.missing if connector.coverage else {}
    if missing:
        yield "## Entities that it does not give\n"
        yield from _table(("entity", "because"), ((f"`{entity}`", why) for entity, why in missing.items()))
        yield ""


def _grouped(told: Sequence[tuple[str, Told]]) -> Iterator[list[str]]:
    groups: dict[Told, list[str]] = {}
    for name, one in told:
        groups.setdefault(one, []).append(name)
    for one in sorted(groups, key=lambda each: (LEVELS.index(each.level), groups[each])):
        yield [one.level, ", ".join(f"`{name}`" for name in groups[one]), one.because or ""]


def _table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
