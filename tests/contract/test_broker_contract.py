"""One suite for the broker's memory twin and for SNS and SQS, as MiniStack has them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from pipeline.aws.access import AwsAccess
from pipeline.broker.aws import open_broker
from pipeline.broker.memory import MemoryBroker
from pipeline.broker.names import REASON
from pipeline.broker.ports import Broker, Delivery, Message
from pipeline.topology.apply import ensure
from pipeline.topology.model import Topology
from pipeline.topology.twin import build
from pipeline.topology.wanted import add_subscriber, wanted
from schemas.errors import ConfigError


def _topology(prefix: str) -> Topology:
    plain = wanted(["tryton"], ["customer"], prefix)
    return add_subscriber(plain, "only-acme", ["information-customer"], {"tenant": ["acme"]})


@pytest.fixture(params=["memory", "aws"])
async def broker(request: pytest.FixtureRequest, prefix: str) -> AsyncIterator[Broker]:
    topology = _topology(prefix)
    if request.param == "memory":
        yield build(topology, MemoryBroker())
        return
    access: AwsAccess = request.getfixturevalue("aws")
    await ensure(access, topology)
    async with open_broker(access, prefix) as opened:
        yield opened


async def _receive(broker: Broker, queue: str, most: int = 10, visibility: float = 30) -> list[Delivery]:
    return await broker.receive(queue, most=most, wait=2, visibility=visibility)


async def _drain(broker: Broker, queue: str) -> list[Delivery]:
    found: list[Delivery] = []
    while more := await broker.receive(queue, most=10, wait=0, visibility=30):
        found += more
        await broker.acknowledge(more)
    return found


async def test_what_is_published_arrives_with_its_attributes(broker: Broker) -> None:
    # Its group is not looked at: MiniStack 1.5.33 drops that of PublishBatch; test_sns.py sees the request.
    sent = Message('{"name": "Bygg & Sønn"}', {"tenant": "acme", "origin": "scan"}, group="acme")
    assert await broker.publish("domain-pages", [sent]) == []
    [delivery] = await _receive(broker, "distributor")
    assert (delivery.body, delivery.attributes) == (sent.body, sent.attributes)
    assert (delivery.queue, delivery.received) == ("distributor", 1)


async def test_a_message_sent_straight_to_a_queue_arrives_too(broker: Broker) -> None:
    assert await broker.send("wake-ups", [Message("{}", {"a": "b"}, group="acme")]) == []
    [delivery] = await _receive(broker, "wake-ups")
    assert (delivery.body, delivery.attributes, delivery.group) == ("{}", {"a": "b"}, "acme")


async def test_many_messages_arrive_each_once(broker: Broker) -> None:
    bodies = [f"message {number}" for number in range(137)]
    assert await broker.publish("erp-system-tryton", [Message(body) for body in bodies]) == []
    assert sorted(one.body for one in await _drain(broker, "transformer")) == sorted(bodies)


async def test_big_messages_are_spread_over_calls(broker: Broker) -> None:
    messages = [Message(str(number) * 200_000) for number in range(5)]
    assert await broker.publish("domain-pages", messages) == []
    assert {one.body[0] for one in await _drain(broker, "distributor")} == {"0", "1", "2", "3", "4"}


async def test_nothing_to_publish_is_no_error(broker: Broker) -> None:
    assert await broker.publish("domain-pages", []) == []
    await broker.acknowledge([])


async def test_only_what_matches_the_filter_is_delivered(broker: Broker) -> None:
    messages = [Message("a", {"tenant": "acme"}), Message("b", {"tenant": "other"}), Message("c")]
    await broker.publish("information-customer", messages)
    assert [one.body for one in await _drain(broker, "only-acme")] == ["a"]


async def test_a_received_message_is_hidden_and_acknowledged_it_is_gone(broker: Broker) -> None:
    await broker.send("wake-ups", [Message("{}")])
    deliveries = await _receive(broker, "wake-ups")
    assert await broker.receive("wake-ups", most=10, wait=0, visibility=30) == []
    assert await broker.depth("wake-ups") == 1
    await broker.acknowledge(deliveries)
    assert await broker.depth("wake-ups") == 0


async def test_a_message_hidden_for_no_time_comes_back_and_is_counted(broker: Broker) -> None:
    await broker.send("wake-ups", [Message("{}")])
    await broker.hide(await _receive(broker, "wake-ups"), 0)
    [again] = await _receive(broker, "wake-ups")
    assert again.received == 2


async def test_a_waiting_receive_sees_a_message_whose_time_is_up(broker: Broker) -> None:
    await broker.send("wake-ups", [Message("{}")])
    await broker.receive("wake-ups", most=1, wait=0, visibility=1)
    [again] = await broker.receive("wake-ups", most=1, wait=5, visibility=30)
    assert again.received == 2


async def test_an_outdated_receipt_removes_and_hides_nothing(broker: Broker) -> None:
    await broker.send("wake-ups", [Message("{}")])
    [first] = await _receive(broker, "wake-ups", visibility=0)
    [second] = await _receive(broker, "wake-ups", visibility=0)
    await broker.acknowledge([first])
    await broker.hide([first], 60)
    [third] = await _receive(broker, "wake-ups")
    assert [one.received for one in (first, second, third)] == [1, 2, 3]


async def test_after_its_last_receive_a_message_moves_to_the_dead_letters(broker: Broker) -> None:
    await broker.send("wake-ups", [Message("{}", {"tenant": "acme"}, group="acme")])
    for expected in range(1, 201):
        [delivery] = await _receive(broker, "wake-ups", visibility=0)
        assert delivery.received == expected
    assert await broker.receive("wake-ups", most=1, wait=0, visibility=0) == []
    [letter] = await _receive(broker, "wake-ups-dlq")
    assert (letter.body, letter.attributes, letter.group) == ("{}", {"tenant": "acme"}, "acme")


async def test_a_buried_message_lies_with_its_reason_in_the_dead_letters(broker: Broker) -> None:
    await broker.send("transformer", [Message("not a page", {"tenant": "acme"}, group="acme")])
    [delivery] = await _receive(broker, "transformer")
    await broker.bury(delivery, "A message is not a page: \x00 it is not JSON.")
    assert await broker.depth("transformer") == 0
    [letter] = await _receive(broker, "transformer-dlq")
    assert (letter.body, letter.group) == ("not a page", "acme")
    assert letter.attributes == {"tenant": "acme", REASON: "A message is not a page:   it is not JSON."}


async def test_burying_where_there_are_no_dead_letters_leaves_the_message(broker: Broker) -> None:
    await broker.send("wake-ups-dlq", [Message("{}")])
    [delivery] = await _receive(broker, "wake-ups-dlq")
    with pytest.raises(ConfigError, match="wake-ups-dlq-dlq"):
        await broker.bury(delivery, "twice")
    assert await broker.depth("wake-ups-dlq") == 1


async def test_messages_of_several_queues_are_acknowledged_together(broker: Broker) -> None:
    for queue in ("wake-ups", "transformer"):
        await broker.send(queue, [Message(str(number)) for number in range(12)])
    deliveries = [one for queue in ("wake-ups", "transformer") for _ in (1, 2) for one in await _receive(broker, queue)]
    await broker.acknowledge(deliveries)
    assert len(deliveries) == 24
    assert [await broker.depth(queue) for queue in ("wake-ups", "transformer")] == [0, 0]


async def test_unknown_names_are_configuration_errors(broker: Broker) -> None:
    with pytest.raises(ConfigError, match="no-such-topic"):
        await broker.publish("no-such-topic", [Message("{}")])
    with pytest.raises(ConfigError, match="no-such-queue"):
        await broker.send("no-such-queue", [Message("{}")])
    with pytest.raises(ConfigError, match="no-such-queue"):
        await broker.receive("no-such-queue", most=1, wait=0, visibility=1)
    with pytest.raises(ConfigError, match="no-such-queue"):
        await broker.depth("no-such-queue")


@pytest.mark.parametrize(
    "message",
    [
        Message("{}", {f"attribute-{number}": "x" for number in range(11)}),
        Message("x" * (256 * 1024 + 1)),
        Message(""),
        Message("{}", {"tenant": ""}),
    ],
    ids=["eleven attributes", "too big", "empty", "empty attribute"],
)
async def test_what_aws_would_refuse_or_drop_is_refused_before_anything_is_sent(
    broker: Broker, message: Message
) -> None:
    for send, name in ((broker.publish, "domain-pages"), (broker.send, "distributor")):
        with pytest.raises(ConfigError, match=name):
            await send(name, [Message("fine"), message])
    assert await broker.depth("distributor") == 0


async def test_a_receive_of_too_many_or_for_too_long_is_refused(broker: Broker) -> None:
    with pytest.raises(ConfigError, match="11 messages"):
        await broker.receive("wake-ups", most=11, wait=0, visibility=1)
    with pytest.raises(ConfigError, match="21 s"):
        await broker.receive("wake-ups", most=1, wait=21, visibility=1)
