"""Releases of the mapping, and what the ERP's records give under them: each release refuses other records.

The first two also say some things otherwise than the last one, so that a retransform has something to correct: names,
and contacts that come and go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.errors import Rejected
from schemas.mapping import EntityMapping, FollowUpRule, StreamMapping


@dataclass(frozen=True, slots=True)
class Release:
    """What one release makes of values: those it refuses, names it writes otherwise, contacts it leaves out."""

    refused: frozenset[int] = frozenset()
    renamed: frozenset[int] = frozenset()
    alone: frozenset[int] = frozenset()

    def name(self, record: Mapping[str, Any], _: object) -> str:
        """The field rule for names; raises Rejected for what this release cannot read."""
        text = str(record["name"])
        value = int(text.removeprefix("value "))
        if value in self.refused:
            raise Rejected(f"The name {text!r} has a form that is not known.")
        return f"{text} of old" if value in self.renamed else text

    def contacts(self, record: Mapping[str, Any], _: object) -> bool:
        """Whether contacts are made of a customer."""
        return int(record["name"].removeprefix("value ")) not in self.alone


RELEASES = {
    1: Release(frozenset({5, 10}), frozenset({0, 4})),
    2: Release(frozenset({1}), frozenset({4, 8}), frozenset({2})),
    3: Release(),
}
LAST = 3
KINDS = {"customers": "customer", "activities": "activity", "projects": "project"}


def mappings(release: int) -> dict[str, StreamMapping]:
    """The mappings of all streams in one release."""
    made = RELEASES[release]
    return {
        "addresses": StreamMapping(follow_ups=(FollowUpRule("customers", "customer"),)),
        "customers": StreamMapping(entities=(_own("customer", made, "is_person", number="number"), _contact(made))),
        "activities": StreamMapping(entities=(_own("activity", made, "billable"),)),
        "projects": StreamMapping(entities=(_own("project", made, "open_for_time", number="number"),)),
    }


def _own(entity: str, made: Release, good: str, **fields: str) -> EntityMapping:
    every: dict[str, Any] = {**fields, "name": made.name, good: "good"}
    return EntityMapping(entity, every, when=_is_own)


def _is_own(record: Mapping[str, Any], _: object) -> bool:
    return bool(record["own"])


def _contact(made: Release) -> EntityMapping:
    party: Callable[..., Any] = lambda r, _: {"entity": "customer", "id": "x", "source_id": str(r["_parent"]["id"])}  # noqa: E731
    return EntityMapping(
        "contact",
        {"party": party, "first_name": "first"},
        each="contacts",
        key=lambda r, _: f"{r['_parent']['id']}/{r['id']}",
        when=made.contacts,
    )


def expected(stream: str, id: int, value: int) -> dict[tuple[str, str], str]:
    """The entities that a record gives in the last release: (kind, source id) → what it says."""
    says = f"value {value}"
    own = {} if value % 4 == 3 else {(KINDS[stream], str(id)): says}
    children = range(value % 3) if stream == "customers" else ()
    return own | {("contact", f"{id}/{child}"): says for child in children}
