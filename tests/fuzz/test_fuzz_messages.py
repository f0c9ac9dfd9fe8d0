"""Messages that nobody of ours has written: each is handled, waits, or is a dead letter; none vanishes."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from connectors.http import HttpClient
from pipeline.broker.codec import archive_key, raw_page_reference
from pipeline.broker.packing import encode, encode_records, to_text
from pipeline.broker.ports import MAX_MESSAGE
from pipeline.stages.distribute import DISTRIBUTOR
from pipeline.stages.transform import TRANSFORMER
from schemas.mapping import MappingContext
from schemas.pages import RawPage
from schemas.topics import WAKE_UPS
from schemas.wakeups import wake_up
from tests.support.fuzz.answers import Answer, Scripted
from tests.support.fuzz.budget import fuzzed
from tests.support.fuzz.rig import NOW, Rig, page_head
from tests.support.fuzz.samples import ACME, CONNECTORS, SAMPLES
from tests.support.fuzz.values import as_text, leaves, mutated, texts, values
from transformer.transform import compile_stream, transform

Event = dict[str, Any]

QUEUES = [WAKE_UPS, TRANSFORMER, DISTRIBUTOR]
_CUSTOMER = SAMPLES["acme", "customers"]
_BIG = [{**_CUSTOMER, "id": number} for number in range(20)]
_STREAMED = zstandard.ZstdCompressor().compressobj()
BOMBS = [
    to_text(zstandard.compress(b" " * (65 * 1024 * 1024), 1)),
    to_text(_STREAMED.compress(b" " * (65 * 1024 * 1024)) + _STREAMED.flush()),
]
TYPES = ["erpflow.raw.page.v1", "erpflow.raw.page.v2", "erpflow.domain.page.v1", "erpflow.wakeup.v1", "", "a.b.c"]
REFERENCES = [
    "raw/north/acme/run-1/0-0-" + "0" * 32, "raw/south/acme/run-1/0-0-" + "0" * 32, "../../etc/passwd", "", "raw/",
    "domain/north/acme/run-1/0-0-" + "0" * 32, "raw/north/acme/run-1/0-", "\x00",
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A queue and bodies for it; ``stored`` is put into the archive under the key that a page's reference has."""

    queue: str
    bodies: list[str]
    stored: bytes


def _event(kind: str, payload: Any, encoding: str | None, head: Event) -> Event:
    types = {"raw": "erpflow.raw.page.v1", "domain": "erpflow.domain.page.v1"}
    event = {
        "specversion": "1.0", "id": f"{kind}:run-1:{head['number']}:0", "source": "erpflow/acme/acme",
        "type": types[kind], "time": NOW.isoformat(), "tenant": "north", "connection": "acme", "system": "acme",
        "datacontenttype": "application/json", "data": {"head": head, "payload": payload},
    }  # fmt: skip
    return event if encoding is None else {**event, "contentencoding": encoding}


def _results(count: int, number: int) -> dict[str, Any]:
    records = [dict(record) for record in _BIG[:count]]
    page = RawPage(head=page_head("acme", "customers", count, number), records=records)
    plan = compile_stream(("id",), ACME.mappings["customers"], stream="customers")
    domain = transform(plan, page, MappingContext("north", "acme", "acme", "1", NOW))
    return {"results": domain.results, "follow_ups": domain.follow_ups}


def good(queue: str, count: int, number: int) -> Event:
    """A valid message; with many records its content is compressed."""
    if queue == WAKE_UPS:
        found: Event = json.loads(wake_up("north", "acme", "nobody", NOW).to_json())
        return found
    head = page_head("acme", "customers", count, number).model_dump(mode="json")
    content = encode_records(_BIG[:count]) if queue == TRANSFORMER else encode(_results(count, number))
    kind = "raw" if queue == TRANSFORMER else "domain"
    if content.startswith(b"\x28\xb5"):
        return _event(kind, to_text(content), "zstd-base64url", head)
    return _event(kind, json.loads(content), None, head)


