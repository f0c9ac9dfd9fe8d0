"""What scans saw, and what follows: the query must find what ``distributor.sweep`` says, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from distributor.account import Account
from distributor.brake import Brake
from distributor.rows import Decision, EntityRow, EntityWrite, Held, LetterClose, LetterOpen, RecordRow, RecordWrite
from distributor.sweep import Scan, Sighting, candidates
from pipeline.store import accounts, deletes, journal, ledger, letter_search, letters, manifest, runs, streams
from pipeline.store.engine import Store
from pipeline.store.letter_search import Filter
from pipeline.store.runs import Run
from pipeline.store.tables import letters as letter_rows
from schemas.pages import DomainPage, Reject
from schemas.version import ReadNumber, Version
from tests.support.rows import NOW, connected, counted, head, page

READS = (None, 1, 5, 9)
PREVIOUS = ReadNumber(1, 5)


def version(number: int) -> Version:
    return ReadNumber(1, number).at(0)


def _letter(stream_id: int, key: str, number: int, state: str) -> dict[str, Any]:
    return {
        "stream_id": stream_id, "key": key, "state": state, "version": str(version(number)), "run": "1-1", "number": 0,
        "index": 0, "reason": "x", "error": "Rejected", "first_at": NOW, "last_at": NOW,
    }  # fmt: skip


def _sightings() -> list[Sighting]:
    """Every mixture of read, seen and rejected, before, at and after the scan."""
    found = []
    for record in READS:
        for seen in READS:
            for letter in READS:
                for alive in (True, False):
                    for is_open in (True, False):
                        if (record is None and alive) or (letter is None and is_open):
                            continue
                        found.append(
                            Sighting(
                                key=f"{record}-{seen}-{letter}-{alive}-{is_open}",
                                version=None if record is None else version(record),
                                seen=None if seen is None else ReadNumber(1, seen),
                                letter=None if letter is None else version(letter),
                                alive=alive,
                                letter_open=is_open,
                            )
                        )
    return found


async def _keep(store: Store, stream_id: int, sightings: list[Sighting]) -> None:
    async with store.transaction() as tx:
        rows = [RecordWrite(RecordRow(one.key, one.version), one.alive) for one in sightings if one.version]
        await ledger.write_records(tx, [(stream_id, row) for row in rows], NOW)
        for one in sightings:
            if one.seen:
                await manifest.saw(tx, stream_id, {one.key: None}, one.seen)
            if one.letter:
                state = "open" if one.letter_open else "closed"
                await tx.execute(insert(letter_rows).values(_letter(stream_id, one.key, one.letter.number, state)))


async def test_the_query_finds_what_the_rule_of_sweeps_says(store: Store) -> None:
    stream, other = await connected(store, "acme-fake", "customers", "projects")
    sightings = _sightings()
    await _keep(store, stream.id, sightings)
    await _keep(store, other.id, sightings)
    scan = Scan(PREVIOUS, PREVIOUS, True, 0)
    async with store.reading() as tx:
        found = await manifest.absent(tx, stream.id, PREVIOUS)
        losing = await manifest.absent_records(tx, stream.id, PREVIOUS)
    by_rule = candidates(sightings, scan)
    assert found == sorted(by_rule)
    assert losing == len(set(by_rule) & {one.key for one in sightings if one.alive}) > 0


async def test_a_record_that_was_rejected_since_the_scan_is_not_absent(store: Store) -> None:
    (stream,) = await connected(store)
    seen = Sighting("1", version(1), None, version(9), alive=True, letter_open=True)
    await _keep(store, stream.id, [seen])
    async with store.reading() as tx:
        assert candidates([seen], Scan(PREVIOUS, PREVIOUS, True, 0)) == []
        assert await manifest.absent(tx, stream.id, PREVIOUS) == []
        assert await manifest.absent_records(tx, stream.id, PREVIOUS) == 0


async def test_keys_that_nobody_knows_are_found_once_nothing_is_under_way(store: Store) -> None:
    (stream,) = await connected(store)
    run = Run(stream.id, "keys", ReadNumber(1, 1))
    async with store.transaction() as tx:
        await manifest.saw(tx, stream.id, {"known": None, "rejected": None, "new": None}, ReadNumber(1, 2))
        await ledger.write_records(tx, [(stream.id, RecordWrite(RecordRow("known", version(1)), True))], NOW)
        await tx.execute(insert(letter_rows).values(_letter(stream.id, "rejected", 1, "open")))
        assert await manifest.unknown(tx, stream.id) == ["new"]
        await runs.save(tx, run, NOW)
        await journal.append(tx, stream.id, page(head(run.id)), "a", NOW)
        assert await manifest.unknown(tx, stream.id) == []
        assert await manifest.pages_under_way(tx, stream.id) == 1
        assert await manifest.pages_under_way(tx, stream.id, ReadNumber(1, 1)) == 0
        await accounts.add(tx, [(stream.id, _domain(head(run.id)), Decision())], NOW)
        assert await manifest.pages_under_way(tx, stream.id) == 0
        assert await manifest.unknown(tx, stream.id) == ["new"]


def _domain(of: Any) -> DomainPage:
    return DomainPage(head=of, results=[])


async def test_digests_are_those_seen_last_and_a_list_of_keys_keeps_them(store: Store) -> None:
    (stream,) = await connected(store)
    async with store.transaction() as tx:
        await manifest.saw(tx, stream.id, {str(n): f"old{n}" for n in range(2500)}, ReadNumber(1, 1))
        await manifest.saw(tx, stream.id, {"1": "new1", "2": None}, ReadNumber(1, 5))
        keys = [str(n) for n in range(3000)]
        found = await manifest.digests(tx, stream.id, keys)
        assert len(found) == 2500
        assert (found["1"], found["2"], found["3"]) == ("new1", "old2", "old3")
        await manifest.drop_unseen(tx, stream.id, ReadNumber(1, 5))
        assert await manifest.digests(tx, stream.id, keys) == {"1": "new1", "2": "old2"}


async def test_a_page_is_accounted_for_once_in_each_pass(store: Store) -> None:
    (stream,) = await connected(store)
    first = Decision(account=Account(read=3, mapped=2, rejected=1, produced=2, created=2))
    again = Decision(account=Account(rejected=-1, mapped=1, produced=1, created=1))
    async with store.transaction() as tx:
        assert not await accounts.exists_for(tx, head())
        await accounts.add(tx, [(stream.id, _domain(head()), first)], NOW)
        await accounts.add(tx, [(stream.id, _domain(head(pass_number=1)), again)], NOW)
        assert await accounts.exists_for(tx, head())
        assert not await accounts.exists_for(tx, head(number=1))
        assert not await accounts.exists_for(tx, head(pass_number=2))
        pages, total = await accounts.of_run(tx, "1-1")
        assert await accounts.of_run(tx, "none") == (0, Account())
    assert pages == 1
    assert total == Account(read=3, mapped=3, rejected=0, produced=3, created=3)


def _opened(number: int, key: str | None = "1", reason: str = "wrong") -> LetterOpen:
    return LetterOpen(key, 0, version(number), Reject(field="name", reason=reason))


async def test_a_letter_points_to_the_newest_read_and_remembers_the_first(store: Store) -> None:
    (stream,) = await connected(store)
    async with store.transaction() as tx:
        await letters.open_all(tx, stream.id, head(), [_opened(1)], NOW)
        await letters.open_all(tx, stream.id, head("1-7"), [_opened(7, reason="worse")], NOW.replace(day=2))
        (row,) = await letter_search.found(tx, Filter())
        assert (row.key, row.version, row.run, row.reason) == ("1", str(version(7)), "1-7", "worse")
        assert (row.attempts, row.first_at, row.last_at) == (2, NOW, NOW.replace(day=2))
        assert (row.connection, row.stream) == ("acme-fake", "customers")
        await letters.close_all(tx, [(stream.id, LetterClose(key, version(8))) for key in ("1", "2")], NOW)
        assert await letter_search.found(tx, Filter()) == []
        (row,) = await letter_search.found(tx, Filter(connection="acme-fake"), ("closed",))
        assert await letter_search.found(tx, Filter(connection="another"), ("closed",)) == []
        found = await letters.rows(tx, [(stream.id, "1"), (stream.id, "2")])
    assert [(one.key, one.state) for one in found[stream.id].values()] == [("1", "closed")]


async def test_records_without_a_key_have_a_letter_each(store: Store) -> None:
    (stream,) = await connected(store)
    async with store.transaction() as tx:
        await letters.open_all(tx, stream.id, head(), [_opened(1, None), _opened(2, None)], NOW)
    assert await counted(store, "letters") == 2


async def test_what_did_not_change_keeps_the_time_of_its_last_change(store: Store) -> None:
    (stream,) = await connected(store)
    row = EntityRow("e" * 32, "customer", "1", version(1), "d", {"name": "One"})
    later = NOW.replace(day=2)
    async with store.transaction() as tx:
        await ledger.write_entities(tx, [(stream.id, "acme", EntityWrite(row, "created"))], NOW)
        moved = EntityRow(row.id, "customer", "1", version(5), "d", {"name": "One"})
        await ledger.write_entities(tx, [(stream.id, "acme", EntityWrite(moved, None))], later)
        assert await ledger.entity_rows(tx, [row.id, "f" * 32]) == {row.id: moved}
        stamps = await tx.exec_driver_sql("select changed_at from entities")
        assert str(stamps.scalar_one()).startswith("2026-06-01")


async def test_held_deletes_are_kept_until_they_are_decided_or_taken(store: Store) -> None:
    (stream,) = await connected(store)
    held = [Held(key, version(1), None, ()) for key in ("1", "2", "3")]
    async with store.transaction() as tx:
        await deletes.hold(tx, stream.id, "1-1", held, NOW)
        await deletes.hold(tx, stream.id, "1-2", held[:1], NOW)
        await deletes.forget(tx, {stream.id: ["2", "9"]})
        assert sorted(await deletes.take_held(tx, stream.id)) == ["1", "3"]
        assert await deletes.take_held(tx, stream.id) == []


async def test_the_brake_counts_a_rolling_day_and_what_was_released(store: Store) -> None:
    (stream,) = await connected(store)
    day = timedelta(days=1)
    async with store.transaction() as tx:
        writes = [RecordWrite(RecordRow(str(n), version(1)), n < 7) for n in range(10)]
        await ledger.write_records(tx, [(stream.id, row) for row in writes], NOW)
        await deletes.count(tx, stream.id, 4, NOW - day)
        await deletes.count(tx, stream.id, 2, NOW - day / 2)
        await deletes.count(tx, stream.id, 0, NOW)
        await deletes.count(tx, stream.id, 1, NOW)
        assert await ledger.brake(tx, stream.id, NOW) == Brake(alive=7, deleted=3)
        await streams.settle(tx, stream.id, release_limit=20, release_until=NOW + day)
        assert await ledger.brake(tx, stream.id, NOW) == Brake(alive=7, deleted=3, allowance=20)
        assert (await ledger.brake(tx, stream.id, NOW + day)).allowance == 0
