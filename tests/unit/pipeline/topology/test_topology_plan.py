from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pipeline.aws.site import Site
from pipeline.topology.attributes import queue_attributes, subscription_attributes
from pipeline.topology.model import Found, FoundSubscription, Subscription, Topology
from pipeline.topology.plan import plan
from pipeline.topology.steps import (
    ChangeQueue,
    ChangeSubscription,
    CreateBucket,
    CreateQueue,
    CreateTopic,
    Plan,
    Subscribe,
)
from pipeline.topology.wanted import add_subscriber, wanted
from schemas.errors import ConfigError

SITE = Site("aws", "eu-north-1", "123456789012")
PLAIN_SITE = replace(SITE, secure=False)
TO_DEAD_LETTERS = '{"deadLetterTargetArn":"arn:aws:sqs:eu-north-1:123456789012:erpflow-transformer-dlq"}'


def _wanted() -> Topology:
    return wanted(["tryton", "fiken"], ["customer", "time_entry"], "erpflow-", "erpflow-archive")


def _as_found(topology: Topology, site: Site = SITE) -> Found:
    """What AWS would show after the topology was made."""
    return Found(
        topics=frozenset(topology.topics),
        queues={
            queue.name: queue_attributes(
                queue,
                [one.topic for one in topology.subscriptions if queue.name in (one.queue, one.dead_letters)],
                site,
            )
            for queue in topology.queues
        },
        subscriptions=tuple(
            FoundSubscription(f"arn:{number}", one.topic, one.queue, True, one.policy, one.dead_letters)
            for number, one in enumerate(topology.subscriptions)
        ),
        buckets=frozenset({topology.bucket} if topology.bucket else ()),
    )


def test_the_topology_follows_from_systems_and_entities() -> None:
    topology = _wanted()
    assert topology.topics == (
        "erpflow-erp-system-fiken",
        "erpflow-erp-system-tryton",
        "erpflow-domain-pages",
        "erpflow-information-customer",
        "erpflow-information-time-entry",
        "erpflow-notification-sync",
        "erpflow-notification-connection",
        "erpflow-notification-rejects",
        "erpflow-notification-api-change",
    )
    assert topology.subscriptions == (
        Subscription("erpflow-erp-system-fiken", "erpflow-transformer", dead_letters="erpflow-transformer-dlq"),
        Subscription("erpflow-erp-system-tryton", "erpflow-transformer", dead_letters="erpflow-transformer-dlq"),
        Subscription("erpflow-domain-pages", "erpflow-distributor", dead_letters="erpflow-distributor-dlq"),
    )
    assert {queue.name: queue.dead_letters for queue in topology.queues} == {
        "erpflow-wake-ups": "erpflow-wake-ups-dlq",
        "erpflow-wake-ups-dlq": None,
        "erpflow-transformer": "erpflow-transformer-dlq",
        "erpflow-transformer-dlq": None,
        "erpflow-distributor": "erpflow-distributor-dlq",
        "erpflow-distributor-dlq": None,
    }


def test_from_nothing_everything_is_created_in_an_order_that_works() -> None:
    topology = _wanted()
    steps = plan(topology, Found(), SITE).steps
    assert steps[0] == CreateBucket("erpflow-archive", secure=True)
    kinds = [type(step) for step in steps]
    assert kinds == sorted(kinds, key=[CreateBucket, CreateTopic, CreateQueue, Subscribe].index)
    queues = [step.name for step in steps if isinstance(step, CreateQueue)]
    assert all(queues.index(f"{name}-dlq") < queues.index(name) for name in queues if not name.endswith("-dlq"))
    assert len(steps) == 1 + 9 + 6 + 3


def test_what_is_there_already_needs_no_step() -> None:
    assert plan(_wanted(), _as_found(_wanted()), SITE) == Plan(steps=(), leftovers=())


