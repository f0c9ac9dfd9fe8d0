"""A subscriber that owes erpflow nothing: an SQS queue of its own, read with plain aiobotocore and ``json``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiobotocore.session import get_session

from pipeline.aws.access import AwsAccess

Event = dict[str, Any]
Policy = Mapping[str, list[str]]

READERS = 4
"""Long polls side by side: one message batch holds ten messages at most."""


@dataclass
class Subscriber:
    """Everything that its queue was given since it was made, in the order of arrival."""

    queue: str
    url: str
    sqs: Any
    events: list[Event] = field(default_factory=list)

    def since(self, mark: int) -> list[Event]:
        return self.events[mark:]

    async def until(self, done: Callable[[list[Event]], bool], seconds: float = 60) -> list[Event]:
        """Wait until the events are what the caller waits for."""
        try:
            async with asyncio.timeout(seconds):
                while not done(self.events):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            told = [(event["type"], event.get("subject")) for event in self.events[-30:]]
            raise AssertionError(f"{self.queue} has {len(self.events)} events after {seconds} s; {told}") from None
        return self.events

    async def drained(self) -> list[Event]:
        """Wait until everything that was published up to now has arrived."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        async with asyncio.timeout(60):
            while True:
                answer = await self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)
                if not any(int(answer["Attributes"][name]) for name in names):
                    return self.events
                await asyncio.sleep(0.05)

    async def read(self) -> None:
        """Receive for ever. What is deleted from the queue is in ``events`` already."""
        while True:
            answer = await self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            messages = answer.get("Messages", [])
            self.events += [json.loads(message["Body"]) for message in messages]
            if messages:
                entries = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)]
                await self.sqs.delete_message_batch(QueueUrl=self.url, Entries=entries)


@asynccontextmanager
async def subscribed(
    access: AwsAccess, queue: str, topics: Iterable[str] = (), policy: Policy | None = None
) -> AsyncIterator[Subscriber]:
    """A queue subscribed to these topics (full names; made where they are not there yet), read while the block runs."""
    async with AsyncExitStack() as stack:
        sns, sqs = [await stack.enter_async_context(_client(name, access)) for name in ("sns", "sqs")]
        subscriber = Subscriber(queue, (await sqs.create_queue(QueueName=queue))["QueueUrl"], sqs)
        await _subscribe(sns, subscriber, list(topics), policy)
        readers = [asyncio.create_task(subscriber.read()) for _ in range(READERS)]
        try:
            yield subscriber
        finally:
            for reader in readers:
                reader.cancel()
            ended = await asyncio.gather(*readers, return_exceptions=True)
            failed = [one for one in ended if not isinstance(one, asyncio.CancelledError)]
            assert failed == []


async def _subscribe(sns: Any, subscriber: Subscriber, topics: list[str], policy: Policy | None) -> None:
    if not topics:
        return
    names = ["QueueArn"]
    answer = await subscriber.sqs.get_queue_attributes(QueueUrl=subscriber.url, AttributeNames=names)
    queue_arn = answer["Attributes"]["QueueArn"]
    attributes = {"RawMessageDelivery": "true"} | ({"FilterPolicy": json.dumps(policy)} if policy else {})
    arns = [(await sns.create_topic(Name=topic))["TopicArn"] for topic in topics]
    await subscriber.sqs.set_queue_attributes(
        QueueUrl=subscriber.url, Attributes={"Policy": json.dumps(_let_in(queue_arn, arns))}
    )
    for arn in arns:
        await sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn, Attributes=attributes)


def _let_in(queue_arn: str, topic_arns: list[str]) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arns}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _client(service: str, access: AwsAccess) -> Any:
    return get_session().create_client(
        service,
        region_name=access.region,
        endpoint_url=access.endpoint,
        aws_access_key_id=access.access_key,
        aws_secret_access_key=access.secret_key,
    )
