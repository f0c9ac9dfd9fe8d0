"""Working off SQS queues."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from pipeline.aws.errors import translated
from pipeline.broker.batches import failed_entries, group_of, send_all, text_attributes
from pipeline.broker.letters import buried
from pipeline.broker.limits import BATCH_ENTRIES, check_receive, hidden_for
from pipeline.broker.names import dead_letters
from pipeline.broker.ports import Delivery, Failed, Message
from schemas.errors import Retryable

_OUTDATED: Final = frozenset(
    {"ReceiptHandleIsInvalid", "InvalidReceiptHandle", "MessageNotInflight", "InvalidParameterValue"}
)
"""What SQS says of a receipt when the message was received again, is gone, or is no longer hidden."""

_COUNTS: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)

ReceiptsCall = Callable[[str, Sequence[Delivery]], Awaitable[Mapping[str, Any]]]


class Queues:
    """The queues whose names begin with ``prefix``; their URLs are asked for once."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._urls: dict[str, str] = {}

    async def send(self, queue: str, messages: Sequence[Message]) -> list[Failed]:
        """See ``Broker.send``."""
        return await send_all(messages, f"queue {queue}", partial(self._send, queue))

    async def receive(self, queue: str, *, most: int, wait: float, visibility: float) -> list[Delivery]:
        """See ``Broker.receive``; SQS counts in whole seconds, so both are rounded up."""
        check_receive(most, wait)
        with translated(f"Receiving from queue {queue}"):
            answer = await self._client.receive_message(
                QueueUrl=await self._url(queue),
                MaxNumberOfMessages=most,
                WaitTimeSeconds=math.ceil(wait),
                VisibilityTimeout=hidden_for(visibility),
                MessageSystemAttributeNames=["ApproximateReceiveCount", "MessageGroupId"],
                MessageAttributeNames=["All"],
            )
        return [_delivery(queue, message) for message in answer.get("Messages", ())]

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """See ``Broker.acknowledge``."""
        await self._by_receipt("Acknowledging messages of queue", deliveries, self._delete)

    async def hide(self, deliveries: Sequence[Delivery], seconds: float) -> None:
        """See ``Broker.hide``."""
        hide = partial(self._change_visibility, hidden_for(seconds))
        await self._by_receipt("Hiding messages of queue", deliveries, hide)

    async def bury(self, delivery: Delivery, reason: str) -> None:
        """See ``Broker.bury``."""
        letters = dead_letters(delivery.queue)
        for failed in await self._send(letters, [buried(delivery, reason)]):
            raise Retryable(f"Burying a message in queue {letters} failed: {failed.reason}; the message comes again.")
        await self.acknowledge([delivery])

    async def depth(self, queue: str) -> int:
        """See ``Broker.depth``."""
        with translated(f"Counting the messages of queue {queue}"):
            answer = await self._client.get_queue_attributes(
                QueueUrl=await self._url(queue), AttributeNames=list(_COUNTS)
            )
        return sum(int(answer["Attributes"].get(name, 0)) for name in _COUNTS)

    async def _url(self, queue: str) -> str:
        if queue not in self._urls:
            answer = await self._client.get_queue_url(QueueName=self._prefix + queue)
            self._urls[queue] = answer["QueueUrl"]
        return self._urls[queue]

    async def _send(self, queue: str, batch: Sequence[Message]) -> list[Failed]:
        entries = [_entry(position, message) for position, message in enumerate(batch)]
        with translated(f"Sending to queue {queue}"):
            answer = await self._client.send_message_batch(QueueUrl=await self._url(queue), Entries=entries)
        return failed_entries(answer)

    async def _by_receipt(self, what: str, deliveries: Sequence[Delivery], call: ReceiptsCall) -> None:
        for queue, batch in _per_queue(deliveries):
            with translated(f"{what} {queue}"):
                answer = await call(await self._url(queue), batch)
            refused = [entry for entry in answer.get("Failed", ()) if entry.get("Code") not in _OUTDATED]
            if refused:
                reason = f"{len(refused)} of {len(batch)} refused: {refused[0].get('Code')}"
                raise Retryable(f"{what} {queue} failed: {reason}; they come again.")

    async def _delete(self, url: str, batch: Sequence[Delivery]) -> Mapping[str, Any]:
        entries = [{"Id": str(i), "ReceiptHandle": delivery.receipt} for i, delivery in enumerate(batch)]
        answer: Mapping[str, Any] = await self._client.delete_message_batch(QueueUrl=url, Entries=entries)
        return answer

    async def _change_visibility(self, hidden: int, url: str, batch: Sequence[Delivery]) -> Mapping[str, Any]:
        entries = [
            {"Id": str(i), "ReceiptHandle": delivery.receipt, "VisibilityTimeout": hidden}
            for i, delivery in enumerate(batch)
        ]
        answer: Mapping[str, Any] = await self._client.change_message_visibility_batch(QueueUrl=url, Entries=entries)
        return answer


def _per_queue(deliveries: Sequence[Delivery]) -> Iterator[tuple[str, Sequence[Delivery]]]:
    grouped: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        grouped[delivery.queue].append(delivery)
    for queue, members in grouped.items():
        for start in range(0, len(members), BATCH_ENTRIES):
            yield queue, members[start : start + BATCH_ENTRIES]


def _entry(position: int, message: Message) -> dict[str, Any]:
    return {
        "Id": str(position),
        "MessageBody": message.body,
        "MessageAttributes": text_attributes(message),
        **group_of(message),
    }


def _delivery(queue: str, message: Mapping[str, Any]) -> Delivery:
    system = message.get("Attributes", {})
    attributes = message.get("MessageAttributes", {})
    return Delivery(
        queue=queue,
        body=message["Body"],
        receipt=message["ReceiptHandle"],
        received=int(system.get("ApproximateReceiveCount", 1)),
        attributes={name: value["StringValue"] for name, value in attributes.items() if "StringValue" in value},
        group=system.get("MessageGroupId"),
    )
