"""A connection is erased: nothing of it is left anywhere, others keep all of theirs, and it is proved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Column, MetaData, String, Table

from pipeline.erasing.places import CLEARED, KEPT, LAST, PLACES
from pipeline.store import actions, connections, replays
from pipeline.store.engine import Store
from pipeline.store.tables import metadata
from tests.support.flow import changes
from tests.support.leaving import LEAVING, NEEDLE, STAYING, House, dump, full_house, house, of_tenant
from tests.support.stores import only_sqlite


def uncovered(tables: MetaData) -> set[str]:
    """Tables of which nobody says what an erasure does to them."""
    return set(tables.tables) - {place.name for place in (*PLACES, *LAST)} - {*CLEARED, *KEPT}


def test_every_table_says_what_an_erasure_does_to_it() -> None:
    assert uncovered(metadata) == set()
    assert all(KEPT.values())
    grown = MetaData()
    for table in metadata.tables.values():
        table.to_metadata(grown)
    Table("notes_of_tenants", grown, Column("tenant", String(80)))
    assert uncovered(grown) == {"notes_of_tenants"}


async def test_a_rehearsal_counts_something_in_every_place_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    at = await full_house(store, tmp_path)
    before, objects = await dump(store), dict(at.flow.archive._objects)
    found = await at.found()
    assert {name for name, many in found.items() if not many} == set()
    assert set(found) == {*metadata.tables, "archive", "spool"} - set(KEPT)
    assert (await dump(store), at.flow.archive._objects) == (before, objects)


async def test_nothing_of_an_erased_connection_is_left_anywhere(store: Store, tmp_path: Path) -> None:
    at = await full_house(store, tmp_path)
    found = await at.found()
    assert set(await at.mentions(NEEDLE)) >= {"entities", "letters", "outbox", "actions", "replays", "messages"}
    proof = await at.erase()
    assert proof.holds
    assert set(proof.left) == set(found)
    assert await at.mentions(NEEDLE) == {}
    assert set(await at.mentions("'acme'")) == {"erasures"}
    assert of_tenant(at.flow.archive._objects, "acme") == []
    assert {one.credential[1] for one in at.spool.pending()} == {"north"}
    removed = dict(proof.erasure.removed)
    assert {name: removed[name] for name in found} == found


async def test_others_keep_all_of_theirs(store: Store, tmp_path: Path) -> None:
    at = await full_house(store, tmp_path)
    north = of_tenant(at.flow.archive._objects, "north")
    before, counts = await at.mentions("north"), await at.found(STAYING)
    assert (await at.erase()).holds
    after = await at.found(STAYING)
    shared = {"causes", "actions"}  # what the two had in common is now of the one that stays
    assert {name: many for name, many in after.items() if counts[name] != many and name not in shared} == {}
    assert all(after[name] >= counts[name] for name in shared)
    assert await at.mentions("north") == before
    assert of_tenant(at.flow.archive._objects, "north") == north != []
    assert len(await at.mentions("Northern")) > 5


async def test_the_audit_trail_keeps_that_it_was_done_and_how_much(store: Store, tmp_path: Path) -> None:
    at = await full_house(store, tmp_path)
    await at.erase()
    async with store.reading() as tx:
        rows = await actions.listed(tx, 100)
        left = [replay.filter for replay in await replays.listed(tx, 10)]
    mine = [row for row in rows if row["target"] == LEAVING]
    assert [(row["who"], row["what"], row["why"]) for row in mine] == [
        ("ann", "connections erase", "they asked for it"),
        ("ann", "connections erase", "they asked for it"),
        ("ann", "connections rules", None),
    ]
    assert mine[0]["details"]["removed"]["entities"] > 3
    assert mine[0]["details"]["left"] == {}
    edits = [row for row in rows if row["what"] == "deadletters edit"]
    assert sorted(row["details"] is None for row in edits) == [False, False, True, True]
    assert sorted(one.text or "" for one in left) == ["Northern", "erased"]


@only_sqlite
async def test_a_whole_tenant_is_erased_with_all_of_its_connections(store: Store, tmp_path: Path) -> None:
    at = await full_house(store, tmp_path)
    await at.flow.connect("acme-two", company="3")
    at.companies.of("3").customer(1, name=f"{NEEDLE} 3")
    await at.flow.settle()
    proofs = await at.erase_all(None, tenant="acme")
    assert [proof.erasure.connection for proof in proofs] == [LEAVING, "acme-two"]
    assert all(proof.holds for proof in proofs)
    assert await at.mentions(NEEDLE) == {}
    async with store.reading() as tx:
        assert [row.id for row in await connections.everything(tx)] == [STAYING]
    again = await at.erase_all(None, tenant="acme")
    assert [(proof.holds, proof.erasure.removed) for proof in again] == [(True, one.erasure.removed) for one in proofs]


@only_sqlite
async def test_one_of_two_connections_leaves_alone(store: Store, tmp_path: Path) -> None:
    at = await full_house(store, tmp_path)
    await at.flow.connect("acme-two", company="3")
    for number in (1, 2):
        at.companies.of("3").customer(number, name=f"Other {number}")
    await at.flow.settle()
    counts = await at.found("acme-two")
    assert (await at.erase()).holds
    assert await at.found("acme-two") == counts
    assert await at.mentions(NEEDLE) == {}


@only_sqlite
async def test_big_events_of_an_older_release_are_told_apart_by_the_ledger(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    await at.flow.connect("acme-two", company="3")
    at.companies.of("3").customer(1, name="Other")
    await at.flow.settle()
    ids = [event["subject"] for event in (_changes_of(at, LEAVING)[0], _changes_of(at, "acme-two")[0])]
    older = [f"events/acme/{number * 32}-{'f' * 32}" for number in "abc"]
    for key, subject in zip(older, [*ids, "nobody's any more"], strict=True):
        await at.flow.archive.put(key, orjson.dumps({"version": "1", "body": {"id": subject}}))
    await at.flow.archive.put(f"events/acme/two/{'a' * 32}-{'f' * 32}", b"of the tenant acme/two")
    assert (await at.found())["archive"] == 2
    assert (await at.erase()).holds
    assert of_tenant(at.flow.archive._objects, "acme") == [older[1], f"events/acme/two/{'a' * 32}-{'f' * 32}"]
    assert (await at.erase("acme-two")).holds
    assert of_tenant(at.flow.archive._objects, "acme") == [f"events/acme/two/{'a' * 32}-{'f' * 32}"]


async def test_a_tenant_that_comes_back_has_the_same_ids_with_newer_versions(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    first = _changes_of(at, LEAVING)
    assert (await at.erase()).holds
    await at.flow.connect(LEAVING)
    told = [event for event in await at.flow.settle() if event.get("change")]
    assert changes(told) == changes(first)
    versions = {event["subject"]: event["data"]["version"] for event in first}
    assert {event["subject"] for event in told} == set(versions)
    assert all(event["data"]["version"] > versions[event["subject"]] for event in told)


async def test_subscribers_hear_of_it_once_and_of_each_entity_where_that_is_asked(store: Store, tmp_path: Path) -> None:
    at = await house(store, tmp_path)
    known = {event["subject"]: event["data"]["version"] for event in _changes_of(at, LEAVING)}
    proof = await at.erase(tell=True)
    assert proof.holds
    told = await at.flow.receive(len(at.flow.events))
    (notice,) = [event for event in told if event["type"] == "erpflow.notification.connection-erased.v1"]
    deleted = [event for event in told if event.get("change") == "deleted"]
    assert {event["subject"] for event in deleted} == set(known)
    assert proof.erasure.removed["told"] == len(known) > 3
    for event in deleted:
        assert known[event["subject"]] < event["data"]["version"] == notice["data"]["version"]


def _changes_of(at: House, connection: str) -> list[dict[str, Any]]:
    return [event for event in at.flow.events if event["connection"] == connection and event.get("change")]
