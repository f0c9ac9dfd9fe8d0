"""Attributes of queues and subscriptions as AWS keeps them, and whether two of them say the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pipeline.aws.site import Site
from pipeline.topology.model import Queue, Subscription
from schemas.errors import ConfigError

_POLICY_BYTES: Final = 8192
_DOCUMENTS: Final = frozenset({"Policy", "RedrivePolicy"})


def queue_attributes(queue: Queue, topics: Sequence[str], site: Site) -> dict[str, str]:
    """All attributes that we set on a queue to which these topics deliver."""
    attributes = {
        "MessageRetentionPeriod": str(queue.retention),
        "VisibilityTimeout": str(queue.visibility),
        "ReceiveMessageWaitTimeSeconds": "20",
        "SqsManagedSseEnabled": "true",
        "Policy": queue_policy(queue, topics, site),
    }
    if queue.dead_letters is not None:
        target = {
            "deadLetterTargetArn": site.queue_arn(queue.dead_letters),
            "maxReceiveCount": queue.max_receives,
        }
        attributes["RedrivePolicy"] = _document(target)
    return {name: value for name, value in attributes.items() if value}


def queue_policy(queue: Queue, topics: Sequence[str], site: Site) -> str:
    """What others than the account's own roles may do: these topics may send; and nobody without TLS."""
    arn = site.queue_arn(queue.name)
    sources = [site.topic_arn(topic) for topic in sorted(topics)]
    statements = [_only_topics(arn, sources)] if sources else []
    if site.secure:
        statements.append(_only_tls(arn))
    if not statements:
        return ""
    text = _document({"Version": "2012-10-17", "Statement": statements})
    if len(text) > _POLICY_BYTES:
        what = f"The policy of queue {queue.name} for {len(sources)} topics has {len(text)} bytes"
        raise ConfigError(f"{what} of at most {_POLICY_BYTES}; split the systems over two deployments.")
    return text


def subscription_attributes(subscription: Subscription, site: Site) -> dict[str, str]:
    """All attributes that we set on a subscription."""
    attributes = {"RawMessageDelivery": "true"}
    if subscription.policy is not None:
        attributes |= {"FilterPolicyScope": "MessageAttributes", "FilterPolicy": _document(subscription.policy)}
    if subscription.dead_letters is not None:
        attributes["RedrivePolicy"] = _document({"deadLetterTargetArn": site.queue_arn(subscription.dead_letters)})
    return attributes


def differing(want: Mapping[str, str], have: Mapping[str, str]) -> dict[str, str]:
    """The wanted attributes that are not there or say something else; documents are compared by meaning."""
    return {name: value for name, value in want.items() if not _same(name, value, have.get(name))}


def _only_topics(queue_arn: str, sources: list[str]) -> dict[str, Any]:
    return {
        "Sid": "OnlySubscribedTopics",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": sources}},
    }


def _only_tls(queue_arn: str) -> dict[str, Any]:
    return {
        "Sid": "OnlyTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": queue_arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _same(name: str, want: str, have: str | None) -> bool:
    if have is None or name not in _DOCUMENTS:
        return want == have
    return bool(_parsed(want) == _parsed(have))


def _parsed(document: str) -> Any:
    try:
        return _texts(json.loads(document))
    except json.JSONDecodeError:
        return document


def _texts(value: Any) -> Any:
    """AWS gives numbers of documents back as text, and a list of one as its item."""
    if isinstance(value, dict):
        return {key: _texts(item) for key, item in value.items()}
    if isinstance(value, list):
        items = sorted((_texts(item) for item in value), key=repr)
        return items[0] if len(items) == 1 else items
    return str(value)


def _document(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)
