"""What running workers make of bad answers and bad messages: a sentence, a dead letter, and everything else goes on."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from connectors.spec import ConnectorSpec
from pipeline import bootstrap, settings
from pipeline.archive.memory import MemoryArchive
from pipeline.aws.clients import open_client
from pipeline.broker.codec import PageCodec, archive_key, raw_page_reference
from pipeline.broker.packing import encode_records
from pipeline.connecting import new_connection
from pipeline.local.process import free_port
from pipeline.store import connections
from pipeline.store.engine import Store
from schemas.pages import Record
from schemas.wakeups import wake_up
from tests.support.acme import EXAMPLE, SECONDS, World
from tests.support.faults import fault_server
from tests.support.pages import domain_page, good, head
from tests.support.subscriber import subscribed

TOLD = {
    "unauthorized": "refused the credentials (401): ",
    "error": "failed (500): ",
    "truncated": "broke off its answer; if this stays, tell who runs it.",
    "cut": "answered with something that is not JSON; if this stays, check the URL.",
    "deep": "answers with JSON nested deeper than 200 levels; correct the URL or the server.",
    "huge": "answers with more than 52428800 bytes, the bound for one page;",
    "unreachable": "cannot be reached; if this stays, check the URL and the network.",
}


@pytest.fixture(scope="module")
def faults() -> Iterator[str]:
    with fault_server() as url:
        yield url


@asynccontextmanager
async def connected(world: World, bases: Mapping[str, str]) -> AsyncIterator[None]:
    """Connections by name to these addresses; they are paused afterwards. In this process: a command takes seconds."""
    found = settings.load(home=world.home)
    vault, now = bootstrap.vault(found), datetime.now(UTC)
    async with Store.open(found.store) as store:
        async with store.transaction() as tx:
            for name, url in bases.items():
                given = {"base_url": url}, {"api_key": world.acme.key}
                await connections.add(tx, new_connection(_spec(), (name, name, "1"), *given, vault), now)
        try:
            yield
        finally:
            async with store.transaction() as tx:
                for name in bases:
                    await connections.set_state(tx, name, "paused", "paused by a test")


def _spec() -> ConnectorSpec:
    sys.path.insert(0, str(EXAMPLE))
    try:
        return cast(ConnectorSpec, importlib.import_module("acme_connector.spec").SPEC)
    finally:
        sys.path.remove(str(EXAMPLE))


async def listed(world: World) -> dict[str, dict[str, Any]]:
    """What ``erpflow connections list --json`` shows, by connection."""
    rows = await asyncio.to_thread(world.json, "erpflow connections list --json")
    return {row["connection"]: row for row in rows}


async def test_bad_answers_are_sentences_and_other_connections_go_on(acme_world: World, faults: str) -> None:
    bases = {f"bad-{fault}": f"{faults}/{fault}" for fault in TOLD}
    bases["bad-unreachable"] = f"http://127.0.0.1:{free_port()}"
    async with connected(acme_world, bases), asyncio.timeout(SECONDS):
        await asyncio.to_thread(acme_world.connect)
        rows = await listed(acme_world)
        while not all(any(rows[name]["streams"].values()) for name in bases):
            rows = await listed(acme_world)
        for fault, sentence in TOLD.items():
            row = rows[f"bad-{fault}"]
            assert all(sentence in error for error in row["streams"].values() if error), row
            assert row["state"] == ("needs_consent" if fault == "unauthorized" else "active")
        assert set(rows["north-acme"]["streams"].values()) == {None}
        done = await asyncio.to_thread(acme_world.run, "erpflow sync bad-error")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
        assert TOLD["error"] in done.stderr


@asynccontextmanager
async def hearing(world: World, topic: str) -> AsyncIterator[Any]:
    found = settings.load(home=world.home)
    queue = f"{found.prefix}hearing-{topic}"
    async with subscribed(bootstrap.access(found), queue, [f"{found.prefix}{topic}"]) as subscriber:
        yield subscriber


async def test_a_wrong_password_pauses_the_connection_and_is_told_once(acme_world: World, faults: str) -> None:
    async with hearing(acme_world, "notification-connection") as subscriber:
        name = "locked-out"
        async with connected(acme_world, {name: f"{faults}/unauthorized"}):

            def mine(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
                return [event for event in events if event["connection"] == name]

            await subscriber.until(lambda events: bool(mine(events)))
            again = await asyncio.to_thread(acme_world.run, f"erpflow sync {name}")
            assert again.returncode == 2
            assert again.stderr.startswith(f"erpflow: Connection {name} is not read: GET {faults}")
            assert again.stderr.endswith("; enter the right ones with: erpflow connections authorize.\n")
            repaired = f"erpflow connections authorize {name} --setting base_url={acme_world.acme.url}"
            assert (await asyncio.to_thread(acme_world.run, repaired)).returncode == 0
            assert (await asyncio.to_thread(acme_world.run, f"erpflow sync {name}")).returncode == 0
            await subscriber.drained()
            states = [event["data"]["state"] for event in mine(subscriber.events)]
    assert states.count("needs_consent") == 1


def _record(key: str) -> Record:
    return {"id": key}


async def _raw() -> dict[str, Any]:
    message = await PageCodec(MemoryArchive()).pack_raw(head(), encode_records([_record("1")]))
    return dict(json.loads(message.body))


async def _domain() -> dict[str, Any]:
    message = await PageCodec(MemoryArchive()).pack_domain(domain_page(good("1")))
    return dict(json.loads(message.body))


async def _wake_up() -> dict[str, Any]:
    return dict(json.loads(wake_up("acme", "acme", "nobody", datetime.now(UTC)).to_json()))


async def _missing_object() -> str:
    content = encode_records([_record("1")])
    return raw_page_reference(head(), archive_key("raw", head(), content)).body


GOOD = {"wake-ups": _wake_up, "transformer": _raw, "distributor": _domain}
BROKEN: dict[str, Callable[[dict[str, Any]], str]] = {
    "not JSON": lambda _: "{broken",
    "nested too deep": lambda _: "[" * 10_000 + "]" * 10_000,
    "no event": lambda _: '{"hello": "world"}',
    "of another type": lambda event: json.dumps({**event, "type": "somebody.else.v1"}),
}
BROKEN_PAGES: dict[str, Callable[[dict[str, Any]], str]] = {
    "without a head": lambda event: json.dumps({**event, "data": {"payload": []}}),
    "with a damaged payload": lambda event: json.dumps(
        {**event, "contentencoding": "zstd-base64url", "data": {**event["data"], "payload": "AAAA"}}
    ),
    "of another length": lambda event: json.dumps(
        {**event, "data": {**event["data"], "head": {**event["data"]["head"], "count": 7}}}
    ),
}


@pytest.mark.parametrize("queue", list(GOOD))
async def test_a_message_that_cannot_be_decoded_is_a_dead_letter_at_its_first_failure(
    acme_world: World, queue: str
) -> None:
    event = await GOOD[queue]()
    ways = BROKEN if queue == "wake-ups" else {**BROKEN, **BROKEN_PAGES}
    bodies = {how: broken(event) for how, broken in ways.items()}
    if queue == "transformer":
        bodies["whose object is missing"] = await _missing_object()
    letters = await _buried(acme_world, queue, list(bodies.values()))
    assert set(letters) == set(bodies.values())
    for how, body in bodies.items():
        assert letters[body]["error"] == "Poison", how
        assert letters[body]["reason"].endswith("."), how
    await asyncio.to_thread(acme_world.connect)  # reads it once more: the workers live on


async def _buried(world: World, queue: str, bodies: list[str]) -> dict[str, dict[str, Any]]:
    """Send bodies to a queue; the letters that the desk then has of it, by body."""
    found = settings.load(home=world.home)
    async with open_client("sqs", bootstrap.access(found)) as sqs:
        for body in bodies:
            await sqs.send_message(QueueUrl=await _url(sqs, f"{found.prefix}{queue}"), MessageBody=body)
    async with asyncio.timeout(90):
        while len(letters := await asyncio.to_thread(_letters, world, queue)) < len(bodies):
            await asyncio.sleep(0.2)
    return letters


def _letters(world: World, queue: str) -> dict[str, dict[str, Any]]:
    done = world.run("erpflow deadletters export")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["body"]: line for line in lines if line.get("queue") == queue}


async def _url(sqs: Any, name: str) -> str:
    return str((await sqs.get_queue_url(QueueName=name))["QueueUrl"])
