"""Passes: pages of one stream that are decided once more, one after the other, in one transaction.

Each page is decided by the rows as the one before leaves them, so that the end is that of as many transactions. A row
that several of them write is written once, as the last one leaves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from distributor.account import Outcome
from distributor.brake import Brake
from distributor.decide import decide
from distributor.rows import Decision, EntityWrite, LetterClose, LetterOpen, LetterRow, RecordWrite, State
from schemas.pages import DomainPage
from schemas.version import Version


@dataclass(frozen=True, slots=True)
class Turn:
    """A page of a pass: ``keyless`` letters and ``outcomes`` of earlier passes, by index within its read."""

    page: DomainPage
    keyless: Mapping[int, LetterRow] = field(default_factory=dict)
    outcomes: Mapping[int, Outcome] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """What decisions come to, each row once; ``closed`` without the letters that a later one opened again."""

    records: tuple[RecordWrite, ...]
    entities: tuple[EntityWrite, ...]
    closed: tuple[LetterClose, ...]


def together(decisions: Sequence[Decision]) -> Written:
    """What these decisions, in the order in which they were made, leave of every row."""
    if len(decisions) == 1:  # of a page, and it names no row twice
        return Written(decisions[0].records, decisions[0].entities, decisions[0].closed)
    records: dict[str, RecordWrite] = {}
    entities: dict[str, EntityWrite] = {}
    closed: dict[str | Version, LetterClose] = {}
    for decision in decisions:
        records |= {write.row.key: write for write in decision.records}
        for write in decision.entities:
            known = entities.get(write.row.id)
            entities[write.row.id] = write if known is None else replace(write, change=write.change or known.change)
        for letter in decision.opened:
            closed.pop(_letter(letter), None)
        closed |= {_letter(letter): letter for letter in decision.closed}
    return Written(tuple(records.values()), tuple(entities.values()), tuple(closed.values()))


def _letter(letter: LetterOpen | LetterClose) -> str | Version:
    return letter.key if letter.key is not None else letter.version._replace(pass_number=0)


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
