"""Listening in on a topic: a queue of one's own, subscribed for as long as one listens."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pipeline import bootstrap
from pipeline.aws.access import AwsAccess
from pipeline.aws.clients import open_client
from pipeline.aws.errors import translated
from pipeline.broker.aws import open_broker
from pipeline.installed import installed
from pipeline.settings import Settings
from pipeline.topology.apply import ensure
from pipeline.topology.wanted import add_subscriber


async def events(settings: Settings, topic: str, tenant: str | None) -> AsyncIterator[str]:
    """Bodies of the topic's events from now on, without end. Raises ConfigError for an unknown topic."""
    async with (
        _queue(settings, topic, tenant) as queue,
        open_broker(bootstrap.access(settings), settings.prefix) as aws,
    ):
        while True:
            deliveries = await aws.receive(queue, most=10, wait=5, visibility=30)
            for delivery in deliveries:
                yield delivery.body
            await aws.acknowledge(deliveries)


@asynccontextmanager
async def _queue(settings: Settings, topic: str, tenant: str | None) -> AsyncIterator[str]:
    access, name = bootstrap.access(settings), f"tap-{secrets.token_hex(4)}"
    policy = {"tenant": [tenant]} if tenant else None
    await ensure(access, add_subscriber(bootstrap.topology(settings, installed()), name, [topic], policy))
    try:
        yield name
    finally:
        await _remove(access, settings.prefix, name)


async def _remove(access: AwsAccess, prefix: str, name: str) -> None:
    async with open_client("sns", access) as sns, open_client("sqs", access) as sqs:
        with translated(f"Removing the queue {prefix}{name}"):
            async for page in sns.get_paginator("list_subscriptions").paginate():
                for one in page["Subscriptions"]:
                    if one["Endpoint"].endswith(f":{prefix}{name}"):
                        await sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])
            for queue in (name, f"{name}-dlq"):
                url = (await sqs.get_queue_url(QueueName=f"{prefix}{queue}"))["QueueUrl"]
                await sqs.delete_queue(QueueUrl=url)
