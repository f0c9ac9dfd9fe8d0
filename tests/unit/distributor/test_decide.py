"""Deciding what a page changes in the ledger."""

from __future__ import annotations

from distributor.brake import Brake
from distributor.decide import changed_fields, decide, delete, may_delete
from distributor.rows import Account, EntityRow, RecordRow, State
from schemas.version import Version
from tests.support.ledger_twin import LedgerTwin
from tests.support.pages import domain_page, good, mapped_entity, rejected


def changes(ledger: LedgerTwin) -> list[str]:
    return [effect.change for effect in ledger.told]


def test_an_unseen_entity_is_created() -> None:
    ledger = LedgerTwin()
    decision = ledger.take(domain_page(good("1", mapped_entity("1", name="A"))))
    assert decision is not None
    assert decision.account == Account(read=1, mapped=1, produced=1, created=1)
    assert changes(ledger) == ["created"]
    assert ledger.records["1"].entities == (mapped_entity("1").id,)


def test_the_same_content_is_unchanged_and_tells_nothing_but_advances_the_version() -> None:
    ledger = LedgerTwin()
    entity = mapped_entity("1", name="A")
    ledger.take_all([domain_page(good("1", entity), read=1), domain_page(good("1", entity), read=2)])
    assert changes(ledger) == ["created"]
    row = ledger.entities[entity.id]
    assert row.version == Version(1, 2, 0, 0)
    assert row.body["version"] == str(row.version)
    assert ledger.records["1"].version == row.version


def test_other_content_is_updated_and_names_the_fields_that_differ() -> None:
    ledger = LedgerTwin()
    ledger.take(domain_page(good("1", mapped_entity("1", name="A", email="a@b.no", changed_at="1")), read=1))
    ledger.take(domain_page(good("1", mapped_entity("1", name="B", phone="1", changed_at="2")), read=2))
    effect = ledger.told[-1]
    assert (effect.change, effect.changed) == ("updated", ("email", "name", "phone"))
    assert effect.before is not None
    assert effect.before.body["name"] == "A"


def test_stamps_and_versions_are_no_change_of_a_field_and_null_says_what_absence_says() -> None:
    before = {"name": "A", "read_at": "1", "version": "1", "changed_at": "1", "email": None}
    assert changed_fields(before, {"name": "A", "read_at": "2", "version": "2", "changed_at": "2"}) == ()


def test_an_older_read_is_stale_with_all_its_children() -> None:
    ledger = LedgerTwin()
    ledger.take(domain_page(good("1", mapped_entity("1", name="new")), read=2))
    old = domain_page(good("1", mapped_entity("1", name="old"), mapped_entity("1", "supplier")), read=1)
    decision = ledger.take(old)
    assert decision is not None
    assert decision.account == Account(read=1, mapped=1, produced=2, stale=2)
    assert not decision.records
    assert not decision.entities


def test_a_child_missing_from_a_newer_read_of_its_parent_is_deleted() -> None:
    ledger = LedgerTwin()
    monday, friday = mapped_entity("1/mon", "time_entry"), mapped_entity("1/fri", "time_entry")
    ledger.take(domain_page(good("1", monday, friday), read=1))
    decision = ledger.take(domain_page(good("1", monday), read=2))
    assert decision is not None
    assert decision.account == Account(read=1, mapped=1, produced=2, unchanged=1, deleted=1)
    assert decision.losing == 1
    tombstone = ledger.entities[friday.id]
    assert tombstone.deleted
    assert tombstone.body["version"] == str(Version(1, 2, 0, 0))
    assert ledger.records["1"].entities == (monday.id,)


def test_a_record_that_is_skipped_now_loses_what_it_gave_before() -> None:
    ledger = LedgerTwin()
    ledger.take(domain_page(good("1", mapped_entity("1")), read=1))
    decision = ledger.take(domain_page(good("1"), read=2))
    assert decision is not None
    assert decision.account == Account(read=1, skipped=1, produced=1, deleted=1)
    assert ledger.records["1"].entities == ()
    assert not ledger.alive()


def test_a_skipped_record_is_remembered_so_that_an_older_read_cannot_create_it() -> None:
    ledger = LedgerTwin()
    ledger.take_all([domain_page(good("1"), read=2), domain_page(good("1", mapped_entity("1")), read=1)])
    assert not ledger.alive()


def test_an_entity_comes_back_with_a_newer_read_only() -> None:
    entity = mapped_entity("1", name="A")
    ledger = LedgerTwin()
    ledger.take_all([domain_page(good("1", entity), read=1), domain_page(good("1"), read=3)])
    ledger.take(domain_page(good("1", entity), read=2))
    assert ledger.entities[entity.id].deleted
    ledger.take(domain_page(good("1", entity), read=4))
    assert not ledger.entities[entity.id].deleted
    assert changes(ledger) == ["created", "deleted", "created"]


def test_the_later_of_two_records_with_one_key_wins_and_tells_once() -> None:
    ledger = LedgerTwin()
    first, second = mapped_entity("1", name="A"), mapped_entity("1", name="B")
    decision = ledger.take(domain_page(good("1", first), good("1", second)))
    assert decision is not None
    assert decision.account == Account(read=2, mapped=2, produced=2, created=1, stale=1)
    assert ledger.entities[first.id].body["name"] == "B"
    assert len(decision.records) == len(decision.entities) == 1


def test_effects_come_in_the_order_of_the_records() -> None:
    keys = [str(number) for number in range(5)]
    decision = LedgerTwin().take(domain_page(*(good(key, mapped_entity(key)) for key in keys)))
    assert decision is not None
    assert [effect.row.source_key for effect in decision.effects] == keys


