"""What must hold for all pages in all orders, shown with random ones."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.brake import Brake
from distributor.by_entity import by_entity
from distributor.rows import Account, Decision
from schemas.pages import DomainPage, Result
from tests.support.ledger_twin import LIMITLESS, LedgerTwin
from tests.support.pages import domain_page, good, mapped_entity, pages_in_order, rejected

KEYS = ["a", "b", "c"]
CHILDREN = ["1", "2", "3"]


@st.composite
def results(draw: st.DrawFn) -> Result:
    key = draw(st.sampled_from(KEYS))
    if draw(st.integers(0, 4)) == 0:
        return rejected(draw(st.sampled_from([key, None])))
    children = draw(st.lists(st.sampled_from(CHILDREN), unique=True))
    entities = [mapped_entity(f"{key}/{child}", name=draw(st.sampled_from("xy"))) for child in children]
    return good(key, *entities)


@st.composite
def streams(draw: st.DrawFn) -> list[DomainPage]:
    """Pages of one stream, some with further passes, in the order of their versions."""
    pages = []
    for read in range(1, draw(st.integers(2, 6))):
        absent = tuple(draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=1)))
        size = draw(st.integers(0, 4))
        for number in range(draw(st.integers(1, 2))):
            content = draw(st.lists(results(), min_size=size, max_size=size))
            pages.append(domain_page(*content, read=read, pass_number=number, absent=absent))
    return pages_in_order(pages)


def by_kind(page: DomainPage, decision: Decision) -> int:
    counts = by_entity(page, decision).values()
    names = ("created", "updated", "unchanged", "stale", "deleted")
    for name in names:
        assert sum(one.get(name, 0) for one in counts) == getattr(decision.account, name)
    return sum(sum(one.values()) for one in counts)


def final(ledger: LedgerTwin) -> tuple[object, ...]:
    """What a ledger says in the end. Tombstones of what an order never created are not part of it."""
    records = {key: (row.version, row.entities) for key, row in ledger.records.items()}
    return records, ledger.alive(), ledger.open_letters()


@given(streams(), st.data())
@settings(max_examples=60, deadline=None)
def test_pages_in_any_order_and_repeated_end_as_those_in_the_order_of_their_versions(
    pages: list[DomainPage], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(pages + data.draw(st.lists(st.sampled_from(pages)))))
    assert final(LedgerTwin().take_all(shuffled)) == final(LedgerTwin().take_all(pages))


@given(streams(), st.data())
@settings(max_examples=30, deadline=None)
def test_a_subscriber_that_keeps_the_newest_ends_with_the_ledger(pages: list[DomainPage], data: st.DataObject) -> None:
    ledger = LedgerTwin().take_all(data.draw(st.permutations(pages)))
    known: dict[str, tuple[object, bool, str]] = {}
    for effect in data.draw(st.permutations(ledger.told + ledger.told)):
        seen = known.get(effect.row.id)
        if seen is None or seen[0] < effect.row.version:  # type: ignore[operator]
            known[effect.row.id] = (effect.row.version, effect.change == "deleted", effect.row.digest)
    alive = {identity: digest for identity, (_, gone, digest) in known.items() if not gone}
    assert alive == {identity: row.digest for identity, row in ledger.entities.items() if not row.deleted}


@given(streams(), st.data(), st.sampled_from([None, Brake(5), Brake(0, allowance=10**9)]))
@settings(max_examples=60, deadline=None)
def test_the_books_balance_after_every_page(pages: list[DomainPage], data: st.DataObject, brake: Brake | None) -> None:
    ledger = LedgerTwin(brake)
    for page in data.draw(st.permutations(pages)):
        decision = ledger.take(page)
        assert decision is not None
        assert decision.account.record_balance() == 0
        assert decision.account.entity_balance() == 0
        assert by_kind(page, decision) == decision.account.produced
        assert len(decision.effects) == sum(write.change is not None for write in decision.entities)
    summed = sum(ledger.accounts.values(), Account())
    assert summed.read == sum(len(outcomes) for outcomes in ledger.outcomes.values())
    assert min(summed.mapped, summed.skipped, summed.rejected, summed.held) >= 0


@given(streams(), st.data())
@settings(max_examples=30, deadline=None)
def test_versions_only_grow_and_tombstones_stay(pages: list[DomainPage], data: st.DataObject) -> None:
    ledger = LedgerTwin()
    for page in data.draw(st.permutations(pages)):
        records, entities = dict(ledger.records), dict(ledger.entities)
        ledger.take(page)
        assert records.keys() <= ledger.records.keys()
        assert entities.keys() <= ledger.entities.keys()
        assert all(ledger.records[key].version >= row.version for key, row in records.items())
        assert all(ledger.entities[one].version >= row.version for one, row in entities.items())


@given(streams(), st.data())
@settings(max_examples=30, deadline=None)
def test_no_row_is_written_twice_by_one_page(pages: list[DomainPage], data: st.DataObject) -> None:
    ledger = LedgerTwin()
    for page in data.draw(st.permutations(pages)):
        decision = ledger.take(page)
        assert decision is not None
        assert len({write.row.key for write in decision.records}) == len(decision.records)
        assert len({write.row.id for write in decision.entities}) == len(decision.entities)
        keyed = [opened.key for opened in decision.opened if opened.key is not None]
        assert len(set(keyed)) == len(keyed)


@given(streams())
@settings(max_examples=30, deadline=None)
def test_held_records_change_nothing_and_a_further_pass_with_an_allowance_applies_them(
    pages: list[DomainPage],
) -> None:
    ledger = LedgerTwin().take_all(pages)
    before, read = ledger.alive(), max(page.head.read.number for page in pages) + 1
    everything_gone = [good(key) for key in KEYS]
    ledger.restrain(Brake(alive=30, deleted=30))
    ledger.take(domain_page(*everything_gone, read=read))
    assert ledger.alive() == before
    ledger.restrain(LIMITLESS)
    decision = ledger.take(domain_page(*everything_gone, read=read, pass_number=1))
    assert decision is not None
    assert not ledger.alive()
    assert decision.account.held == -len(ledger.held)
