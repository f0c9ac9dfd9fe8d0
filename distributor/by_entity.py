"""The second line of a page's account, by kind of entity."""

from __future__ import annotations

from collections import Counter

from distributor.rows import Decision
from schemas.pages import DomainPage

EntityCounts = dict[str, dict[str, int]]
"""Kind of entity → created, updated, unchanged, stale, deleted → how many; what is 0 is left out."""


def by_entity(page: DomainPage, decision: Decision) -> EntityCounts:
    """Where the page's entities ended, by kind; adds up to the second line of the decision's account."""
    ended: dict[str, Counter[str]] = {}
    for write in decision.entities:
        ended.setdefault(write.row.entity, Counter())[write.change or "unchanged"] += 1
    for entity, given in _given(page, decision).items():
        counts = ended.setdefault(entity, Counter())
        counts["stale"] = given - counts["created"] - counts["updated"] - counts["unchanged"]
    return {entity: {name: n for name, n in counts.items() if n} for entity, counts in ended.items() if +counts}


def _given(page: DomainPage, decision: Decision) -> Counter[str]:
    """What the page's records gave, without those that the brake holds."""
    held = {one.index for one in decision.held}
    return Counter(entity.entity for result in page.results if result.index not in held for entity in result.entities)
