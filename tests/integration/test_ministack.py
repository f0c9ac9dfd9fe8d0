from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import aiohttp
import psutil
import pytest

from pipeline.archive.s3 import open_archive
from pipeline.aws.access import AwsAccess
from pipeline.broker.aws import open_broker
from pipeline.broker.ports import Message
from pipeline.local.ministack import ministack
from pipeline.topology.apply import ensure
from pipeline.topology.wanted import wanted
from schemas.errors import ConfigError

REGION = "eu-north-1"


async def test_messages_and_objects_are_kept_over_a_restart(tmp_path: Path) -> None:
    topology = wanted(["tryton"], [], "kept-", "kept-archive")
    async with ministack(tmp_path, region=REGION) as first:
        await ensure(first, topology)
        async with open_broker(first, "kept-") as broker, open_archive(first, "kept-archive") as archive:
            await broker.publish("erp-system-tryton", [Message("{}", {"tenant": "acme"})])
            await archive.put("a/b", b"content")
    async with ministack(tmp_path, region=REGION) as second:
        assert second.access_key != first.access_key
        assert (await ensure(second, topology)).steps == ()
        async with open_broker(second, "kept-") as broker, open_archive(second, "kept-archive") as archive:
            [delivery] = await broker.receive("transformer", most=10, wait=2, visibility=30)
            assert delivery.attributes == {"tenant": "acme"}
            assert await archive.get("a/b") == b"content"


async def test_a_request_without_the_key_is_refused(aws: AwsAccess, prefix: str) -> None:
    stranger = replace(aws, access_key="AKIASTRANGER", secret_key="x")
    with pytest.raises(ConfigError, match=r"correct the AWS credentials|give this role"):
        async with open_broker(stranger, prefix) as broker:
            await broker.send("wake-ups", [Message("{}")])
    form = {"Action": "ListTopics", "Version": "2010-03-31"}
    async with aiohttp.ClientSession() as http, http.post(f"{aws.endpoint}/", data=form) as answer:
        assert answer.status == 403


async def test_it_listens_on_the_loopback_only(tmp_path: Path) -> None:
    async with ministack(tmp_path, region=REGION) as access:
        assert access.endpoint is not None
        port = int(access.endpoint.rsplit(":", 1)[1])
        listening = [
            connection.laddr
            for process in psutil.Process().children()
            for connection in process.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
        ]
    assert ("127.0.0.1", port) in listening
    assert {address.ip for address in listening} == {"127.0.0.1"}


async def test_two_in_one_directory_are_refused(tmp_path: Path) -> None:
    async with ministack(tmp_path, region=REGION):
        with pytest.raises(ConfigError, match="already runs with"):
            async with ministack(tmp_path, region=REGION):
                raise AssertionError("the second one must not start")


async def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"Port {port}"):
            async with ministack(tmp_path, region=REGION, port=port):
                raise AssertionError("it must not start")
