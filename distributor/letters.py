"""Which letters a page opens, refreshes and closes: a letter points to the newest rejected read of its
record.
"""

from __future__ import annotations

from dataclasses import replace

from distributor.rows import LetterClose, LetterOpen, LetterRow, RecordRow, State
from schemas.pages import Reject, Result
from schemas.version import Version


class Letters:
    """The letters of a page's records, as they stand after what was decided so far."""

    def __init__(self, state: State) -> None:
        self._by_key = dict(state.letters)
        self._keyless = dict(state.keyless)
        self.opened: list[LetterOpen] = []
        self.closed: list[LetterClose] = []

    def reject(self, result: Result, version: Version, row: RecordRow | None) -> None:
        """A record was rejected: open its letter, unless a newer read of it is known, good or rejected."""
        if row is not None and row.version >= version:
            return
        letter = self._of(result.key, version)
        if letter is not None and letter.version >= version:
            return
        self._keep(LetterRow(result.key, version, "open"), version)
        why = result.reject or Reject(reason="The record was rejected without a reason; look at its mapping.")
        self.opened.append(LetterOpen(result.key, result.index, version, why))

    def settle(self, key: str, version: Version) -> None:
        """A record was read well, or is gone: close its letter, unless that points to a newer read."""
        for letter in (self._by_key.get(key), self._keyless.get(version.index)):
            if letter is not None and letter.state != "closed" and letter.version <= version:
                self._keep(replace(letter, state="closed"), version)
                self.closed.append(LetterClose(letter.key, version))

    def _of(self, key: str | None, version: Version) -> LetterRow | None:
        return self._keyless.get(version.index) if key is None else self._by_key.get(key)

    def _keep(self, letter: LetterRow, version: Version) -> None:
        if letter.key is None:
            self._keyless[version.index] = letter
        else:
            self._by_key[letter.key] = letter
