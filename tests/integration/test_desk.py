"""The desk: messages out of dead-letter queues, kept, grouped, edited, sent back with the event id they always had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import pytest

from pipeline.broker.names import REASON
from pipeline.broker.ports import Delivery, Failed, Message
from pipeline.deadletters import acting, ordering
from pipeline.deadletters.acting import Operator
from pipeline.deadletters.desk import Desk
from pipeline.deadletters.ordering import Order
from pipeline.deadletters.origins import Origin
from pipeline.deadletters.overview import overview
from pipeline.deadletters.replaying import LEASE
from pipeline.deadletters.showing import shown
from pipeline.deadletters.steps import Steps
from pipeline.passes.again import Again
from pipeline.store import actions, figures, journal, letter_search, messages, replays
from pipeline.store.desk_depth import depths
from pipeline.store.engine import Store
from pipeline.store.letter_search import Filter
from pipeline.store.messages import DeadMessage
from schemas.errors import ConfigError, ErpflowError, Retryable
from tests.support.fake_erp import FakeErp
from tests.support.flow import Flow
from tests.support.replays import Office, counted, mended

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
        (depth,) = await depths(tx)
        (group,) = await overview(tx, Filter(), flow.clock.now())
    assert (depth.stage, depth.letters) == ("transformer", 1)
    assert (group.group.stage, group.state, group.example) == ("transformer", "open", letter.name)
    assert "because of a fault on our side" in group.text


async def test_what_waits_is_counted_by_stage_and_system_until_it_is_through(store: Store) -> None:
    flow, desk = await _desk(store)
    await flow.connect()
    for number in (1, 2):
        flow.erp.customer(number, is_person="no such thing")
    await flow.settle()
    first = flow.clock.now()
    flow.later(minutes=5)
    await _buried(flow, "no page", "Poison: It is broken.")
    await desk.step()
    async with store.reading() as tx:
        found = await depths(tx)
    assert [(one.stage, one.system, one.letters) for one in found] == [("mapping", "fake", 2), ("transformer", "", 1)]
    assert found[0].oldest <= first < found[1].oldest
    await Office(flow, mended(flow.erp)).replay(streams=("customers",))
    async with store.transaction() as tx:
        assert await acting.discard(tx, Filter(), Operator("ann", flow.clock.now(), "it is no page")) == 1
        assert await depths(tx) == []


async def test_a_letter_is_shown_with_its_record_its_trace_and_where_it_is_kept(store: Store) -> None:
    flow, desk = await _desk(store)
    await flow.connect()
    flow.erp.customer(1, is_person="no such thing")
    await flow.settle()
    async with store.reading() as tx:
        (letter,) = await letter_search.found(tx, Filter())
        (page,) = (await journal.pages(tx, [letter.page])).values()
    again = Again(store, flow.archive, flow.registry, flow.clock)
    told = await shown(store, again, letter.name)
    assert (told["record"]["is_person"], told["origin"], told["kept"]) == ("no such thing", "backfill", "journal")
    assert told["trace_id"] in page.head.traceparent
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await flow.broker.send("transformer-dlq", [Message("no page", {"traceparent": trace, REASON: "Poison: Broken."})])
    await desk.step()
    (message,) = await _kept(store)
    told = await shown(store, again, message.name)
    assert (told["trace_id"], told["body"]) == ("0af7651916cd43dd8448eb211c80319c", "no page")
    with pytest.raises(ConfigError, match="There is no letter message:77"):
        await shown(store, again, "message:77")


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
    completed = [event for event in told if event["type"].endswith("sync-completed.v1")]
    assert "customers" in {event["stream"] for event in completed}
    async with store.reading() as tx:
        assert (await figures.unfinished(tx))["runs"] == 0
        assert await figures.unbalanced(tx) == []
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
    await flow.connect()
    flow.erp.customer(1)
    await flow.scheduler.step()
    await flow.work("wake-ups", flow.poll.handle)
    page = orjson.loads((await flow.broker.receive("transformer", most=1, wait=0, visibility=60))[0].body)
    await _buried(flow, orjson.dumps({name: page[name] for name in page if name != "id"}).decode(), "Poison: No id.")
    while await desk.step():
        pass
    office = Office(flow, flow.registry)
    assert counted((await office.rehearse()).tally) == {"rejected": 1}
    assert counted((await office.replay(sizes=(5,), limit=1)).outcomes) == {"rejected": 1}
    (letter,) = await _kept(store)
    by = Operator("ann", flow.clock.now(), "the id was lost")
    async with store.transaction() as tx:
        assert await acting.edit(tx, {letter.name: [{"op": "add", "path": "/id", "value": page["id"]}]}, by) == 1
    assert counted((await office.rehearse()).tally) == {"passed": 1}
    assert counted((await office.replay(sizes=(5,), limit=1)).outcomes) == {"passed": 1}
    sent = [orjson.loads(one.body) for one in await flow.broker.receive("transformer", most=10, wait=0, visibility=60)]
    assert page in sent
    async with store.reading() as tx:
        assert [(row["who"], row["what"], row["why"]) for row in await actions.listed(tx, 10)] == [
            ("ann", "deadletters edit", "the id was lost")
        ]


async def _unhandled(flow: Flow, *bodies: str) -> None:
    """Keep messages that a subscriber could not handle."""
    for body in bodies:
        one = DeadMessage("subscriber", body, {}, None, "Unknown", "It was down.", "c" * 16, 1)
        async with flow.store.transaction() as tx:
            await messages.keep(tx, one, flow.clock.now())


async def test_what_a_killed_replay_had_in_hand_is_sent_again(store: Store) -> None:
    flow, _ = await _desk(store)
    await _unhandled(flow, "an event")
    office = Office(flow, flow.registry)
    number = await office.start()
    async with store.transaction() as tx:
        assert len(await messages.start(tx, await messages.found(tx, Filter()), number)) == 1
    ended = await office.replayer.work(number)
    assert ended is not None
    assert (ended.state, counted(ended.outcomes)) == ("done", {"passed": 1})
    found: list[Delivery] = await flow.broker.receive("subscriber", most=10, wait=0, visibility=60)
    assert len(found) == 1


async def test_what_a_paused_replay_had_in_hand_is_open_again_once_its_process_is_gone(store: Store) -> None:
    flow, desk = await _desk(store)
    await _buried(flow, "no page", "Poison: It is broken.")
    await desk.step()
    other = Office(flow, flow.registry, "second")
    number = await Office(flow, flow.registry, "first").start()
    now = flow.clock.now()
    async with store.transaction() as tx:
        assert await replays.claim(tx, number, "first", now, now + LEASE)
        assert len(await messages.start(tx, await messages.found(tx, Filter()), number)) == 1
        assert await ordering.pause(tx, number, "ann", now)
    await other.replayer.step()
    assert await _kept(store) == []
    flow.later(minutes=2)
    await other.replayer.step()
    assert [letter.body for letter in await _kept(store)] == ["no page"]


async def test_a_message_that_is_given_up_again_before_its_sending_is_noted_stays_open(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow, desk = await _desk(store)
    await flow.connect()
    flow.erp.customer(1)
    event = next(one for one in await flow.settle() if one.get("entity") == "customer")
    await flow.broker.send("shared-dlq", [Message(orjson.dumps(event).decode(), {"tenant": "acme"}, "acme")])
    await desk.step()
    send = flow.broker.send

    async def sent_and_buried(queue: str, some: Sequence[Message]) -> list[Failed]:
        failed = await send(queue, some)
        (delivery,) = await flow.broker.receive(queue, most=1, wait=0, visibility=60)
        await flow.broker.acknowledge([delivery])
        again = Message(delivery.body, {**delivery.attributes, REASON: "It is down."}, "acme")
        await send("shared-dlq", [again])
        assert await desk.step()
        return failed

    monkeypatch.setattr(flow.broker, "send", sent_and_buried)
    assert (await Office(flow, flow.registry).replay()).state == "done"
    (letter,) = await _kept(store)
    assert (letter.attempts, letter.reason) == (2, "It is down.")


async def test_what_is_being_sent_is_not_discarded(store: Store) -> None:
    flow, desk = await _desk(store)
    await _buried(flow, "no page", "Poison: It is broken.")
    await desk.step()
    kept = await _kept(store)
    async with store.transaction() as tx:
        assert len(await messages.start(tx, kept, 1)) == 1
        assert await messages.discard(tx, [kept[0].id], flow.clock.now()) == 0
        await messages.settle(tx, [kept[0].id], "closed", 2, flow.clock.now())
        assert [one.state for one in await messages.found(tx, Filter(), ("sending",))] == ["sending"]


async def test_an_outage_of_the_broker_leaves_what_was_sent_closed_and_the_rest_open(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow, _ = await _desk(store)
    await _unhandled(flow, *(f"event {number}" for number in range(4)))
    office, sent = Office(flow, flow.registry), flow.broker.send

    async def send(queue: str, some: Sequence[Message]) -> list[Failed]:
        if some[0].body == "event 2":
            raise Retryable("The broker does not answer.")
        return await sent(queue, some)

    monkeypatch.setattr(flow.broker, "send", send)
    ended = await office.replay(sizes=(4,), limit=0.1)
    assert (ended.state, counted(ended.outcomes)) == ("stopped", {"passed": 3, "rejected": 1})
    assert [letter.body for letter in await _kept(store)] == ["event 2"]


async def test_a_rehearsal_of_messages_is_what_the_replay_does_and_predicts_again_when_one_is_discarded(
    store: Store,
) -> None:
    flow, desk = await _desk(store)
    for number in range(3):
        await _buried(flow, f'{{"specversion": "1.0", "number": {number}}}', "Poison: It has no id.")
    while await desk.step():
        pass
    office, order = Office(flow, flow.registry), Order(Filter(), Steps((3,), limit=1), None, "ann")
    before = await office.rehearse()
    assert counted(before.tally) == {"rejected": 3}
    async with store.transaction() as tx:
        number = await ordering.rehearsed(tx, order, before.tally, flow.clock.now())
    await ordering.check(store, number, (await office.rehearse()).tally)
    letter = (await _kept(store))[0]
    async with store.transaction() as tx:
        by = Operator("ann", flow.clock.now(), "given up")
        assert await acting.discard(tx, Filter(names=(letter.name,)), by) == 1
    now = await office.rehearse()
    with pytest.raises(ErpflowError, match=f"since rehearsal {number}: it said 3 rejected, and now it is 2 rejected"):
        await ordering.check(store, number, now.tally)
    await ordering.check(store, number, now.tally)
    predicted = now.tally
    assert (await office.replay(now, sizes=(3,), limit=1)).outcomes == predicted


async def test_messages_that_end_otherwise_than_rehearsed_are_predicted_again_while_they_are_sent(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow, desk = await _desk(store)
    await flow.connect()
    flow.erp.customer(1)
    event = orjson.dumps(next(one for one in await flow.settle() if one.get("entity") == "customer")).decode()
    for number in range(4):
        about = {"tenant": "acme", "entity": "customer", "number": str(number)}
        await flow.broker.send("shared-dlq", [Message(event, about, "acme")])
    await desk.step()
    office = Office(flow, flow.registry)
    before = await office.rehearse()
    assert counted(before.tally) == {"passed": 4}
    sent = flow.broker.send

    async def send(queue: str, some: Sequence[Message]) -> list[Failed]:
        return [Failed(0, "TooBusy: later")] if some[0].attributes["number"] == "1" else await sent(queue, some)

    monkeypatch.setattr(flow.broker, "send", send)
    ended = await office.replay(before, sizes=(1, 2, 4), limit=1)
    assert (ended.state, counted(ended.outcomes)) == ("done", {"passed": 3, "rejected": 1})
    assert ended.predicted.letters == ended.outcomes.letters
    assert ended.predicted.ended["rejected"] == 1


async def test_a_muted_cause_is_kept_and_not_told_and_told_again_afterwards(store: Store) -> None:
    flow, _ = await _desk(store)
    await flow.connect()
    flow.erp.customer(1, is_person="no such thing")
    assert _rejects(await flow.settle()) == ["1"]
    async with store.transaction() as tx:
        (group,) = await overview(tx, Filter(), flow.clock.now())
        until = flow.clock.now() + timedelta(days=1)
        await acting.note(tx, group.group.cause, Operator("ann", flow.clock.now()), "mute", {"muted_until": until})
    flow.erp.customer(2, is_person="no such thing")
    flow.later(minutes=10)
    assert _rejects(await flow.settle()) == []
    async with store.reading() as tx:
        assert [one.key for one in await letter_search.found(tx, Filter())] == ["1", "2"]
    flow.erp.customer(3, is_person="no such thing")
    flow.later(days=2)
    assert _rejects(await flow.settle()) == ["3"]


def _rejects(events: list[dict[str, Any]]) -> list[str]:
    return [event["data"]["key"] for event in events if event["type"].endswith("reject-opened.v1")]
