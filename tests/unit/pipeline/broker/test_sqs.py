from __future__ import annotations

from typing import Any

import pytest

from pipeline.broker.ports import Delivery, Failed, Message
from pipeline.broker.sqs import Queues
from schemas.errors import Retryable


class _Client:
    """Answers every batch call with the given failures, and remembers all calls."""

    def __init__(self, failed: list[dict[str, Any]] | None = None) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._failed = failed or []

    async def get_queue_url(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(("get_queue_url", arguments))
        return {"QueueUrl": f"https://sqs/{arguments['QueueName']}"}

    async def send_message_batch(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(("send_message_batch", arguments))
        return {"Failed": self._failed}

    async def delete_message_batch(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(("delete_message_batch", arguments))
        return {"Failed": self._failed}

    async def change_message_visibility_batch(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(("change_message_visibility_batch", arguments))
        return {"Failed": self._failed}


def _failure(code: str) -> dict[str, Any]:
    return {"Id": "0", "Code": code, "Message": "No.", "SenderFault": True}


DELIVERY = Delivery("work", "{}", "receipt-1", attributes={"tenant": "acme"}, group="acme")


@pytest.mark.parametrize(
    "code", ["ReceiptHandleIsInvalid", "InvalidReceiptHandle", "MessageNotInflight", "InvalidParameterValue"]
)
async def test_an_outdated_receipt_is_no_error(code: str) -> None:
    queues = Queues(_Client([_failure(code)]), "erpflow-")
    await queues.acknowledge([DELIVERY])
    await queues.hide([DELIVERY], 30)


async def test_any_other_failure_to_acknowledge_is_told() -> None:
    queues = Queues(_Client([_failure("InternalError")]), "erpflow-")
    with pytest.raises(Retryable, match="queue work"):
        await queues.acknowledge([DELIVERY])
    with pytest.raises(Retryable, match="queue work"):
        await queues.hide([DELIVERY], 30)


async def test_a_message_that_cannot_be_buried_is_not_acknowledged() -> None:
    client = _Client([_failure("InternalError")])
    with pytest.raises(Retryable, match="work-dlq"):
        await Queues(client, "erpflow-").bury(DELIVERY, "It is broken.")
    assert "delete_message_batch" not in [name for name, _ in client.calls]


async def test_burying_keeps_at_most_ten_attributes_and_the_reason_among_them() -> None:
    client = _Client()
    attributes = {f"a{number}": "x" for number in range(10)}
    await Queues(client, "").bury(Delivery("work", "{}", "r", attributes=attributes), "It is broken.")
    sent = next(arguments for name, arguments in client.calls if name == "send_message_batch")
    kept = sent["Entries"][0]["MessageAttributes"]
    assert len(kept) == 10
    assert kept["erpflow-reason"]["StringValue"] == "It is broken."


async def test_the_url_of_a_queue_is_asked_for_once() -> None:
    client = _Client()
    queues = Queues(client, "erpflow-")
    await queues.send("work", [Message("a", group="acme")])
    await queues.send("work", [Message("b")])
    assert [arguments for name, arguments in client.calls if name == "get_queue_url"] == [{"QueueName": "erpflow-work"}]


async def test_acknowledging_takes_ten_a_call_and_one_queue_a_call() -> None:
    client = _Client()
    deliveries = [Delivery(f"queue-{number % 2}", "{}", f"r{number}") for number in range(24)]
    await Queues(client, "").acknowledge(deliveries)
    sizes = [len(arguments["Entries"]) for name, arguments in client.calls if name == "delete_message_batch"]
    assert sizes == [10, 2, 10, 2]


async def test_an_entry_that_was_not_sent_is_reported_by_its_position() -> None:
    queues = Queues(_Client([_failure("InternalError")]), "")
    failed = await queues.send("work", [Message("x")] * 11)
    assert failed == [Failed(0, "InternalError: No."), Failed(10, "InternalError: No.")]