def test_dead_letters_are_kept_for_14_days_and_taken_after_200_receives() -> None:
    steps = {step.name: step for step in plan(_wanted(), Found(), SITE).steps if isinstance(step, CreateQueue)}
    assert steps["erpflow-transformer-dlq"].attributes["MessageRetentionPeriod"] == "1209600"
    assert "RedrivePolicy" not in steps["erpflow-transformer-dlq"].attributes
    assert json.loads(steps["erpflow-transformer"].attributes["RedrivePolicy"]) == {
        "deadLetterTargetArn": "arn:aws:sqs:eu-north-1:123456789012:erpflow-transformer-dlq",
        "maxReceiveCount": 200,
    }


def test_only_the_subscribed_topics_may_send_and_only_over_tls() -> None:
    steps = {step.name: step for step in plan(_wanted(), Found(), SITE).steps if isinstance(step, CreateQueue)}
    allow, deny = json.loads(steps["erpflow-transformer"].attributes["Policy"])["Statement"]
    assert allow["Action"] == "sqs:SendMessage"
    assert allow["Principal"] == {"Service": "sns.amazonaws.com"}
    assert allow["Condition"] == {
        "ArnEquals": {
            "aws:SourceArn": [
                "arn:aws:sns:eu-north-1:123456789012:erpflow-erp-system-fiken",
                "arn:aws:sns:eu-north-1:123456789012:erpflow-erp-system-tryton",
            ]
        }
    }
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert len(json.loads(steps["erpflow-wake-ups"].attributes["Policy"])["Statement"]) == 1


def test_without_tls_at_the_endpoint_no_queue_asks_for_it() -> None:
    steps = plan(_wanted(), Found(), PLAIN_SITE).steps
    queues = {step.name: step.attributes for step in steps if isinstance(step, CreateQueue)}
    assert "SecureTransport" not in json.dumps(queues)
    assert "Policy" not in queues["erpflow-wake-ups"]


def test_a_new_system_changes_the_policies_of_the_transformers_queues_only() -> None:
    more = wanted(["tryton", "fiken", "xledger"], ["customer", "time_entry"], "erpflow-", "erpflow-archive")
    create, *changes, subscribe = plan(more, _as_found(_wanted()), SITE).steps
    assert create == CreateTopic("erpflow-erp-system-xledger")
    changed = {change.name: list(change.attributes) for change in changes if isinstance(change, ChangeQueue)}
    assert changed == {"erpflow-transformer-dlq": ["Policy"], "erpflow-transformer": ["Policy"]}
    assert isinstance(subscribe, Subscribe)
    assert subscribe.attributes == {"RawMessageDelivery": "true", "RedrivePolicy": TO_DEAD_LETTERS}


def test_what_a_topic_cannot_deliver_goes_to_the_dead_letters_of_the_queue() -> None:
    steps = plan(_wanted(), Found(), SITE).steps
    policies = {step.name: step.attributes["Policy"] for step in steps if isinstance(step, CreateQueue)}
    assert "erpflow-erp-system-tryton" in policies["erpflow-transformer-dlq"]
    assert "erpflow-erp-system-tryton" not in policies["erpflow-distributor-dlq"]
    subscribed = [step.attributes["RedrivePolicy"] for step in steps if isinstance(step, Subscribe)]
    assert subscribed[0] == TO_DEAD_LETTERS


def test_a_subscription_that_drops_what_it_cannot_deliver_is_changed() -> None:
    found = _as_found(_wanted())
    first, *others = found.subscriptions
    altered = replace(found, subscriptions=(replace(first, dead_letters=None), *others))
    [step] = plan(_wanted(), altered, SITE).steps
    assert isinstance(step, ChangeSubscription)
    assert step.attributes == {"RedrivePolicy": TO_DEAD_LETTERS}


def test_a_system_no_longer_registered_is_left_over_and_goes_on_working() -> None:
    fewer = wanted(["tryton"], ["customer", "time_entry"], "erpflow-", "erpflow-archive")
    result = plan(fewer, _as_found(_wanted()), SITE)
    assert result.steps == ()
    assert result.leftovers == (
        "topic erpflow-erp-system-fiken",
        "subscription of queue erpflow-transformer to topic erpflow-erp-system-fiken",
    )


