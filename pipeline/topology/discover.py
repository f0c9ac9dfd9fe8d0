"""What is there now, read from AWS. Needs only permissions to list and to get attributes."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

from botocore.exceptions import ClientError

from pipeline.aws.access import AwsAccess
from pipeline.aws.clients import open_client
from pipeline.aws.errors import code_of, translated
from pipeline.broker.filters import FilterPolicy
from pipeline.topology.model import Found, FoundSubscription

_AT_ONCE: Final = 8


async def discover(access: AwsAccess, prefix: str, bucket: str | None = None) -> Found:
    """Topics and queues whose names begin with ``prefix``, the topics' subscriptions, and the bucket."""
    with translated("Looking at the topology"):
        async with (
            open_client("sns", access) as sns,
            open_client("sqs", access) as sqs,
            open_client("s3", access) as s3,
        ):
            topics = await _topics(sns, prefix)
            return Found(
                topics=frozenset(topics),
                queues=await _queues(sqs, prefix),
                subscriptions=await _subscriptions(sns, topics),
                buckets=await _buckets(s3, bucket),
            )


async def _topics(sns: Any, prefix: str) -> dict[str, str]:
    pages = sns.get_paginator("list_topics").paginate()
    arns = [topic["TopicArn"] async for page in pages for topic in page["Topics"]]
    return {_name(arn): arn for arn in arns if _name(arn).startswith(prefix)}


async def _queues(sqs: Any, prefix: str) -> dict[str, dict[str, str]]:
    listing = {"QueueNamePrefix": prefix, "PaginationConfig": {"PageSize": 1000}}
    pages = sqs.get_paginator("list_queues").paginate(**listing)
    urls = [url async for page in pages for url in page.get("QueueUrls", ())]
    limit = asyncio.Semaphore(_AT_ONCE)

    async def attributes(url: str) -> dict[str, str]:
        async with limit:
            answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        return dict(answer["Attributes"])

    found = await asyncio.gather(*map(attributes, urls))
    return {url.rsplit("/", 1)[-1]: one for url, one in zip(urls, found, strict=True)}


async def _subscriptions(sns: Any, topics: dict[str, str]) -> tuple[FoundSubscription, ...]:
    pages = sns.get_paginator("list_subscriptions").paginate()
    listed = [
        one
        async for page in pages
        for one in page["Subscriptions"]
        if one["Protocol"] == "sqs" and one["TopicArn"] in topics.values() and ":sns:" in one["SubscriptionArn"]
    ]
    limit = asyncio.Semaphore(_AT_ONCE)

    async def look(one: dict[str, str]) -> FoundSubscription:
        async with limit:
            answer = await sns.get_subscription_attributes(SubscriptionArn=one["SubscriptionArn"])
        return _found(one, answer["Attributes"])

    return tuple(await asyncio.gather(*map(look, listed)))


def _found(listed: dict[str, str], attributes: dict[str, str]) -> FoundSubscription:
    return FoundSubscription(
        arn=listed["SubscriptionArn"],
        topic=_name(listed["TopicArn"]),
        queue=_name(listed["Endpoint"]),
        raw=attributes.get("RawMessageDelivery") == "true",
        policy=_policy(attributes.get("FilterPolicy")),
        dead_letters=redrive_target(attributes.get("RedrivePolicy")),
    )


def _policy(text: str | None) -> FilterPolicy | None:
    policy: FilterPolicy | None = json.loads(text) if text else None
    return policy or None


async def _buckets(s3: Any, bucket: str | None) -> frozenset[str]:
    if bucket is None:
        return frozenset()
    try:
        await s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if code_of(error) in ("404", "NoSuchBucket", "NotFound"):
            return frozenset()
        raise
    return frozenset({bucket})


def redrive_target(policy: str | None) -> str | None:
    """The name of the dead-letter queue that a redrive policy sends to."""
    target = json.loads(policy).get("deadLetterTargetArn") if policy else None
    return _name(target) if target else None


def _name(arn: str) -> str:
    return arn.rsplit(":", 1)[-1]
