"""Letters: what a reject opens, and what closes it."""

from __future__ import annotations

from distributor.rows import Account
from schemas.version import Version
from tests.support.ledger_twin import LedgerTwin
from tests.support.pages import domain_page, good, mapped_entity, rejected


def test_a_reject_opens_a_letter_and_leaves_the_ledger_as_it_is() -> None:
    ledger = LedgerTwin()
    ledger.take(domain_page(good("1", mapped_entity("1", name="A")), read=1))
    before = ledger.alive()
    decision = ledger.take(domain_page(rejected("1"), read=2))
    assert decision is not None
    assert decision.account == Account(read=1, rejected=1)
    assert decision.opened[0].version == Version(1, 2, 0, 0)
    assert ledger.alive() == before
    assert ledger.records["1"].version == Version(1, 1, 0, 0)


def test_a_newer_reject_points_the_letter_to_itself_and_an_older_one_does_not() -> None:
    ledger = LedgerTwin().take_all([domain_page(rejected("1"), read=2), domain_page(rejected("1"), read=3)])
    assert ledger.letters["1"].version.number == 3
    ledger.take(domain_page(rejected("1"), read=1))
    assert ledger.letters["1"].version.number == 3


def test_a_later_good_read_closes_the_letter() -> None:
    ledger = LedgerTwin().take_all([domain_page(rejected("1"), read=1), domain_page(good("1"), read=2)])
    assert not ledger.open_letters()


def test_an_earlier_good_read_does_not_close_it() -> None:
    pages = [domain_page(rejected("1"), read=2), domain_page(good("1", mapped_entity("1")), read=1)]
    assert LedgerTwin().take_all(pages).open_letters() == {"1"}


def test_a_reject_older_than_a_good_read_opens_no_letter() -> None:
    ledger = LedgerTwin().take_all([domain_page(good("1"), read=2), domain_page(rejected("1"), read=1)])
    assert not ledger.letters


def test_absence_closes_the_letter_of_a_record_that_was_never_mapped() -> None:
    ledger = LedgerTwin().take_all([domain_page(rejected("1"), read=1), domain_page(read=2, absent=("1",))])
    assert not ledger.open_letters()


def test_a_replay_that_fails_again_refreshes_the_letter_and_one_that_passes_closes_it() -> None:
    ledger = LedgerTwin().take_all([domain_page(rejected("1")), domain_page(rejected("1"), pass_number=1)])
    assert ledger.letters["1"].version == Version(1, 1, 0, 1)
    ledger.take(domain_page(good("1", mapped_entity("1")), pass_number=2))
    assert not ledger.open_letters()
    assert ledger.alive()


def test_a_reject_after_a_good_record_with_the_same_key_keeps_both() -> None:
    ledger = LedgerTwin().take_all([domain_page(good("1", mapped_entity("1")), rejected("1"))])
    assert ledger.alive()
    assert ledger.open_letters() == {"1"}


def test_records_without_key_have_a_letter_each() -> None:
    decision = LedgerTwin().take(domain_page(rejected(None), rejected(None)))
    assert decision is not None
    assert [(one.key, one.index) for one in decision.opened] == [(None, 1), (None, 0)]
    assert decision.account == Account(read=2, rejected=2)


def test_a_record_that_has_a_key_in_a_later_pass_closes_its_letter() -> None:
    ledger = LedgerTwin().take_all([domain_page(rejected(None))])
    decision = ledger.take(domain_page(good("1", mapped_entity("1")), pass_number=1))
    assert decision is not None
    assert [one.key for one in decision.closed] == [None]
    assert [letter.state for letter in ledger.keyless.values()] == ["closed"]
