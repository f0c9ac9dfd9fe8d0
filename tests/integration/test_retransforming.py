"""After a mapping changed: stored pages through the new one, differences alone are told, and no ERP is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from connectors.registry import Registry
from pipeline.passes.again import Again
from pipeline.retransforming import Retransform, Retransformed, Scope
from pipeline.store import accounts, letter_search, runs, tables
from pipeline.store.engine import Store
from pipeline.store.letter_search import Filter
from schemas.errors import Rejected
from tests.support.fake_erp import FakeErp
from tests.support.flow import Flow, changes
from tests.support.replays import counted, mended


async def _read(store: Store) -> Flow:
    flow = Flow(store, FakeErp())
    await flow.connect()
    for number in (1, 2, 3, 4):
        flow.erp.customer(number, is_person="no such thing" if number == 3 else False)
    await flow.settle()
    return flow


def _named(erp: FakeErp, name: Any) -> Registry:
    """The connector, whose mapping gives customers their names in another way."""
    connector = mended(erp).get("fake")
    mapping = connector.mappings["customers"]
    customer = replace(mapping.entities[0], fields={**mapping.entities[0].fields, "name": name})
    mappings = {**connector.mappings, "customers": replace(mapping, entities=(customer, *mapping.entities[1:]))}
    return Registry({"fake": replace(connector, mappings=mappings)})


async def _run(flow: Flow, registry: Registry, *, apply: bool = True, **scope: Any) -> Retransformed:
    again = Again(flow.store, flow.archive, registry, flow.clock)
    work = Retransform(flow.store, again, flow.publisher, flow.clock)
    return await work.work(Scope("fake", **scope), apply=apply)


async def _balanced(store: Store) -> dict[str, int]:
    outcomes = {"mapped": 0, "rejected": 0}
    async with store.reading() as tx:
        for row in await runs.listed(tx, None, 50):
            _, total = await accounts.of_run(tx, row.id)
            assert total.record_balance() == total.entity_balance() == 0
            outcomes["mapped"] += total.mapped
            outcomes["rejected"] += total.rejected
    return outcomes


async def test_first_it_shows_what_would_change_and_changes_nothing(store: Store) -> None:
    flow = await _read(store)
    asked = len(flow.erp.requests)
    done = await _run(flow, _named(flow.erp, lambda r, _: f"{r['name']}!"), apply=False)
    assert counted(done.tally) == {"passed": 4, "created": 1, "updated": 3}
    assert {"of", "entity", "change", "fields"} == set(done.samples[0])
    assert done.samples[0]["fields"]["name"] == ["Customer 1", "Customer 1!"]
    assert await flow.settle() == []
    assert len(flow.erp.requests) == asked
    assert await _balanced(store) == {"mapped": 3, "rejected": 1}


async def test_what_differs_is_told_and_closes_letters_and_the_rest_is_silent(store: Store) -> None:
    flow = await _read(store)
    fix = _named(flow.erp, lambda r, _: "Two" if r["id"] == 2 else r["name"])
    done = await _run(flow, fix, stream="customers")
    told = await flow.settle()
    assert changes(told) == [("customer", "created", "3"), ("customer", "updated", "2")]
    assert {event["origin"] for event in told} == {"retransform"}
    assert counted(done.tally) == {"passed": 4, "created": 1, "updated": 1, "unchanged": 2}
    assert await _balanced(store) == {"mapped": 4, "rejected": 0}
    async with store.reading() as tx:
        assert await letter_search.found(tx, Filter()) == []
    assert counted((await _run(flow, fix)).tally) == {"passed": 4, "unchanged": 4}
    assert await flow.settle() == []


async def test_a_mapping_that_now_refuses_a_record_opens_its_letter_and_keeps_what_was_told(store: Store) -> None:
    flow = await _read(store)

    def refuse(record: dict[str, Any], _: Any) -> str:
        if record["id"] == 1:
            raise Rejected("It is refused now.")
        return str(record["name"])

    await _run(flow, _named(flow.erp, refuse))
    told = await flow.settle()
    assert changes(told) == [("customer", "created", "3")]
    assert [event["data"]["key"] for event in told if event["type"].endswith("reject-opened.v1")] == ["1"]
    assert await _balanced(store) == {"mapped": 3, "rejected": 1}


async def test_a_newer_read_is_not_undone_by_an_older_page(store: Store) -> None:
    flow = await _read(store)
    flow.erp.customer(1, name="Newer")
    flow.later(minutes=10)
    await flow.settle()
    done = await _run(flow, _named(flow.erp, lambda r, _: r["name"]))
    assert done.tally.ended["stale"] == 1
    assert changes(await flow.settle()) == [("customer", "created", "3")]


async def test_a_newer_page_of_the_same_transaction_has_the_last_word(store: Store) -> None:
    """The older page says what is known, the newer one was refused before and says something else now."""
    flow = await _read(store)
    flow.erp.customer(1, name="Newer", is_person="no such thing")
    flow.later(minutes=10)
    await flow.settle()
    done = await _run(flow, mended(flow.erp), stream="customers")
    assert counted(done.tally)["updated"] == 1
    told = await flow.settle()
    newest = max(event["data"]["version"] for event in told if event.get("change") == "updated")
    async with store.reading() as tx:
        rows = (await tx.execute(select(tables.entities).where(tables.entities.c.key == "1"))).all()
        assert [(row.body["name"], row.version) for row in rows] == [("Newer", newest)]
        assert await letter_search.found(tx, Filter()) == []


async def test_records_of_pages_that_are_gone_are_counted(store: Store) -> None:
    flow = await _read(store)
    async with store.transaction() as tx:
        await tx.exec_driver_sql("delete from journal")
    done = await _run(flow, flow.registry, apply=False)
    assert (done.pages, done.beyond) == (0, 3)
