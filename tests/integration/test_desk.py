"""The desk: messages out of dead-letter queues, kept, grouped, edited, sent back with the event id they always had."""

from __future__ import annotations

from typing import Any

import orjson

from pipeline.broker.ports import Delivery, Message
from pipeline.deadletters import acting
from pipeline.deadletters.acting import Operator
from pipeline.deadletters.desk import Desk
from pipeline.deadletters.origins import Origin
from pipeline.deadletters.overview import overview
from pipeline.store import actions, messages
from pipeline.store.engine import Store
from pipeline.store.letter_search import Filter
from tests.support.fake_erp import FakeErp
from tests.support.flow import Flow
from tests.support.replays import Office, counted

ORIGINS = {
    "distributor-dlq": Origin("distributor"),
    "transformer-dlq": Origin("transformer"),
    "shared-dlq": Origin(None, {"information-customer": "subscriber", "information-project": "elsewhere"}),
}


async def _desk(store: Store) -> tuple[Flow, Desk]:
    flow = Flow(store, FakeErp())
    flow.broker.create_queue("shared-dlq")

    async def found() -> dict[str, Origin]:
        return ORIGINS

    return flow, Desk(store, flow.broker, found, flow.clock)


async def _kept(store: Store, **narrow: Any) -> list[messages.DeadMessage]:
    async with store.reading() as tx:
        return await messages.found(tx, Filter(**narrow))


async def _buried(flow: Flow, body: str, reason: str) -> None:
    await flow.broker.send("transformer", [Message(body)])
    (delivery,) = await flow.broker.receive("transformer", most=1, wait=0, visibility=60)
    await flow.broker.bury(delivery, reason)


async def test_poison_is_kept_with_where_it_is_from_and_why(store: Store) -> None:
    flow, desk = await _desk(store)
    await _buried(flow, "no page", "Poison: A message is not a page: it is not JSON; see its dead letter.")
    assert await desk.step()
    (letter,) = await _kept(store)
    assert (letter.queue, letter.error, letter.attempts) == ("transformer", "Poison", 1)
    assert letter.reason.startswith("A message is not a page")
    assert await flow.broker.depth("transformer-dlq") == 0
    async with store.reading() as tx:
        assert await messages.by_queue(tx) == {"transformer": 1}
        (group,) = await overview(tx, Filter(), flow.clock.now())
    assert (group.group.stage, group.state, group.example) == ("transformer", "open", letter.name)
    assert "because of a fault on our side" in group.text


async def test_a_message_that_comes_twice_is_one_letter(store: Store) -> None:
    flow, desk = await _desk(store)
    for _ in range(2):
        await _buried(flow, "no page", "Poison: It is broken.")
        await desk.step()
    assert [letter.attempts for letter in await _kept(store)] == [2]


async def test_a_buried_page_is_sent_back_and_its_run_then_balances(store: Store) -> None:
    flow, desk = await _desk(store)
    await flow.connect()
    flow.erp.customer(1)
    await flow.scheduler.step()
    await flow.work("wake-ups", flow.poll.handle)
    for delivery in await flow.broker.receive("transformer", most=10, wait=0, visibility=60):
        await flow.broker.bury(delivery, "KeyError: 'x'")
    while await desk.step():
        pass
    office = Office(flow, flow.registry)
    rehearsal = await office.rehearse(system="fake")
    ended = await office.replay(rehearsal)
    assert (ended.state, ended.outcomes) == ("done", rehearsal.tally)
    assert counted(ended.outcomes)["passed"] >= 1
    told = await flow.settle()
    assert [event["data"]["balanced"] for event in told if "balanced" in event["data"]] == []
    assert "customer" in {event.get("entity") for event in told}


async def test_a_letter_of_a_subscription_goes_to_the_queue_of_its_topic_with_its_event_id(store: Store) -> None:
    flow, desk = await _desk(store)
    await flow.connect()
    flow.erp.customer(1)
    events = await flow.settle()
    event = next(one for one in events if one.get("entity") == "customer")
    attributes = {"tenant": "acme", "entity": "customer", "ErrorCode": "AWS.SimpleQueueService.NonExistentQueue"}
    await flow.broker.send("shared-dlq", [Message(orjson.dumps(event).decode(), attributes, "acme")])
    await desk.step()
    (letter,) = await _kept(store, tenant="acme")
    assert (letter.queue, letter.about["event_id"], letter.error) == ("subscriber", event["id"], "Undelivered")
    await Office(flow, flow.registry).replay()
    assert [one["id"] for one in await flow.receive(len(flow.events))] == [event["id"]]


async def test_a_message_of_no_known_queue_stays_where_it_is(store: Store) -> None:
    flow, desk = await _desk(store)
    await flow.broker.send("shared-dlq", [Message("nobody's")])
    assert not await desk.step()
    assert await flow.broker.depth("shared-dlq") == 1
    assert await _kept(store) == []


async def test_an_unreadable_message_is_rehearsed_as_rejected_and_edited_into_a_readable_one(store: Store) -> None:
    flow, desk = await _desk(store)
    await _buried(flow, '{"specversion": "1.0"}', "Poison: It has no id.")
    await desk.step()
    office = Office(flow, flow.registry)
    assert counted((await office.rehearse()).tally) == {"rejected": 1}
    (letter,) = await _kept(store)
    by = Operator("ann", flow.clock.now(), "the id was lost")
    async with store.transaction() as tx:
        assert await acting.edit(tx, {letter.name: [{"op": "add", "path": "/id", "value": "7"}]}, by) == 1
    assert (await office.replay(sizes=(5,), limit=1)).state == "done"
    (sent,) = await flow.broker.receive("transformer", most=1, wait=0, visibility=60)
    assert orjson.loads(sent.body) == {"specversion": "1.0", "id": "7"}
    async with store.reading() as tx:
        assert [(row["who"], row["what"], row["why"]) for row in await actions.listed(tx, 10)] == [
            ("ann", "deadletters edit", "the id was lost")
        ]


async def test_what_a_killed_replay_had_in_hand_is_sent_again(store: Store) -> None:
    flow, desk = await _desk(store)
    await _buried(flow, "no page", "Poison: It is broken.")
    await desk.step()
    office = Office(flow, flow.registry)
    number = await office.start()
    async with store.transaction() as tx:
        assert len(await messages.start(tx, await messages.found(tx, Filter()), number)) == 1
    ended = await office.replayer.work(number)
    assert ended is not None
    assert (ended.state, counted(ended.outcomes)) == ("done", {"passed": 1})
    found: list[Delivery] = await flow.broker.receive("transformer", most=10, wait=0, visibility=60)
    assert len(found) == 1
