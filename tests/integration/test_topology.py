from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from pipeline.aws.access import AwsAccess
from pipeline.aws.clients import open_client
from pipeline.broker.aws import open_broker
from pipeline.broker.names import REASON
from pipeline.broker.ports import Message
from pipeline.topology.apply import apply, ensure, make_plan
from pipeline.topology.discover import discover
from pipeline.topology.steps import ChangeQueue, CreateBucket, CreateTopic, Plan, Step, Subscribe
from pipeline.topology.wanted import add_subscriber, wanted
from schemas.errors import ConfigError, Poison, Retryable


async def test_applied_once_nothing_is_left_to_do(aws: AwsAccess, prefix: str) -> None:
    topology = wanted(["tryton", "fiken"], ["customer", "time_entry"], prefix, f"{prefix}archive")
    topology = add_subscriber(topology, "crm", ["information-customer"], {"tenant": ["acme"]})
    first = await make_plan(aws, topology)
    told: list[Step] = []
    await apply(aws, first, told.append)
    assert tuple(told) == first.steps
    assert len(first.steps) == 1 + 9 + 8 + 4
    assert await make_plan(aws, topology) == Plan(steps=(), leftovers=())


async def test_a_plan_changes_nothing(aws: AwsAccess, prefix: str) -> None:
    await make_plan(aws, wanted(["tryton"], [], prefix, f"{prefix}archive"))
    found = await discover(aws, prefix, f"{prefix}archive")
    assert (found.topics, found.queues, found.buckets) == (frozenset(), {}, frozenset())


async def test_a_plan_that_broke_off_is_taken_up_again(aws: AwsAccess, prefix: str) -> None:
    topology = wanted(["tryton"], ["customer"], prefix)
    whole = await make_plan(aws, topology)
    await apply(aws, replace(whole, steps=whole.steps[:7]))
    assert (await make_plan(aws, topology)).steps == whole.steps[7:]


async def test_workers_that_start_side_by_side_may_apply_the_same_plan(aws: AwsAccess, prefix: str) -> None:
    topology = wanted(["tryton"], ["customer"], prefix, f"{prefix}archive")
    whole = await make_plan(aws, topology)
    await asyncio.gather(*(apply(aws, whole) for _ in range(3)))
    assert await make_plan(aws, topology) == Plan(steps=(), leftovers=())


async def test_a_new_system_is_connected_and_its_pages_arrive(aws: AwsAccess, prefix: str) -> None:
    await ensure(aws, wanted(["tryton"], [], prefix))
    done = await ensure(aws, wanted(["tryton", "fiken"], [], prefix))
    assert [type(step) for step in done.steps] == [CreateTopic, ChangeQueue, ChangeQueue, Subscribe]
    async with open_broker(aws, prefix) as broker:
        for system in ("tryton", "fiken"):
            await broker.publish(f"erp-system-{system}", [Message(system)])
        deliveries = await broker.receive("transformer", most=10, wait=2, visibility=30)
    assert sorted(one.body for one in deliveries) == ["fiken", "tryton"]


async def test_what_somebody_changed_by_hand_is_shown_and_set_back(aws: AwsAccess, prefix: str) -> None:
    topology = wanted(["tryton"], [], prefix)
    await ensure(aws, topology)
    async with open_client("sqs", aws) as sqs:
        url = (await sqs.get_queue_url(QueueName=f"{prefix}distributor"))["QueueUrl"]
        await sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": "", "MessageRetentionPeriod": "60"})
    [step] = (await make_plan(aws, topology)).steps
    assert isinstance(step, ChangeQueue)
    assert set(step.attributes) == {"Policy", "MessageRetentionPeriod"}
    await ensure(aws, topology)
    assert (await make_plan(aws, topology)).steps == ()


async def test_what_is_not_wanted_is_listed_and_left(aws: AwsAccess, prefix: str) -> None:
    await ensure(aws, wanted(["tryton", "fiken"], [], prefix))
    fewer = wanted(["tryton"], [], prefix)
    leftovers = (
        f"topic {prefix}erp-system-fiken",
        f"subscription of queue {prefix}transformer to topic {prefix}erp-system-fiken",
    )
    assert await ensure(aws, fewer) == Plan(steps=(), leftovers=leftovers)
    assert await make_plan(aws, fewer) == Plan(steps=(), leftovers=leftovers)


async def test_a_filter_delivers_only_what_matches_and_a_changed_one_otherwise(aws: AwsAccess, prefix: str) -> None:
    plain = wanted([], ["customer"], prefix)
    messages = [Message(name, {"tenant": name}) for name in ("acme", "other")]
    async with open_broker(aws, prefix) as broker:
        for tenant in ("acme", "other"):
            await ensure(aws, add_subscriber(plain, "crm", ["information-customer"], {"tenant": [tenant]}))
            await broker.publish("information-customer", messages)
            [delivery] = await broker.receive("crm", most=10, wait=2, visibility=30)
            await broker.acknowledge([delivery])
            assert delivery.body == tenant


async def test_a_topic_that_is_not_in_the_policy_cannot_reach_a_queue(aws: AwsAccess, prefix: str) -> None:
    topology = wanted(["tryton"], ["customer"], prefix)
    await ensure(aws, topology)
    stray = Subscribe(f"{prefix}information-customer", f"{prefix}distributor", {"RawMessageDelivery": "true"})
    await apply(aws, Plan((stray,)))
    async with open_broker(aws, prefix) as broker:
        await broker.publish("information-customer", [Message("stray")])
        await broker.publish("domain-pages", [Message("wanted")])
        deliveries = await broker.receive("distributor", most=10, wait=2, visibility=30)
    assert [one.body for one in deliveries] == ["wanted"]


async def test_an_undecodable_message_is_buried_with_its_reason(aws: AwsAccess, prefix: str) -> None:
    await ensure(aws, wanted(["tryton"], [], prefix))
    async with open_broker(aws, prefix) as broker:
        await broker.publish("erp-system-tryton", [Message("not a page", {"tenant": "acme"})])
        [delivery] = await broker.receive("transformer", most=10, wait=2, visibility=30)
        await broker.bury(delivery, str(Poison("A message is not a page: it is not JSON.")))
        [letter] = await broker.receive("transformer-dlq", most=10, wait=2, visibility=30)
        assert (letter.body, await broker.depth("transformer")) == ("not a page", 0)
        assert letter.attributes == {"tenant": "acme", REASON: "A message is not a page: it is not JSON."}


async def test_aws_that_cannot_be_reached_is_retryable(prefix: str) -> None:
    nowhere = AwsAccess("eu-north-1", "http://127.0.0.1:1", access_key="x", secret_key="y")
    with pytest.raises(Retryable, match="Looking at the topology"):
        await make_plan(nowhere, wanted([], [], prefix))


async def test_a_step_that_aws_refuses_is_named(aws: AwsAccess) -> None:
    with pytest.raises(ConfigError, match='The step "create bucket Bad_Name" was refused'):
        await apply(aws, Plan((CreateBucket("Bad_Name", secure=False),)))
