from __future__ import annotations

from typing import Any

import pytest

from pipeline.aws.access import AwsAccess
from pipeline.aws.clients import encode_once, open_client
from pipeline.aws.site import Site

ACCESS = AwsAccess("eu-north-1", "http://127.0.0.1:1", access_key="AKIASECRET", secret_key="hidden-secret")


def test_keys_do_not_show() -> None:
    assert "AKIASECRET" not in repr(ACCESS)
    assert "hidden-secret" not in repr(ACCESS)


def test_only_a_plain_endpoint_is_not_secure() -> None:
    assert AwsAccess("eu-north-1").secure
    assert AwsAccess("eu-north-1", "https://sqs.example").secure
    assert not ACCESS.secure


def test_arns_belong_to_the_site() -> None:
    site = Site("aws", "eu-north-1", "123456789012")
    assert site.topic_arn("erpflow-x") == "arn:aws:sns:eu-north-1:123456789012:erpflow-x"
    assert site.queue_arn("erpflow-x") == "arn:aws:sqs:eu-north-1:123456789012:erpflow-x"


class _SeenEnoughError(Exception):
    pass


class _Request:
    def __init__(self, data: object) -> None:
        self.data = data


def test_a_form_is_encoded_once_and_as_botocore_would() -> None:
    request = _Request({"Message": "Bygg & Sønn+=", "Version": "2010-03-31"})
    encode_once(request, operation_name="PublishBatch")
    assert request.data == b"Message=Bygg+%26+S%C3%B8nn%2B%3D&Version=2010-03-31"
    encode_once(request)
    assert request.data == b"Message=Bygg+%26+S%C3%B8nn%2B%3D&Version=2010-03-31"


async def test_an_sns_client_sends_the_form_that_was_signed() -> None:
    seen: list[bytes] = []
    async with open_client("sns", ACCESS) as sns:

        def look(request: Any, **_: object) -> None:
            seen.append(request.data)
            raise _SeenEnoughError

        sns.meta.events.register_last("request-created.sns", look)
        with pytest.raises(_SeenEnoughError):
            await sns.create_topic(Name="x")
    assert [sorted(form.split(b"&")) for form in seen] == [[b"Action=CreateTopic", b"Name=x", b"Version=2010-03-31"]]
