"""A ledger in memory that applies decisions as the store does: rows, letters, accounts, and what was told."""

from __future__ import annotations

from collections.abc import Iterable

from distributor.account import Outcome
from distributor.brake import Brake
from distributor.decide import decide, entity_ids_of, keys_of
from distributor.rows import Account, Decision, Effect, EntityRow, Held, LetterRow, RecordRow, State
from schemas.pages import DomainPage

PageId = tuple[str, int, int]
LIMITLESS = Brake(alive=0, allowance=10**9)


class LedgerTwin:
    """One stream's rows. ``brake`` None counts what lives and what was deleted, as within one day."""

    def __init__(self, brake: Brake | None = LIMITLESS) -> None:
        self.records: dict[str, RecordRow] = {}
        self.entities: dict[str, EntityRow] = {}
        self.letters: dict[str, LetterRow] = {}
        self.keyless: dict[tuple[str, int], LetterRow] = {}
        self.outcomes: dict[str, dict[int, Outcome]] = {}
        self.accounts: dict[PageId, Account] = {}
        self.told: list[Effect] = []
        self.held: list[Held] = []
        self.lost = 0
        self._brake = brake

    def take(self, page: DomainPage) -> Decision | None:
        """Decide a page and apply it; None if it is accounted for already."""
        identity = (page.head.run, page.head.number, page.head.pass_number)
        if identity in self.accounts:
            return None
        decision = decide(page, self.state(page), self.brake())
        self.apply(decision, str(page.head.read))
        self.accounts[identity] = decision.account
        return decision

    def take_all(self, pages: Iterable[DomainPage]) -> LedgerTwin:
        for page in pages:
            self.take(page)
        return self

    def restrain(self, brake: Brake) -> None:
        """From now on, decide with this brake."""
        self._brake = brake

    def brake(self) -> Brake:
        return self._brake or Brake(alive=len(self.live_keys()), deleted=self.lost)

    def live_keys(self) -> set[str]:
        return {row.source_key for row in self.entities.values() if not row.deleted}

    def state(self, page: DomainPage) -> State:
        """Only the rows that the store would read, so that a decision which looks at others fails."""
        records = {key: row for key, row in self.records.items() if key in keys_of(page)}
        ids = entity_ids_of(page, records)
        read = str(page.head.read)
        return State(
            records=records,
            entities={identity: row for identity, row in self.entities.items() if identity in ids},
            letters={key: row for key, row in self.letters.items() if key in keys_of(page)},
            keyless={index: row for (of, index), row in self.keyless.items() if of == read},
            outcomes=self.outcomes.get(read, {}),
        )

    def apply(self, decision: Decision, read: str) -> None:
        for write in decision.records:
            self.records[write.row.key] = write.row
            alive = any(not self._after(decision, one).deleted for one in write.row.entities)
            assert write.live is alive
        self.entities |= {write.row.id: write.row for write in decision.entities}
        for opened in decision.opened:
            self._letter(LetterRow(opened.key, opened.version, "open"), read, opened.version.index)
        for closed in decision.closed:
            known = self.letters[closed.key] if closed.key else self.keyless[read, closed.version.index]
            self._letter(LetterRow(closed.key, known.version, "closed"), read, closed.version.index)
        self.outcomes.setdefault(read, {}).update(decision.outcomes)
        self.told += decision.effects
        self.held += decision.held
        self.lost += decision.losing

    def alive(self) -> dict[str, tuple[object, ...]]:
        """What the ledger says that there is: by id, all that matters of a row."""
        rows = (row for row in self.entities.values() if not row.deleted)
        return {row.id: (row.version, row.digest, row.source_key, str(row.body)) for row in rows}

    def open_letters(self) -> set[str]:
        return {key for key, letter in self.letters.items() if letter.state == "open"}

    def _after(self, decision: Decision, identity: str) -> EntityRow:
        written = {write.row.id: write.row for write in decision.entities}
        return written.get(identity) or self.entities[identity]

    def _letter(self, letter: LetterRow, read: str, index: int) -> None:
        if letter.key is None:
            self.keyless[read, index] = letter
        else:
            self.letters[letter.key] = letter
