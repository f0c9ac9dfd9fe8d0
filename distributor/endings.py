"""Where each record of a pass ended, in the words of an operator: what a rehearsal predicts and a replay counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from distributor.rows import Decision, Effect
from schemas.pages import DomainPage, Result

Ended = Literal["passed", "rejected", "stale", "held", "gone"]
"""gone: the page it came from is kept no more, so that only the ERP can give the record again."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Where one record ended; ``changes`` counts what its entities did, ``effects`` are those that are told."""

    ended: Ended
    reason: str | None = None
    changes: tuple[tuple[str, int], ...] = ()
    effects: tuple[Effect, ...] = field(default=(), compare=False, repr=False)


def endings(page: DomainPage, decision: Decision) -> Iterator[tuple[Result, Ending]]:
    """The ending of each record of the page, as decided."""
    held = {one.index for one in decision.held}
    read = {(write.row.key, write.row.version) for write in decision.records}
    effects: dict[str, list[Effect]] = {}
    for effect in decision.effects:
        effects.setdefault(effect.row.source_key, []).append(effect)
    moved = Counter(write.row.source_key for write in decision.entities if write.change is None)
    for result in page.results:
        if result.status == "rejected" or result.key is None:
            yield result, Ending("rejected", result.reject.reason if result.reject else None)
        elif result.index in held:
            yield result, Ending("held")
        elif (result.key, page.head.version(result.index)) in read:
            own = tuple(effects.get(result.key, ()))
            yield result, Ending("passed", None, _changes(own, moved[result.key]), own)
        else:
            yield result, Ending("stale")


def _changes(effects: tuple[Effect, ...], unchanged: int) -> tuple[tuple[str, int], ...]:
    counted = Counter[str](effect.change for effect in effects)
    counted["unchanged"] = unchanged
    return tuple(sorted((change, many) for change, many in counted.items() if many))


@dataclass(slots=True)
class Tally:
    """Endings added up: how many letters ended how, what their entities did, and why some were rejected again."""

    ended: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, ending: Ending) -> None:
        """Count one more."""
        self.ended[ending.ended] += 1
        self.changes.update(dict(ending.changes))
        if ending.reason:
            self.reasons[ending.reason] += 1

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.ended + other.ended, self.changes + other.changes, self.reasons + other.reasons)

    @property
    def letters(self) -> int:
        """How many there were."""
        return self.ended.total()

    @property
    def failed(self) -> int:
        """Those that did not get through."""
        return self.ended["rejected"] + self.ended["held"] + self.ended["gone"]

    def as_json(self) -> dict[str, Any]:
        """For the store and for ``--json``; what is 0 is left out."""
        parts = {"ended": self.ended, "changes": self.changes, "reasons": self.reasons}
        return {name: {key: many for key, many in sorted(part.items()) if many} for name, part in parts.items()}

    @classmethod
    def from_json(cls, stored: dict[str, Any] | None) -> Tally:
        """The inverse of ``as_json``."""
        found = stored or {}
        return cls(*(Counter(found.get(name, {})) for name in ("ended", "changes", "reasons")))
