from __future__ import annotations

from typing import Any

from pipeline.broker.ports import Failed, Message
from pipeline.broker.sns import Topics


class _Client:
    def __init__(self, failed: list[dict[str, Any]]) -> None:
        self.calls: list[dict[str, Any]] = []
        self._failed = failed

    async def publish_batch(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(arguments)
        return {"Successful": [], "Failed": self._failed if len(self.calls) == 2 else []}


async def test_group_and_attributes_are_part_of_each_entry() -> None:
    client = _Client([])
    topics = Topics(client, "arn:aws:sns:eu-north-1:123456789012:erpflow-")
    await topics.publish("domain-pages", [Message("{}", {"tenant": "acme"}, group="acme"), Message("[]")])
    [call] = client.calls
    assert call["TopicArn"] == "arn:aws:sns:eu-north-1:123456789012:erpflow-domain-pages"
    assert call["PublishBatchRequestEntries"] == [
        {
            "Id": "0",
            "Message": "{}",
            "MessageAttributes": {"tenant": {"DataType": "String", "StringValue": "acme"}},
            "MessageGroupId": "acme",
        },
        {"Id": "1", "Message": "[]", "MessageAttributes": {}},
    ]


async def test_an_entry_that_was_not_taken_is_reported_by_its_position() -> None:
    client = _Client([{"Id": "4", "Code": "InternalError", "Message": "Try again.", "SenderFault": False}])
    failed = await Topics(client, "arn:").publish("x", [Message(str(number)) for number in range(30)])
    assert failed == [Failed(14, "InternalError: Try again.")]
