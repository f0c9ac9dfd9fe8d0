"""Passes: pages of one stream that are decided once more, one after the other, in one transaction.

Each page is decided by the rows as the one before leaves them, so that the end is that of as many transactions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from distributor.account import Outcome
from distributor.brake import Brake
from distributor.decide import decide
from distributor.rows import Decision, LetterRow, State
from schemas.pages import DomainPage


@dataclass(frozen=True, slots=True)
class Turn:
    """A page of a pass: ``keyless`` letters and ``outcomes`` of earlier passes, by index within its read."""

    page: DomainPage
    keyless: Mapping[int, LetterRow] = field(default_factory=dict)
    outcomes: Mapping[int, Outcome] = field(default_factory=dict)


def decide_in_turn(turns: Iterable[Turn], state: State, brake: Brake) -> Iterator[tuple[Turn, Decision]]:
    """What each page changes. ``state`` has the keyed rows of all of them; what the brake counts grows with each."""
    records, entities, letters = dict(state.records), dict(state.entities), dict(state.letters)
    for turn in turns:
        decision = decide(turn.page, State(records, entities, letters, turn.keyless, turn.outcomes), brake)
        records |= {write.row.key: write.row for write in decision.records}
        entities |= {write.row.id: write.row for write in decision.entities}
        letters |= _letters(decision)
        brake = replace(brake, deleted=brake.deleted + decision.losing)
        yield turn, decision


def _letters(decision: Decision) -> dict[str, LetterRow]:
    opened = {one.key: LetterRow(one.key, one.version, "open") for one in decision.opened if one.key is not None}
    closed = {one.key: LetterRow(one.key, one.version, "closed") for one in decision.closed if one.key is not None}
    return opened | closed
