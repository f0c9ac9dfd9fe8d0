"""Publishing to SNS topics."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from pipeline.aws.errors import translated
from pipeline.broker.batches import failed_entries, group_of, send_all, text_attributes
from pipeline.broker.ports import Failed, Message


class Topics:
    """The topics whose ARNs begin with ``arn_prefix`` (``arn:aws:sns:eu-north-1:…:erpflow-``).

    ARNs are put together, not looked up: publishing is then the only permission a worker needs.
    """

    def __init__(self, client: Any, arn_prefix: str) -> None:
        self._client = client
        self._arn_prefix = arn_prefix

    async def publish(self, topic: str, messages: Sequence[Message]) -> list[Failed]:
        """See ``Broker.publish``."""
        return await send_all(messages, f"topic {topic}", partial(self._publish, topic))

    async def _publish(self, topic: str, batch: Sequence[Message]) -> list[Failed]:
        entries = [_entry(position, message) for position, message in enumerate(batch)]
        with translated(f"Publishing to topic {topic}"):
            answer = await self._client.publish_batch(
                TopicArn=self._arn_prefix + topic, PublishBatchRequestEntries=entries
            )
        return failed_entries(answer)


def _entry(position: int, message: Message) -> dict[str, Any]:
    return {
        "Id": str(position),
        "Message": message.body,
        "MessageAttributes": text_attributes(message),
        **group_of(message),
    }
