"""The broker on SNS and SQS: one client of each, shared by all tasks of the process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from pipeline.aws.access import AwsAccess
from pipeline.aws.clients import open_client
from pipeline.aws.site import find_site
from pipeline.broker.ports import Delivery, Failed, Message
from pipeline.broker.sns import Topics
from pipeline.broker.sqs import Queues


class AwsBroker:
    """Puts topics and queues together into one ``Broker``."""

    def __init__(self, topics: Topics, queues: Queues) -> None:
        self._topics = topics
        self._queues = queues

    async def publish(self, topic: str, messages: Sequence[Message]) -> list[Failed]:
        """See ``Broker.publish``."""
        return await self._topics.publish(topic, messages)

    async def send(self, queue: str, messages: Sequence[Message]) -> list[Failed]:
        """See ``Broker.send``."""
        return await self._queues.send(queue, messages)

    async def receive(self, queue: str, *, most: int, wait: float, visibility: float) -> list[Delivery]:
        """See ``Broker.receive``."""
        return await self._queues.receive(queue, most=most, wait=wait, visibility=visibility)

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """See ``Broker.acknowledge``."""
        await self._queues.acknowledge(deliveries)

    async def hide(self, deliveries: Sequence[Delivery], seconds: float) -> None:
        """See ``Broker.hide``."""
        await self._queues.hide(deliveries, seconds)

    async def bury(self, delivery: Delivery, reason: str) -> None:
        """See ``Broker.bury``."""
        await self._queues.bury(delivery, reason)

    async def depth(self, queue: str) -> int:
        """See ``Broker.depth``."""
        return await self._queues.depth(queue)


@asynccontextmanager
async def open_broker(access: AwsAccess, prefix: str) -> AsyncIterator[AwsBroker]:
    """The broker of the deployment whose topics and queues begin with ``prefix`` (``erpflow-``)."""
    site = await find_site(access)
    async with open_client("sns", access) as sns, open_client("sqs", access) as sqs:
        yield AwsBroker(Topics(sns, site.topic_arn(prefix)), Queues(sqs, prefix))
