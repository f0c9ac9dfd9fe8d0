"""Sweeps: what scans no longer see."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.brake import Brake
from distributor.rows import Account, State
from distributor.sweep import (
    Backlog,
    Scan,
    Sighting,
    braked,
    candidates,
    previous_of,
    sweep,
    sweepable,
)
from schemas.version import ReadNumber, Version
from tests.support.ledger_twin import LedgerTwin
from tests.support.pages import domain_page, good, mapped_entity, rejected

FIRST = Scan(start=ReadNumber(1, 10), end=ReadNumber(1, 19), complete=True, records=100)
SECOND = Scan(start=ReadNumber(1, 30), end=ReadNumber(1, 39), complete=True, records=100)


def version(number: int) -> Version:
    return Version(1, number, 0, 0)


def test_two_complete_scans_with_nothing_unfinished_may_delete() -> None:
    assert sweepable(SECOND, FIRST, Backlog()).action == "go"


@pytest.mark.parametrize(
    ("scan", "backlog"),
    [
        (replace(SECOND, complete=False), Backlog()),
        (SECOND, Backlog(held=True)),
        (SECOND, Backlog(oldest=SECOND.end)),
        (SECOND, Backlog(oldest=ReadNumber(1, 2))),
        (SECOND, Backlog(earlier_scan=True)),
        (replace(SECOND, keyless=1), Backlog(oldest=SECOND.start)),  # more of them may still come
    ],
)
def test_it_waits_for_what_is_unfinished(scan: Scan, backlog: Backlog) -> None:
    assert sweepable(scan, FIRST, backlog).action == "wait"


def test_pages_read_after_the_scan_do_not_block_it() -> None:
    assert sweepable(SECOND, FIRST, Backlog(oldest=ReadNumber(1, 40))).action == "go"


def test_the_first_scan_and_one_with_a_record_without_key_never_delete() -> None:
    assert sweepable(FIRST, None, Backlog()).action == "cancel"
    assert sweepable(replace(SECOND, keyless=2), FIRST, Backlog()).action == "cancel"


def test_a_scan_is_confirmed_by_the_newest_earlier_one_of_its_scope_that_can_be_trusted() -> None:
    third = replace(SECOND, start=ReadNumber(2, 1), end=ReadNumber(2, 9))
    assert previous_of(third, [FIRST, SECOND, third]) == SECOND
    assert previous_of(third, [FIRST, replace(SECOND, keyless=1)]) == FIRST
    assert previous_of(third, [FIRST, replace(SECOND, complete=False)]) == FIRST
    assert previous_of(third, [FIRST, replace(SECOND, scope="archive")]) == FIRST
    assert previous_of(FIRST, [FIRST, SECOND]) is None


@pytest.mark.parametrize(
    ("sighting", "gone"),
    [
        (Sighting("1", version=version(5), alive=True), True),
        (Sighting("1", version=version(9), seen=ReadNumber(1, 8), alive=True), True),
        (Sighting("1", version=version(10), alive=True), False),  # read while the first scan was going on
        (Sighting("1", version=version(35), alive=True), False),
        (Sighting("1", version=version(5), seen=ReadNumber(1, 12), alive=True), False),  # the first one saw it
        (Sighting("1", version=version(5), seen=ReadNumber(1, 30), alive=True), False),  # the second one saw it
        (Sighting("1", version=version(5), letter=version(31), alive=True), False),  # a reject is a sighting
        (Sighting("1", version=version(5), letter=version(6), alive=True), True),
        (Sighting("1", version=version(5)), False),  # gone already
        (Sighting("1", letter=version(5), letter_open=True), True),  # its letter has nothing to wait for
        (Sighting("1", letter=version(31), letter_open=True), False),
    ],
)
def test_a_record_is_gone_when_nothing_showed_it_since_the_first_of_two_scans_began(
    sighting: Sighting, gone: bool
) -> None:
    assert candidates([sighting], FIRST) == (["1"] if gone else [])


NUMBERS = st.none() | st.integers(1, 45)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, st.booleans())))
@settings(max_examples=50, deadline=None)
def test_no_candidate_was_shown_in_any_way_since_the_first_scan_began(
    known: list[tuple[int | None, int | None, int | None, bool]],
) -> None:
    sightings = [
        Sighting(
            key=str(place),
            version=None if row is None else version(row),
            seen=None if seen is None else ReadNumber(1, seen),
            letter=None if letter is None else version(letter),
            alive=alive,
        )
        for place, (row, seen, letter, alive) in enumerate(known)
    ]
    gone = set(candidates(sightings, FIRST))
    for sighting, (*reads, alive) in zip(sightings, known, strict=True):
        shown = [read for read in reads if read is not None and read >= FIRST.start.number]
        assert (sighting.key in gone) is (alive and not shown)


def swept(ledger: LedgerTwin, *keys: str, hold: bool = False) -> Account:
    state = State(records=ledger.records, entities=ledger.entities, letters=ledger.letters)
    decision = sweep(SECOND, keys, state, hold=hold)
    ledger.apply(decision, str(SECOND.start))
    return decision.account


def test_a_sweep_deletes_as_of_its_scans_start_and_closes_letters() -> None:
    ledger = LedgerTwin().take_all([domain_page(good("1", mapped_entity("1")), rejected("2"), read=5)])
    assert swept(ledger, "1", "2") == Account(produced=1, deleted=1)
    assert not ledger.alive()
    assert not ledger.open_letters()
    assert ledger.records["1"].version == ledger.records["2"].version == Version(1, 30, 0, 0)


def test_a_record_read_after_the_scans_start_survives_the_sweep_and_comes_back_after_it() -> None:
    ledger = LedgerTwin().take_all([domain_page(good("1", mapped_entity("1")), read=31)])
    swept(ledger, "1")
    assert ledger.alive()
    ledger.take(domain_page(good("2", mapped_entity("2")), read=5))
    swept(ledger, "2")
    ledger.take(domain_page(good("2", mapped_entity("2")), read=31, number=1))
    assert len(ledger.live_keys()) == 2


def test_a_late_page_read_before_the_scan_cannot_bring_a_swept_record_back() -> None:
    ledger = LedgerTwin().take_all([domain_page(good("1", mapped_entity("1")), read=5)])
    swept(ledger, "1")
    ledger.take(domain_page(good("1", mapped_entity("1")), read=6))
    assert not ledger.alive()


def test_the_brake_holds_a_sweep_whole() -> None:
    assert braked(SECOND, 11, Brake(alive=100))
    assert not braked(SECOND, 10, Brake(alive=100))
    assert braked(replace(SECOND, records=0), 1, Brake(alive=3))
    ledger = LedgerTwin().take_all([domain_page(good("1", mapped_entity("1")), rejected("2"), read=5)])
    assert swept(ledger, "1", "2", hold=True) == Account()
    assert [one.key for one in ledger.held] == ["1"]
    assert ledger.alive()