def test_an_entity_that_another_record_gave_since_is_not_deleted_with_its_former_record() -> None:
    ledger = LedgerTwin()
    shared = mapped_entity("shared")
    ledger.take_all([domain_page(good("1", shared), read=1), domain_page(good("2", shared), read=2)])
    ledger.take(domain_page(good("1"), read=3))
    assert not ledger.entities[shared.id].deleted


def test_an_absent_key_deletes_all_that_its_record_gave_and_is_no_record_that_was_read() -> None:
    ledger = LedgerTwin()
    ledger.take(domain_page(good("1", mapped_entity("1"), mapped_entity("1", "supplier")), read=1))
    decision = ledger.take(domain_page(read=2, absent=("1",), origin="lookup"))
    assert decision is not None
    assert decision.account == Account(produced=2, deleted=2)
    assert not ledger.alive()
    assert ledger.records["1"] == RecordRow("1", Version(1, 2, 0, 0))


def test_absence_that_is_older_than_a_read_deletes_nothing() -> None:
    ledger = LedgerTwin()
    ledger.take_all([domain_page(good("1", mapped_entity("1")), read=3), domain_page(read=2, absent=("1",))])
    assert ledger.alive()


def test_absence_of_a_key_never_seen_still_makes_older_reads_stale() -> None:
    ledger = LedgerTwin()
    ledger.take_all([domain_page(read=2, absent=("1",)), domain_page(good("1", mapped_entity("1")), read=1)])
    assert not ledger.alive()


def test_every_absent_key_has_a_version_of_its_own_behind_the_records() -> None:
    ledger = LedgerTwin()
    ledger.take(domain_page(good("1", mapped_entity("1")), read=4, absent=("2", "3"), first_index=10))
    assert ledger.records["2"].version == Version(1, 4, 11, 0)
    assert ledger.records["3"].version == Version(1, 4, 12, 0)


def test_a_delete_of_records_leaves_what_was_read_since() -> None:
    ledger = LedgerTwin()
    pages = [
        domain_page(good("old", mapped_entity("old")), read=1),
        domain_page(good("new", mapped_entity("new")), read=5),
    ]
    ledger.take_all(pages)
    state = State(records=ledger.records, entities=ledger.entities, letters=ledger.letters)
    decision = delete(["old", "new"], Version(1, 3, 0, 0), state)
    assert [write.row.source_key for write in decision.entities] == ["old"]
    assert decision.account == Account(produced=1, deleted=1)


def test_a_pass_moves_an_outcome_in_the_books_and_adds_no_record() -> None:
    ledger = LedgerTwin()
    first = ledger.take(domain_page(good("0", mapped_entity("0")), rejected("1")))
    entity = mapped_entity("1")
    again = ledger.take(
        domain_page(good("1", entity), pass_number=1, first_index=1)  # the rejected record alone, at its place
    )
    assert first is not None
    assert again is not None
    assert again.account == Account(read=0, rejected=-1, mapped=1, produced=1, created=1)
    assert first.account + again.account == Account(read=2, mapped=2, produced=2, created=2)


def test_a_first_pass_that_comes_after_a_later_one_counts_the_other_records_only() -> None:
    ledger = LedgerTwin()
    ledger.take(domain_page(good("1", mapped_entity("1")), pass_number=1, first_index=1))
    ledger.take(domain_page(good("0", mapped_entity("0")), rejected("1")))
    summed = sum(ledger.accounts.values(), Account())
    assert (summed.read, summed.mapped, summed.rejected) == (2, 2, 0)
    assert not ledger.open_letters()


def test_pages_that_cannot_delete_need_no_brake() -> None:
    row = {"1": RecordRow("1", Version(1, 1, 0, 0), (mapped_entity("1").id,))}
    assert not may_delete(domain_page(good("1", mapped_entity("1")), read=2), row)
    assert may_delete(domain_page(good("1"), read=2), row)
    assert may_delete(domain_page(read=2, absent=("1",)), row)


def test_an_entity_row_that_is_missing_is_not_deleted_twice() -> None:
    state = State(records={"1": RecordRow("1", Version(1, 1, 0, 0), ("gone",))})
    assert decide(domain_page(good("1"), read=2), state, Brake(1)).account == Account(read=1, skipped=1)


def test_a_body_does_not_show_in_the_text_of_a_row() -> None:
    assert "secret" not in repr(EntityRow("1", "customer", "1", Version(1, 1, 0, 0), "d", {"name": "secret"}))


def test_a_page_decided_again_changes_nothing() -> None:
    ledger = LedgerTwin()
    page = domain_page(good("1", mapped_entity("1"), mapped_entity("1", "supplier")), good("2"))
    ledger.take(page)
    again = decide(page, ledger.state(page), Brake(1))
    assert not again.records
    assert not again.entities
    assert not again.effects


def test_of_two_records_that_give_one_entity_the_newer_read_wins() -> None:
    ledger = LedgerTwin()
    ledger.take(domain_page(good("new", mapped_entity("shared", name="new")), read=2))
    decision = ledger.take(domain_page(good("old", mapped_entity("shared", name="old")), read=1))
    assert decision is not None
    assert decision.account == Account(read=1, mapped=1, produced=1, stale=1)
    assert ledger.entities[mapped_entity("shared").id].body["name"] == "new"


def test_an_entity_newer_than_the_read_that_misses_it_stays() -> None:
    newer = EntityRow("e", "customer", "1", Version(1, 5, 0, 0), "d", {})
    state = State(records={"1": RecordRow("1", Version(1, 1, 0, 0), ("e",))}, entities={"e": newer})
    assert not decide(domain_page(good("1"), read=3), state, Brake(100)).entities