def test_a_changed_attribute_is_shown_and_set_back() -> None:
    found = _as_found(_wanted())
    altered = {**found.queues["erpflow-wake-ups"], "VisibilityTimeout": "1"}
    found = replace(found, queues={**found.queues, "erpflow-wake-ups": altered})
    [step] = plan(_wanted(), found, SITE).steps
    assert step == ChangeQueue("erpflow-wake-ups", {"VisibilityTimeout": "60"})
    assert str(step) == "change queue erpflow-wake-ups: VisibilityTimeout = 60"


def test_documents_are_compared_by_meaning() -> None:
    found = _as_found(_wanted())
    queue = dict(found.queues["erpflow-distributor"])
    redrive = json.loads(queue["RedrivePolicy"])
    queue["RedrivePolicy"] = json.dumps({**redrive, "maxReceiveCount": "200"}, indent=2)
    policy = json.loads(queue["Policy"])
    policy["Statement"][0]["Condition"]["ArnEquals"]["aws:SourceArn"] = (
        "arn:aws:sns:eu-north-1:123456789012:erpflow-domain-pages"
    )
    queue["Policy"] = json.dumps(policy)
    found = replace(found, queues={**found.queues, "erpflow-distributor": queue})
    assert plan(_wanted(), found, SITE).steps == ()


def test_a_policy_that_is_not_wanted_is_removed() -> None:
    found = _as_found(_wanted(), PLAIN_SITE)
    open_to_all = {**found.queues["erpflow-wake-ups"], "Policy": '{"Statement": []}'}
    found = replace(found, queues={**found.queues, "erpflow-wake-ups": open_to_all})
    assert plan(_wanted(), found, PLAIN_SITE).steps == (ChangeQueue("erpflow-wake-ups", {"Policy": ""}),)


def test_a_subscription_that_is_not_raw_or_filters_otherwise_is_changed() -> None:
    topology = add_subscriber(_wanted(), "crm", ["information-customer"], {"tenant": ["acme"]})
    found = _as_found(topology)
    *others, ours = found.subscriptions
    altered = replace(ours, raw=False, policy={"tenant": ["other"]})
    [step] = plan(topology, replace(found, subscriptions=(*others, altered)), SITE).steps
    assert step == ChangeSubscription(
        ours.arn,
        "erpflow-information-customer",
        "erpflow-crm",
        {"RawMessageDelivery": "true", "FilterPolicy": '{"tenant":["acme"]}'},
    )


def test_a_filter_that_is_not_wanted_is_emptied() -> None:
    topology = _wanted()
    found = _as_found(topology)
    first, *others = found.subscriptions
    altered = replace(first, policy={"tenant": ["acme"]})
    [step] = plan(topology, replace(found, subscriptions=(altered, *others)), SITE).steps
    assert isinstance(step, ChangeSubscription)
    assert step.attributes == {"FilterPolicy": "{}"}


def test_a_second_subscription_of_a_queue_keeps_the_first_one_working() -> None:
    first = add_subscriber(_wanted(), "crm", ["information-customer"])
    second = add_subscriber(_wanted(), "crm", ["information-time-entry"])
    change = next(step for step in plan(second, _as_found(first), SITE).steps if isinstance(step, ChangeQueue))
    assert "information-customer" in change.attributes["Policy"]
    assert "information-time-entry" in change.attributes["Policy"]


@pytest.mark.parametrize(
    ("queue", "topics", "policy", "message"),
    [
        ("crm", ["information-nothing"], None, "information-nothing"),
        ("transformer", ["information-customer"], None, "transformer"),
        ("crm", ["information-customer"], {"tenant": [1]}, "filter policy"),
        ("c" * 80, ["information-customer"], None, "80 characters"),
    ],
)
def test_a_subscriber_that_cannot_work_is_refused(
    queue: str, topics: list[str], policy: dict[str, list[object]] | None, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        add_subscriber(_wanted(), queue, topics, policy)


def test_more_topics_than_a_policy_can_name_are_refused() -> None:
    many = wanted([f"system-{number:03d}" for number in range(150)], [], "erpflow-")
    with pytest.raises(ConfigError, match="8192"):
        plan(many, Found(), SITE)


def test_a_subscription_without_filter_has_none() -> None:
    assert subscription_attributes(Subscription("t", "q"), SITE) == {"RawMessageDelivery": "true"}
