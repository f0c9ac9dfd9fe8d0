"""What decisions of one transaction leave of each row: the last word, and one write."""

from __future__ import annotations

from distributor.rows import Decision, EntityRow, EntityWrite, LetterClose, LetterOpen, RecordRow, RecordWrite
from distributor.turns import together
from schemas.envelope import Change
from schemas.pages import Reject
from schemas.version import Version


def _at(number: int, pass_number: int = 1) -> Version:
    return Version(1, number, 0, pass_number)


def _write(number: int, change: Change | None) -> EntityWrite:
    return EntityWrite(EntityRow("e", "customer", "1", _at(number), f"digest {number}", {}), change)


def _opened(number: int, key: str | None = "1") -> LetterOpen:
    return LetterOpen(key, 0, _at(number), Reject(reason="It is not known."))


def test_a_row_that_two_decisions_write_is_written_once_as_the_last_one_leaves_it() -> None:
    older = Decision(records=(RecordWrite(RecordRow("1", _at(1)), live=False),), entities=(_write(1, None),))
    newer = Decision(records=(RecordWrite(RecordRow("1", _at(2)), live=True),), entities=(_write(2, "updated"),))
    written = together([older, newer])
    assert [(one.row.version, one.live) for one in written.records] == [(_at(2), True)]
    assert [(one.row.digest, one.change) for one in written.entities] == [("digest 2", "updated")]


def test_what_changed_once_counts_as_changed_whatever_follows() -> None:
    written = together([Decision(entities=(_write(1, "updated"),)), Decision(entities=(_write(2, None),))])
    assert [(one.row.digest, one.change) for one in written.entities] == [("digest 2", "updated")]


def test_a_letter_that_a_later_decision_opens_stays_open() -> None:
    closing, opening = Decision(closed=(LetterClose("1", _at(1)),)), Decision(opened=(_opened(2),))
    assert together([closing, opening]).closed == ()
    assert [one.key for one in together([opening, closing]).closed] == ["1"]


def test_letters_without_a_key_are_told_apart_by_their_reads() -> None:
    closing, opening = Decision(closed=(LetterClose(None, _at(1)),)), Decision(opened=(_opened(2, key=None),))
    assert together([closing, opening]).closed == closing.closed
