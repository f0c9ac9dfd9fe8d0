"""The books of a run."""

from __future__ import annotations

from distributor.books import balance, total
from distributor.rows import Account

PAGE = Account(
    read=7, mapped=4, skipped=1, rejected=1, held=1,
    produced=8, created=3, updated=2, unchanged=1, stale=1, deleted=1,
)  # fmt: skip


def test_accounts_add_up_line_by_line() -> None:
    assert total([PAGE, PAGE]) == Account(14, 8, 2, 2, 2, 16, 6, 4, 2, 2, 2)
    assert total([]) == Account()


def test_books_balance_when_all_that_was_read_ended_somewhere() -> None:
    books = balance(14, [PAGE, PAGE])
    assert books.balanced
    assert books.in_flight == 0
    assert books.total.read == 14


def test_a_page_without_account_is_in_flight() -> None:
    books = balance(10, [PAGE])
    assert books.in_flight == 3
    assert books.reasons == ("3 records are in flight: their pages are not accounted for yet.",)


def test_a_pass_moves_an_outcome_and_the_books_still_balance() -> None:
    moved = Account(rejected=-1, mapped=1, produced=1, created=1)
    assert balance(7, [PAGE, moved]).balanced


def test_a_record_or_entity_that_ended_nowhere_is_told() -> None:
    lost_record = Account(read=2, mapped=1, produced=1, created=1)
    lost_entity = Account(read=1, mapped=1, produced=2, created=1)
    assert len(balance(2, [lost_record]).reasons) == 1
    assert "1 of 2 records" in balance(2, [lost_record]).reasons[0]
    assert "1 of 2 entities" in balance(1, [lost_entity]).reasons[0]


def test_a_page_accounted_for_twice_is_told() -> None:
    assert "7 more records than the journal" in balance(7, [PAGE, PAGE]).reasons[0]