@st.composite
def bodies(draw: st.DrawFn, queue: str, number: int) -> str:
    """One body; most are a valid message with something wrong in it."""
    kind = draw(st.integers(0, 11))
    if kind == 0:
        return draw(st.text(max_size=40) | texts)
    event = good(queue, draw(st.sampled_from([1, 1, 2, 20])), number)
    if kind == 1:
        text = as_text(event)
        return text[: draw(st.integers(1, len(text)))]
    if kind == 2:
        event["type"] = draw(st.sampled_from(TYPES))
    if kind == 3:
        event["contentencoding"] = draw(st.sampled_from(["zstd-base64url", "gzip", ""]))
    if kind == 4 and queue != WAKE_UPS:
        event["dataref"] = draw(st.sampled_from(REFERENCES) | texts)
    if kind == 5 and queue != WAKE_UPS:
        event |= {"contentencoding": "zstd-base64url"}
        event["data"]["payload"] = draw(st.sampled_from([*BOMBS, "", "AAAA", "KLUv_Q", "=", "é"]))
    payload = event.get("data", {}).get("payload")
    if kind == 6 and isinstance(payload, str):
        place = draw(st.integers(0, len(payload) - 1))
        event["data"]["payload"] = payload[:place] + draw(st.sampled_from(["A", "", "_", "é", "\n"])) + payload[place:]
    if kind in (7, 8) and queue != WAKE_UPS:
        head = event["data"]["head"]
        head[draw(st.sampled_from(sorted(head)))] = draw(values)
    return as_text(event if kind < 9 else draw(mutated(event, leaves | values, most=2)))


@st.composite
def cases(draw: st.DrawFn, queue: str) -> Case:
    """A few bodies for one queue."""
    found = [draw(bodies(queue, number)) for number in range(draw(st.integers(1, 4)))]
    if queue == TRANSFORMER and draw(st.integers(0, 5)) == 0:
        head = page_head("acme", "customers", 20, 8)
        found.append(raw_page_reference(head, archive_key("raw", head, encode_records(_BIG))).body)
    content = encode_records(_BIG)
    stored = draw(st.sampled_from([content, content[:-3], b"", b"[]", content + b"x"]))
    return Case(queue, [body for body in found if body and len(body.encode()) <= MAX_MESSAGE], stored)


def _fuzz(queue: str) -> Any:
    @fuzzed(queue)
    @given(case=cases(queue))
    def one(runner: asyncio.Runner, http: HttpClient, erp: Scripted, case: Case) -> None:
        erp.answers = [Answer(404, {}, [b"{}"])]
        runner.run(_settled(Rig(CONNECTORS, http), case))

    return one


test_a_fuzzed_wake_up_never_vanishes = _fuzz(WAKE_UPS)
test_a_fuzzed_raw_page_never_vanishes = _fuzz(TRANSFORMER)
test_a_fuzzed_domain_page_never_vanishes = _fuzz(DISTRIBUTOR)


async def _settled(rig: Rig, case: Case) -> None:
    await rig.connect()
    await rig.archive.put(archive_key("raw", page_head("acme", "customers", 20, 8), encode_records(_BIG)), case.stored)
    last = as_text(good(case.queue, 2, 9))
    await rig.put(case.queue, [*case.bodies, last])
    await rig.work(case.queue)
    assert rig.defects == []
    handled, waiting = rig.broker.handled, rig.broker.bodies(case.queue)
    buried = rig.broker.bodies(f"{case.queue}-dlq")
    assert sorted([*handled, *waiting, *buried]) == sorted([*case.bodies, last])
    assert last in handled, "the worker goes on with the next message"
    assert all(reason.endswith((".", "?")) for reason in rig.broker.reasons(case.queue))
    _has_its_effect(rig, case.queue, handled)


def _has_its_effect(rig: Rig, queue: str, handled: list[str]) -> None:
    if queue == TRANSFORMER:
        assert len(rig.broker.bodies(DISTRIBUTOR)) == len(handled)
    if queue == DISTRIBUTOR:
        heads = [json.loads(body)["data"]["head"] for body in handled]
        accounts = rig.rows("select run, number, pass_number from accounts")
        assert {(h["run"], h["number"], h.get("pass_number", 0)) for h in heads} == set(accounts)


@pytest.mark.parametrize("queue", QUEUES)
def test_a_good_message_is_handled(runner: asyncio.Runner, http: HttpClient, erp: Scripted, queue: str) -> None:
    erp.answers = [Answer(404, {}, [b"{}"])]
    rig = Rig(CONNECTORS, http)
    runner.run(_settled(rig, Case(queue, [as_text(good(queue, count, count)) for count in (1, 20)], b"")))
    assert rig.broker.bodies(f"{queue}-dlq") == rig.broker.bodies(queue) == []
