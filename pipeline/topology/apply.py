"""Taking a plan's steps in order. Each may be repeated; a plan that broke off is made and applied anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from pipeline.aws.access import AwsAccess
from pipeline.aws.clients import open_client
from pipeline.aws.errors import code_of, translated
from pipeline.aws.site import Site, find_site
from pipeline.topology.discover import discover
from pipeline.topology.model import Topology
from pipeline.topology.plan import plan
from pipeline.topology.steps import (
    ChangeQueue,
    ChangeSubscription,
    CreateBucket,
    CreateQueue,
    CreateTopic,
    Plan,
    Step,
    Subscribe,
)

Told = Callable[[Step], None]


async def make_plan(access: AwsAccess, topology: Topology) -> Plan:
    """Look at what is there and say what is to be done; changes nothing."""
    found = await discover(access, topology.prefix, topology.bucket)
    return plan(topology, found, await find_site(access))


async def apply(access: AwsAccess, steps: Plan, told: Told = lambda _: None) -> None:
    """Take the steps in order; ``told`` hears of each one that is done."""
    site = await find_site(access)
    async with (
        open_client("sns", access) as sns,
        open_client("sqs", access) as sqs,
        open_client("s3", access) as s3,
    ):
        hands = _Hands(sns, sqs, s3, site)
        for step in steps.steps:
            with translated(f'The step "{str(step)[:120]}"'):
                await hands.take(step)
            told(step)


async def ensure(access: AwsAccess, topology: Topology) -> Plan:
    """Plan and apply in one go, for the embedded start; returns what was done."""
    steps = await make_plan(access, topology)
    if steps.steps:
        await apply(access, steps)
    return steps


class _Hands:
    def __init__(self, sns: Any, sqs: Any, s3: Any, site: Site) -> None:
        self._sns = sns
        self._sqs = sqs
        self._s3 = s3
        self._site = site

    async def take(self, step: Step) -> None:
        match step:
            case CreateBucket(name, secure):
                await self._create_bucket(name, secure)
            case CreateTopic(name):
                await self._sns.create_topic(Name=name)
            case CreateQueue(name, attributes):
                await self._sqs.create_queue(QueueName=name, Attributes=dict(attributes))
            case ChangeQueue(name, attributes):
                url = (await self._sqs.get_queue_url(QueueName=name))["QueueUrl"]
                await self._sqs.set_queue_attributes(QueueUrl=url, Attributes=dict(attributes))
            case Subscribe():
                await self._subscribe(step)
            case ChangeSubscription():
                await self._change_subscription(step)

    async def _subscribe(self, step: Subscribe) -> None:
        await self._sns.subscribe(
            TopicArn=self._site.topic_arn(step.topic),
            Protocol="sqs",
            Endpoint=self._site.queue_arn(step.queue),
            Attributes=dict(step.attributes),
        )

    async def _change_subscription(self, step: ChangeSubscription) -> None:
        for name, value in step.attributes.items():
            await self._sns.set_subscription_attributes(
                SubscriptionArn=step.arn, AttributeName=name, AttributeValue=value
            )

    async def _create_bucket(self, name: str, secure: bool) -> None:
        where = {} if self._site.region == "us-east-1" else {"LocationConstraint": self._site.region}
        extra = {"CreateBucketConfiguration": where} if where else {}
        try:
            await self._s3.create_bucket(Bucket=name, **extra)
        except ClientError as error:
            if code_of(error) != "BucketAlreadyOwnedByYou":  # workers that start side by side make it side by side
                raise
        await self._s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=_CLOSED)
        if secure:
            await self._s3.put_bucket_policy(Bucket=name, Policy=_only_tls(name, self._site.partition))


_CLOSED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def _only_tls(bucket: str, partition: str) -> str:
    arn = f"arn:{partition}:s3:::{bucket}"
    statement = {
        "Sid": "OnlyTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
