"""What outlives its period goes, and in an order that keeps the guarantees, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.retention import Periods
from pipeline.retention import Retention as Remover
from pipeline.store.engine import Store
from tests.support.fake_erp import FakeErp
from tests.support.flow import Flow, changes
from tests.support.replays import Office, mended
from tests.support.replays import counted as counted_tally
from tests.support.rows import aged, counted

PERIODS = Periods()
TABLES = ("journal", "runs", "accounts", "outbox", "letters", "deletes", "entities", "records")


async def worked(store: Store) -> Flow:
    """A flow with something in every table: entities, a tombstone, a closed letter, a big page in the archive."""
    erp = FakeErp()
    for id in range(1, 4):
        erp.customer(id, is_person="perhaps" if id == 3 else None)
    erp.customer(1, name="".join(chr(0x4E00 + number % 20000) for number in range(20_000)))
    flow = Flow(store, erp)
    await flow.connect(schedule={"streams": {"customers": {"deletes_every": 600}}})
    await flow.settle()
    flow.erp.delete("customers", 2)
    flow.erp.customer(3, is_person=True)
    flow.later(minutes=30)
    assert changes(await flow.settle()) == [("customer", "created", "3"), ("customer", "deleted", "2")]
    return flow


async def counts(store: Store) -> dict[str, int]:
    return {table: await counted(store, table) for table in TABLES}


def archived(flow: Flow) -> int:
    """How many pages of the journal the archive holds."""
    return len([key for key in flow.archive._objects if key.startswith("raw/")])


async def removed(flow: Flow) -> None:
    remover = Remover(flow.store, flow.archive, flow.clock, PERIODS)
    while await remover.step():
        pass


async def test_nothing_goes_before_its_time(store: Store) -> None:
    flow = await worked(store)
    before = await counts(store)
    assert all(before.values())
    flow.later(days=1)
    await removed(flow)
    assert await counts(store) == before


async def test_each_thing_goes_after_its_own_period(store: Store) -> None:
    flow = await worked(store)
    assert archived(flow) > 0
    full = await counts(store)

    flow.later(seconds=PERIODS.sent.total_seconds() + 1)
    await removed(flow)
    after_sent = await counts(store)
    assert {name for name in TABLES if after_sent[name] < full[name]} == {"outbox", "deletes"}
    assert after_sent["outbox"] == after_sent["deletes"] == 0

    flow.later(seconds=(PERIODS.pages - PERIODS.sent).total_seconds() + 1)
    await removed(flow)
    after_pages = await counts(store)
    assert after_pages["journal"] == after_pages["runs"] == 0
    assert archived(flow) == 0
    assert after_pages["accounts"] == full["accounts"]
    assert (after_pages["entities"], after_pages["records"]) == (full["entities"], full["records"])

    flow.later(seconds=(PERIODS.proofs - PERIODS.pages).total_seconds() + 1)
    await removed(flow)
    after_proofs = await counts(store)
    assert after_proofs["accounts"] == 0
    assert after_proofs["entities"] == full["entities"] - 1
    assert after_proofs["records"] == full["records"] - 1
    assert after_proofs["letters"] == full["letters"]

    flow.later(seconds=(PERIODS.letters - PERIODS.proofs).total_seconds() + 1)
    await removed(flow)
    assert (await counts(store))["letters"] == 0
    assert (await counts(store))["entities"] == after_proofs["entities"]


def test_proofs_outlive_the_pages_that_can_still_be_run() -> None:
    for days in (1, 30, 400):
        periods = Periods(pages=timedelta(days=days))
        assert periods.proofs > periods.pages
    assert Periods().sent > timedelta(days=4)


async def test_an_open_run_keeps_its_pages_however_old(store: Store) -> None:
    flow = await worked(store)
    await aged(store, "runs", state="read")
    flow.later(days=1000)
    before = await counts(store)
    await removed(flow)
    after = await counts(store)
    assert (after["journal"], after["runs"]) == (before["journal"], before["runs"])


async def test_a_page_and_its_account_are_kept_while_a_letter_needs_them(store: Store) -> None:
    flow = Flow(store, FakeErp())
    await flow.connect()
    flow.erp.customer(1, is_person="perhaps")
    flow.erp.write("projects", 1, number="1", name="Bridge", open=True)
    await flow.settle()
    flow.later(days=1000)
    await removed(flow)
    assert (await counts(store))["journal"] == (await counts(store))["accounts"] == 1
    ended = await Office(flow, mended(flow.erp)).replay()
    assert (ended.state, counted_tally(ended.outcomes)) == ("done", {"passed": 1, "created": 1})
    flow.later(days=1000)
    await removed(flow)
    assert (await counts(store))["journal"] == 0


async def test_an_unsent_event_is_kept_however_old(store: Store) -> None:
    flow = await worked(store)
    await aged(store, "outbox", sent_at=None)
    before = await counted(store, "outbox")
    flow.later(days=1000)
    await removed(flow)
    assert await counted(store, "outbox") == before


async def test_a_row_never_points_to_an_object_that_is_gone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = await worked(store)
    flow.later(days=31)

    async def fails(keys: object) -> None:
        raise RuntimeError("the archive is away")

    monkeypatch.setattr(flow.archive, "delete", fails)
    with pytest.raises(RuntimeError, match="away"):
        await removed(flow)
    assert await counted(store, "journal") == 0
    assert archived(flow) == 1
