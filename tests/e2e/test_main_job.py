"""The main job on a real Tryton: on both stores, with the workers in one process and each in its own."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from itertools import product
from uuid import uuid4

import pytest

from pipeline.store import figures
from tests.support import facts, tryton_truth
from tests.support.deployment import TENANT

pytestmark = [pytest.mark.tryton, pytest.mark.asyncio(loop_scope="module")]

SHAPES = list(product(("sqlite", "postgres"), ("one process", "own processes")))
DOCUMENTS = ("sales_order", "sales_invoice", "purchase_invoice")


def read_truth(tryton):
    return tryton_truth.read(tryton.sqlite_file)


def told(events):
    """How often each (entity, change, source id) was told."""
    return Counter((event["entity"], event["change"], event["data"]["body"]["source_id"]) for event in events)


async def assert_equal_to_the_database(found, tryton, tenant=TENANT):
    events = [event for event in found.information.events if event["tenant"] == tenant]
    have, want = facts.of_events(events), facts.of_truth(read_truth(tryton))
    for kind in want:
        assert have[kind] == want[kind], kind
        assert facts.checksum(have[kind]) == facts.checksum(want[kind])
    assert {kind: len(rows) for kind, rows in have.items()} == {kind: len(rows) for kind, rows in want.items()}
    assert not [document for kind in DOCUMENTS for document in want[kind].values() if document["number"] is None]


async def test_a_subscriber_has_what_the_database_has(deployed, tryton):
    streams = await deployed.settled()
    await assert_equal_to_the_database(deployed, tryton)
    for stream in streams:
        assert stream.counts["read"] == stream.journaled
        assert stream.counts["read"] == sum(stream.counts[name] for name in ("mapped", "skipped", "rejected", "held"))
    assert len({event["id"] for event in deployed.information.events}) == len(deployed.information.events)


async def test_a_poll_without_a_change_publishes_no_page_and_leaves_no_run(deployed):
    await deployed.settled()
    tables = ("journal", "runs", "outbox", "accounts")
    before = await deployed.rows(*tables)
    queues = (deployed.pages, deployed.information, deployed.notifications)
    traffic = [len(queue.events) for queue in queues]
    await deployed.polled()
    assert await deployed.rows(*tables) == before
    assert [len(queue.events) for queue in queues] == traffic
    assert min(traffic) > 0


@dataclass(frozen=True)
class Chosen:
    """Parties, each to have one thing done to it."""

    renamed: list[int]
    archived: int
    moved: int
    deleted: int


def kinds(truth, party):
    return [kind for kind in ("customer", "supplier") if str(party) in truth[kind]]


def choose(truth):
    """Active partners; the deleted one is on nothing, and has contacts if one such is left."""
    partners = {key: row for key, row in (truth["customer"] | truth["supplier"]).items() if row["active"]}
    holders = [row for kind in (*DOCUMENTS, "project", "project_task") for row in truth[kind].values()]
    used = {str(row["party"]) for row in holders}
    with_contacts = {str(row["party"]) for row in truth["contact"].values()}
    free = sorted(partners.keys() - used, key=lambda key: (key not in with_contacts, int(key)))
    deleted, *rest = [int(key) for key in (free[0], *(key for key in sorted(partners, key=int) if key != free[0]))]
    with_address = next(key for key in rest[8:] if partners[str(key)]["addresses"])
    return Chosen(renamed=rest[:7], archived=rest[7], moved=with_address, deleted=deleted)


def expected(truth, chosen, entries, sites):
    """``sites`` are the projects at the address that is edited: they show it, too."""
    updated = [*chosen.renamed, chosen.archived, chosen.moved]
    contacts = [key for key, row in truth["contact"].items() if row["party"] == chosen.deleted]
    return Counter(
        [(kind, "updated", str(party)) for party in updated for kind in kinds(truth, party)]
        + [(kind, "deleted", str(chosen.deleted)) for kind in kinds(truth, chosen.deleted)]
        + [("contact", "deleted", key) for key in contacts]
        + [("project", "updated", str(project)) for project in sites]
        + [("time_entry", "created", str(entry)) for entry in entries]
    )


async def new_time_entries(tryton, truth, count):
    line = (await tryton.rpc.search("timesheet.line", []))[0]
    [known] = await tryton.rpc.read("timesheet.line", [line], ["company", "employee", "work", "date"])
    values = {name: known[name] for name in ("company", "employee", "work", "date")}
    durations = [dt.timedelta(minutes=45 * (number + 1)) for number in range(count)]
    return await tryton.rpc.create("timesheet.line", *({**values, "duration": duration} for duration in durations))


async def test_the_next_polls_give_exactly_the_events_of_what_was_changed(deployed, tryton):
    await deployed.settled()
    truth, mark = read_truth(tryton), len(deployed.information.events)
    chosen = choose(truth)
    for number, party in enumerate(chosen.renamed):
        await tryton.rpc.write("party.party", [party], {"name": f"Renamed {number} {uuid4().hex[:6]} AS"})
    await tryton.rpc.archive("party.party", [chosen.archived])
    address = (await tryton.rpc.search("party.address", [["party", "=", chosen.moved]]))[0]
    await tryton.rpc.write("party.address", [address], {"city": f"Flyttet {uuid4().hex[:6]}"})
    await tryton.rpc.delete("party.party", [chosen.deleted])
    entries = await new_time_entries(tryton, truth, 3)

    sites = await tryton.rpc.search("project.work", [["party_address", "=", address]])
    want = expected(truth, chosen, entries, sites)
    await deployed.information.until(lambda events: not want - told(events[mark:]))
    await deployed.polled()
    news = deployed.information.since(mark)
    assert told(news) == want
    changed = {event["data"]["body"]["source_id"]: event["data"]["changed"] for event in of_parties(news, "updated")}
    assert [changed.pop(str(party)) for party in chosen.renamed] == [["name"]] * 7
    assert changed == {str(chosen.archived): ["active"], str(chosen.moved): ["addresses"]}
    await assert_equal_to_the_database(deployed, tryton)


def of_parties(events, change):
    return [event for event in events if event["change"] == change and event["entity"] in ("customer", "supplier")]


async def test_a_record_that_cannot_be_is_one_reject_and_its_page_passes(deployed, tryton):
    """Tryton takes a party whose name is null; the common model has a name for each customer and supplier."""
    await deployed.settled()
    truth = read_truth(tryton)
    marks = len(deployed.information.events), len(deployed.notifications.events)
    left, wrong, right = choose(truth).renamed[:3]
    names = {"name": f"Beside a reject {uuid4().hex[:6]} AS"}, {"name": None}
    await tryton.rpc.call("model.party.party.write", [left, right], names[0], [wrong], names[1])  # in one transaction
    want = Counter((kind, "updated", str(party)) for party in (left, right) for kind in kinds(truth, party))
    await deployed.information.until(lambda events: told(events[marks[0] :]) == want)
    await deployed.polled()
    assert told(deployed.information.since(marks[0])) == want

    notices = {event["type"]: event for event in deployed.notifications.since(marks[1])}
    reject = notices["erpflow.notification.reject-opened.v1"]["data"]
    assert (reject["stream"], reject["key"], reject["field"]) == ("parties", str(wrong), "name")
    assert reject["reason"]
    done = notices["erpflow.notification.sync-completed.v1"]["data"]
    assert done["records"] == {"read": 3, "mapped": 2, "skipped": 0, "rejected": 1, "held": 0}
    assert done["run"] == reject["run"]
    await the_reject_closes(deployed, tryton, wrong)


async def the_reject_closes(deployed, tryton, wrong):
    mark = len(deployed.information.events)
    await tryton.rpc.write("party.party", [wrong], {"name": f"Named again {uuid4().hex[:6]} AS"})
    await deployed.information.until(lambda events: len(events) > mark)
    await deployed.settled()
    await assert_equal_to_the_database(deployed, tryton)
    async with deployed.runtime.store.reading() as tx:
        assert await figures.open_letters(tx) == 0
