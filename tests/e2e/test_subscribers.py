"""What subscribers are promised: filters, published schemas, a reader that keeps the newest, a fill for newcomers."""

import json
import random
from collections import Counter
from pathlib import Path
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator

import schemas
from schemas.entities import ENTITIES
from schemas.reader import Latest, open_event
from schemas.topics import information_topic
from tests.support import facts, tryton_truth
from tests.support.deployment import TENANT, erpflow, full
from tests.support.subscriber import subscribed

pytestmark = [pytest.mark.tryton, pytest.mark.asyncio(loop_scope="module")]

SHAPES = [("sqlite", "one process"), ("postgres", "own processes")]
RELEASED = Path(schemas.__file__).parent / "json"


def name_of(event):
    """The published schema of an event, by its type alone: erpflow.time_entry.created.v1 → information-time-entry."""
    _, kind, what, *_ = event["type"].split(".")
    return f"notification-{what}" if kind == "notification" else f"information-{kind.replace('_', '-')}"


def assert_as_published(events):
    checker = Draft202012Validator.FORMAT_CHECKER
    released = {name: json.loads((RELEASED / f"{name}.json").read_text()) for name in set(map(name_of, events))}
    validators = {name: Draft202012Validator(schema, format_checker=checker) for name, schema in released.items()}
    for event in events:
        validators[name_of(event)].validate(event)


async def new_customer(tryton, name):
    category = (await tryton.rpc.search("party.category", [["name", "=", "Customer"]]))[0]
    [party] = await tryton.rpc.create("party.party", {"name": name, "categories": [["add", [category]]]})
    return party


async def told(deployed, party, change, name=None, tenant=TENANT):
    """Wait until a customer's change is told; ``name`` is what it is called then."""

    def has_it(event):
        called = name in (None, event["data"]["body"].get("name"))
        return is_about(event, party) and (event["tenant"], event["change"]) == (tenant, change) and called

    await deployed.information.until(lambda events: any(map(has_it, reversed(events))))


def is_about(event, party):
    return event["entity"] == "customer" and event["data"]["body"]["source_id"] == str(party)


async def test_everything_told_is_as_published(deployed):
    await deployed.settled()
    assert {event["entity"] for event in deployed.information.events} >= {"customer", "project", "time_entry"}
    assert_as_published(deployed.information.events)
    assert deployed.notifications.events
    assert_as_published(deployed.notifications.events)


async def test_a_queue_with_a_filter_gets_its_events_and_no_others(deployed, tryton):
    await deployed.settled()
    await deployed.connect("other")
    await deployed.settled()
    topics = full(deployed.settings, [information_topic(entity) for entity in ENTITIES])
    queue, policy = deployed.settings.prefix + "filtered", {"tenant": [TENANT], "change": ["updated"]}
    async with subscribed(deployed.access, queue, topics, policy) as filtered:
        mark = len(deployed.information.events)
        party = await new_customer(tryton, "New AS")
        for tenant in (TENANT, "other"):
            await told(deployed, party, "created", tenant=tenant)
        await tryton.rpc.write("party.party", [party], {"name": "Newer AS"})
        await deployed.polled()
        await filtered.drained()
    await deployed.pause("other")
    news = deployed.information.since(mark)
    assert Counter((event["tenant"], event["change"]) for event in news) == {
        (tenant, change): 1 for tenant in (TENANT, "other") for change in ("created", "updated")
    }
    mine = [event for event in news if (event["tenant"], event["change"]) == (TENANT, "updated")]
    assert filtered.events == mine
    assert_as_published(filtered.events)


async def test_the_reader_drops_what_is_older_than_what_it_has(deployed, tryton):
    await deployed.settled()
    party = await new_customer(tryton, "First AS")
    await told(deployed, party, "created")
    for name in ("Second AS", "Third AS"):
        await tryton.rpc.write("party.party", [party], {"name": name})
        await told(deployed, party, "updated", name)
    await deployed.settled()
    events = [await opened(event) for event in deployed.information.events if event["tenant"] == TENANT]
    mine = [event for event in events if is_about(event.model_dump(), party)]
    backwards = Latest()
    assert [backwards.take(event) for event in reversed(mine)] == [True, False, False]
    assert backwards.get(mine[0].subject)["name"] == "Third AS"

    shuffled, latest = events * 2, Latest()
    random.Random(7).shuffle(shuffled)
    for event in shuffled:
        latest.take(event)
    assert latest.get(mine[0].subject)["name"] == "Third AS"
    want = facts.of_truth(tryton_truth.read(tryton.sqlite_file))
    assert len(latest.bodies()) == sum(map(len, want.values()))


async def opened(event):
    async def fetch(reference):
        raise AssertionError(f"nothing of this size is in the archive: {reference}")

    return await open_event(json.dumps(event), fetch)


async def test_republish_fills_a_new_subscriber_with_the_deleted_ones_too(deployed, tryton):
    await deployed.settled()
    gone = await new_customer(tryton, f"Gone {uuid4().hex[:6]} AS")
    await told(deployed, gone, "created")
    await tryton.rpc.delete("party.party", [gone])
    await told(deployed, gone, "deleted")
    await deployed.settled()
    async with subscribed(deployed.access, deployed.settings.prefix + "newcomer") as newcomer:
        said = await erpflow(
            deployed.settings, "republish", "--entity", "customer", "--to", "newcomer", "--tenant", TENANT
        )
        await newcomer.drained()
    assert said == (0, f"{len(newcomer.events)} events are sent to newcomer.\n", "")
    want = facts.of_truth(tryton_truth.read(tryton.sqlite_file))["customer"]
    assert facts.of_events(newcomer.events)["customer"] == want
    tombstones = [event for event in newcomer.events if event["change"] == "deleted"]
    assert str(gone) in {event["data"]["body"]["source_id"] for event in tombstones}
    assert len(newcomer.events) == len(want) + len(tombstones)
    assert {event["origin"] for event in newcomer.events} == {"republish"}
    assert_as_published(newcomer.events)
    await assert_no_news_to_who_has_everything(deployed, newcomer.events)


async def assert_no_news_to_who_has_everything(deployed, republished):
    latest = Latest()
    for event in deployed.information.events:
        latest.take(await opened(event))
    assert not [event for event in republished if latest.take(await opened(event))]
