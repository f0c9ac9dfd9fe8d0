"""The brake on deletes."""

from __future__ import annotations

import pytest

from distributor.brake import Brake
from distributor.rows import Account
from tests.support.ledger_twin import LedgerTwin
from tests.support.pages import domain_page, good, mapped_entity


def filled(many: int, brake: Brake | None = None) -> LedgerTwin:
    keys = [str(number) for number in range(many)]
    return LedgerTwin(brake).take_all([domain_page(*(good(key, mapped_entity(key)) for key in keys))])


@pytest.mark.parametrize(
    ("alive", "deleted", "wanted", "holds"),
    [
        (1000, 0, 50, False),  # 5 % is not more than 5 %
        (1000, 0, 51, True),
        (100, 0, 10, False),  # more than 5 %, but not more than 10 records
        (100, 0, 11, True),
        (950, 50, 1, True),  # the day's deletes count
        (990, 10, 40, False),
        (8, 0, 8, True),  # everything
        (8, 0, 7, False),
        (5, 0, 5, False),  # a handful
        (0, 0, 0, False),
    ],
)
def test_more_than_a_share_and_more_than_a_few_or_everything_is_held(
    alive: int, deleted: int, wanted: int, holds: bool
) -> None:
    assert Brake(alive, deleted).holds(wanted) is holds


def test_an_empty_answer_is_held_whatever_the_number() -> None:
    assert Brake(alive=2).holds(1, empty=True)
    assert not Brake(alive=2).holds(0, empty=True)


def test_a_release_lets_the_days_deletes_up_to_its_number_pass() -> None:
    assert not Brake(alive=100, allowance=30).holds(30)
    assert Brake(alive=100, allowance=30).holds(31)
    assert not Brake(alive=8, allowance=8).holds(8, empty=True)


def test_a_page_that_deletes_too_much_holds_all_its_deletes_and_lets_the_rest_pass() -> None:
    ledger = filled(100)
    before = ledger.alive()
    gone = [good(str(number)) for number in range(20)]
    decision = ledger.take(domain_page(*gone, good("new", mapped_entity("new")), read=2))
    assert decision is not None
    assert decision.account == Account(read=21, held=20, mapped=1, produced=1, created=1)
    assert len(decision.held) == 20
    assert decision.losing == 0
    assert before.items() <= ledger.alive().items()
    assert ledger.records["0"].version.number == 1


def test_a_record_that_loses_one_of_its_children_is_held_whole() -> None:
    ledger = LedgerTwin(Brake(alive=20, deleted=10))
    ledger.take(domain_page(good("1", mapped_entity("1/a", name="A"), mapped_entity("1/b"))))
    decision = ledger.take(domain_page(good("1", mapped_entity("1/a", name="B")), read=2))
    assert decision is not None
    assert decision.account == Account(read=1, held=1)
    assert not decision.entities
    assert decision.held[0].entities == (mapped_entity("1/b").id,)


def test_held_absent_keys_are_named_and_no_record_that_was_read() -> None:
    ledger = filled(8)
    decision = ledger.take(domain_page(read=2, absent=tuple(str(number) for number in range(8))))
    assert decision is not None
    assert decision.account == Account()
    assert {(one.key, one.index) for one in decision.held} == {(str(number), None) for number in range(8)}
    assert len(ledger.live_keys()) == 8


def test_a_few_deletes_pass_every_time_until_the_day_is_full() -> None:
    ledger = filled(100)
    for number in range(12):
        ledger.take(domain_page(good(str(number)), read=number + 2))
    assert len(ledger.live_keys()) == 90
    assert [one.key for one in ledger.held] == ["10", "11"]


def test_a_held_record_is_deleted_by_a_further_pass_after_the_release() -> None:
    ledger = filled(8)
    gone = [good(str(number)) for number in range(8)]
    ledger.take(domain_page(*gone, read=2))
    ledger.restrain(Brake(alive=8, allowance=8))
    decision = ledger.take(domain_page(*gone, read=2, pass_number=1))
    assert decision is not None
    assert decision.account == Account(held=-8, skipped=8, produced=8, deleted=8)
    assert not ledger.alive()
