"""What decisions read and give: rows of the ledger as they are, and as they are to become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from distributor.account import Account, Outcome
from schemas.envelope import Change
from schemas.pages import Reject
from schemas.version import Version

__all__ = [
    "Account",
    "Decision",
    "Effect",
    "EntityRow",
    "EntityWrite",
    "Held",
    "LetterClose",
    "LetterOpen",
    "LetterRow",
    "LetterState",
    "Outcome",
    "RecordRow",
    "RecordWrite",
    "State",
]

LetterState = Literal["open", "closed", "discarded"]


@dataclass(frozen=True, slots=True)
class RecordRow:
    """The newest good read of one raw record of a stream, and the ids of the entities it gave (none if
    skipped).
    """

    key: str
    version: Version
    entities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityRow:
    """One entity of the ledger. ``source_key`` is the key of the raw record that gave it last.

    A deleted one is a tombstone: it keeps the last body, with the version of the delete in it.
    """

    id: str
    entity: str
    source_key: str
    version: Version
    digest: str
    body: dict[str, Any] = field(repr=False)
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class LetterRow:
    """The dead letter of one record; ``version`` is the rejected read that it points to."""

    key: str | None
    version: Version
    state: LetterState


@dataclass(frozen=True, slots=True)
class State:
    """The rows that concern a page, read under the stream's lock; ``keys_of`` and ``entity_ids_of`` say which.

    ``keyless`` holds the letters of records without key of this very read, and ``outcomes`` the outcomes of
    its records that are in the books already, both by the record's index within the read. A first pass has
    neither.
    """

    records: Mapping[str, RecordRow] = field(default_factory=dict)
    entities: Mapping[str, EntityRow] = field(default_factory=dict)
    letters: Mapping[str, LetterRow] = field(default_factory=dict)
    keyless: Mapping[int, LetterRow] = field(default_factory=dict)
    outcomes: Mapping[int, Outcome] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordWrite:
    """Insert or replace the row of a raw record; ``live``: at least one of its entities is not deleted."""

    row: RecordRow
    live: bool


@dataclass(frozen=True, slots=True)
class EntityWrite:
    """Insert or replace the row of an entity; ``change`` is None where only version, stamps or owner moved on."""

    row: EntityRow
    change: Change | None


@dataclass(frozen=True, slots=True)
class Effect:
    """One change that subscribers must hear of. ``before`` is the row it replaces, a tombstone included.

    ``changed`` names the fields that differ, for ``updated`` only.
    """

    change: Change
    row: EntityRow
    before: EntityRow | None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterOpen:
    """Open the letter of a record, or point it to this newer rejected read. Without key, ``index`` tells it
    apart.

    ``index`` is the record's position in the page, ``version`` has the one within the read.
    """

    key: str | None
    index: int
    version: Version
    reject: Reject


@dataclass(frozen=True, slots=True)
class LetterClose:
    """Close the letter of a record that was read well, or is gone, at ``version``; keyless ones go by its
    index.
    """

    key: str | None
    version: Version


@dataclass(frozen=True, slots=True)
class Held:
    """A record that the brake holds back: nothing of it was applied, so that it can be decided again.

    ``index`` is its position in the page; None for a key that was absent, or swept. ``entities`` are the
    ids that would be deleted. A release raises the brake's allowance and runs the page once more, as a
    further pass.
    """

    key: str
    version: Version
    index: int | None
    entities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """All that one page changes, to be written in one transaction. No row is named twice.

    ``losing`` counts the raw records that lose an entity: what the brake's day grows by. ``outcomes`` are
    those of the page's records, by index within the read, to be kept for later passes.
    """

    records: tuple[RecordWrite, ...] = ()
    entities: tuple[EntityWrite, ...] = ()
    effects: tuple[Effect, ...] = ()
    opened: tuple[LetterOpen, ...] = ()
    closed: tuple[LetterClose, ...] = ()
    held: tuple[Held, ...] = ()
    losing: int = 0
    account: Account = field(default_factory=Account)
    outcomes: Mapping[int, Outcome] = field(default_factory=dict)
