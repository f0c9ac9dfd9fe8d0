"""What a page changes in the ledger: a pure function of the page, the rows it concerns, and the brake.

Versions are compared per raw record, so that the end is the same whatever order pages come in and however
often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from distributor.account import Account, Outcome
from distributor.brake import Brake
from distributor.letters import Letters
from distributor.rows import (
    Decision,
    Effect,
    EntityRow,
    EntityWrite,
    Held,
    RecordRow,
    RecordWrite,
    State,
)
from schemas.digest import NOT_CONTENT
from schemas.envelope import Change
from schemas.pages import DomainPage, MappedEntity, Result
from schemas.version import Version


def keys_of(page: DomainPage) -> set[str]:
    """The keys whose record and letter rows ``decide`` needs."""
    return {result.key for result in page.results if result.key is not None} | set(page.head.absent)


def entity_ids_of(page: DomainPage, records: Mapping[str, RecordRow]) -> set[str]:
    """The ids whose entity rows ``decide`` needs: those the page has, and those its records had before."""
    now = {entity.id for result in page.results for entity in result.entities}
    return now.union(*(row.entities for row in records.values()))


def may_delete(page: DomainPage, records: Mapping[str, RecordRow]) -> bool:
    """Whether a record of the page may lose an entity; if not, ``decide`` never looks at the brake."""
    given = {result.key: {entity.id for entity in result.entities} for result in page.results}
    return any(not given.get(key, set()).issuperset(row.entities) for key, row in records.items())


def decide(page: DomainPage, state: State, brake: Brake) -> Decision:
    """What the page changes. Called by the distribute stage under the stream's lock; may be repeated.

    Where the page would delete more than the brake lets pass, every record of it that loses an entity is
    held whole: nothing of it is applied, and its outcome is ``held``; an absent key that is held is no
    record that was read, and is only named in ``held``. The rest of the page passes.
    """
    free = _apply(page, state, hold=False)
    if not brake.holds(free.losing):
        return free.decision()
    return _apply(page, state, hold=True).decision()


def delete(keys: Iterable[str], version: Version, state: State, *, hold: bool = False) -> Decision:
    """What it changes that these records are gone as of ``version``; with ``hold`` they are only named as
    held.

    Called for sweeps, with the rows of the keys. A record that was read since keeps everything.
    """
    draft = _Draft(state, hold=hold)
    for key in keys:
        draft.read(key, version, (), None)
    return draft.decision()


def changed_fields(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    """The top-level fields that say something else, in order; null and absent say the same, stamps say
    nothing.
    """
    names = (before.keys() | after.keys()) - NOT_CONTENT
    return tuple(sorted(name for name in names if before.get(name) != after.get(name)))


def _apply(page: DomainPage, state: State, *, hold: bool) -> _Draft:
    """From the last record to the first: where a key comes twice, the later one makes the earlier one
    stale.
    """
    draft, head = _Draft(state, hold=hold), page.head
    for position, key in reversed(list(enumerate(head.absent))):
        draft.read(key, head.version(head.count + position), (), None)
    for result in sorted(page.results, key=lambda result: result.index, reverse=True):
        draft.result(result, head.version(result.index))
    return draft


class _Draft:
    """A decision in the making, over the rows as they stand after what was decided so far."""

    def __init__(self, state: State, *, hold: bool) -> None:
        self._hold = hold
        self._known = state.outcomes
        self._records = dict(state.records)
        self._entities = dict(state.entities)
        self._letters = Letters(state)
        self._record_writes: list[RecordWrite] = []
        self._entity_writes: list[EntityWrite] = []
        self._effects: list[Effect] = []
        self._held: list[Held] = []
        self._counts: Counter[str] = Counter()
        self._outcomes: dict[int, Outcome] = {}
        self.losing = 0

    def decision(self) -> Decision:
        self._effects.sort(key=lambda effect: effect.row.version)
        return Decision(
            records=tuple(self._record_writes),
            entities=tuple(self._entity_writes),
            effects=tuple(self._effects),
            opened=tuple(self._letters.opened),
            closed=tuple(self._letters.closed),
            held=tuple(self._held),
            losing=self.losing,
            account=Account(**self._counts),
            outcomes=self._outcomes,
        )

    def result(self, result: Result, version: Version) -> None:
        """Decide one record that was read, and book where it ended."""
        if result.status == "rejected" or result.key is None:
            self._letters.reject(result, version, self._records.get(result.key or ""))
            self._book(version, "rejected")
        elif self.read(result.key, version, result.entities, result.index):
            self._book(version, result.status)
        else:
            self._book(version, "held")

    def read(self, key: str, version: Version, given: Collection[MappedEntity], index: int | None) -> bool:
        """Decide a good read of a record that gives these entities, none if it is gone. False: it is held."""
        row = self._records.get(key)
        if row is not None and row.version >= version:
            self._count("stale", len(given))
            self._letters.settle(key, version)
            return True
        ids = tuple(entity.id for entity in given)
        lost = self._lost(row, ids, version)
        if lost and self._hold:
            self._held.append(Held(key, version, index, tuple(entity.id for entity in lost)))
            return False
        self.losing += bool(lost)
        self._advance(RecordRow(key, version, ids), given, lost)
        self._letters.settle(key, version)
        return True

    def _lost(self, row: RecordRow | None, kept: tuple[str, ...], version: Version) -> list[EntityRow]:
        """The live entities of the record that this newer read of it no longer gives."""
        if row is None:
            return []
        found = (self._entities.get(identity) for identity in row.entities if identity not in kept)
        return [entity for entity in found if entity is not None and _is_lost(entity, row.key, version)]

    def _advance(self, row: RecordRow, given: Iterable[MappedEntity], lost: Iterable[EntityRow]) -> None:
        for mapped in given:
            self._put(mapped, row.key, row.version)
        for entity in lost:
            body = {**entity.body, "version": str(row.version)}
            tombstone = replace(entity, version=row.version, body=body, deleted=True)
            self._write(tombstone, "deleted", entity)
        self._records[row.key] = row
        live = any(not self._entities[identity].deleted for identity in row.entities)
        self._record_writes.append(RecordWrite(row, live))

    def _put(self, mapped: MappedEntity, key: str, version: Version) -> None:
        before = self._entities.get(mapped.id)
        if before is not None and before.version >= version:
            self._count("stale")
            return
        row = EntityRow(mapped.id, mapped.entity, key, version, mapped.digest, mapped.body)
        if before is None or before.deleted:
            self._write(row, "created", before)
        else:
            self._write(row, None if before.digest == row.digest else "updated", before)

    def _write(self, row: EntityRow, change: Change | None, before: EntityRow | None) -> None:
        self._entities[row.id] = row
        self._entity_writes.append(EntityWrite(row, change))
        self._count(change or "unchanged")
        if change is not None:
            changed = changed_fields(before.body, row.body) if before and change == "updated" else ()
            self._effects.append(Effect(change, row, before, changed))

    def _count(self, ended: str, many: int = 1) -> None:
        self._counts["produced"] += many
        self._counts[ended] += many

    def _book(self, version: Version, outcome: Outcome) -> None:
        """Add the record to its line, or move it there from the outcome that an earlier pass had."""
        known = self._known.get(version.index)
        if known is None:
            self._counts["read"] += 1
        elif version.pass_number == 0:
            outcome = known  # a further pass was accounted before the first one
            self._counts[outcome] -= 1
        else:
            self._counts[known] -= 1
        self._counts[outcome] += 1
        self._outcomes[version.index] = outcome


def _is_lost(entity: EntityRow, key: str, version: Version) -> bool:
    """An entity that another record gave since, or that is newer, is not this record's to lose."""
    return not entity.deleted and entity.source_key == key and entity.version < version
