"""Which queue a dead letter goes back to, from what AWS says of queues and subscriptions."""

from __future__ import annotations

import json

from pipeline.deadletters.origins import Origin, origins
from pipeline.topology.model import Found, FoundSubscription


def _redrive(target: str) -> dict[str, str]:
    return {"RedrivePolicy": json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:x:1:{target}", "maxReceiveCount": 5})}


def _subscription(topic: str, queue: str, dead_letters: str | None) -> FoundSubscription:
    return FoundSubscription("arn", f"e-{topic}", queue, raw=True, dead_letters=dead_letters)


def test_queues_and_subscriptions_name_their_dead_letter_queues() -> None:
    queues = {"e-work": _redrive("e-work-dlq"), "e-work-dlq": {}, "e-crm": {}, "e-crm-lost": {}}
    found = Found(
        queues=queues,
        subscriptions=(
            _subscription("information-customer", "e-crm", "e-crm-lost"),
            _subscription("information-project", "e-crm", None),
        ),
    )
    assert origins(found, "e-") == {
        "work-dlq": Origin("work"),
        "crm-lost": Origin(None, {"information-customer": "crm"}),
    }


def test_queues_of_others_are_not_drained() -> None:
    found = Found(queues={"e-work": _redrive("theirs")}, subscriptions=(_subscription("t", "theirs", "theirs-dlq"),))
    assert origins(found, "e-") == {}


def test_a_message_goes_back_by_its_topic_or_to_the_only_queue_there_is() -> None:
    shared = Origin(None, {"a": "one", "b": "two"})
    assert [shared.queue_of(topic) for topic in ("a", "b", "c", None)] == ["one", "two", None, None]
    assert Origin(None, {"a": "one"}).queue_of(None) == "one"
    assert Origin("own", {"a": "one"}).queue_of("b") == "own"
