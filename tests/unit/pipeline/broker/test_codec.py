from __future__ import annotations

import json
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.archive.memory import MemoryArchive
from pipeline.broker.codec import PageCodec, archive_key, raw_page_reference
from pipeline.broker.limits import check, size_of
from pipeline.broker.packing import encode_records
from pipeline.broker.ports import MAX_MESSAGE
from schemas.envelope import decode
from schemas.errors import Poison
from schemas.pages import DomainPage, FollowUp, MappedEntity, PageHead, Reject, Result
from schemas.version import ReadNumber

BODY = {"id": "abc", "version": "0000000007.0000000042.0000000.00000", "name": "Bygg & Sønn", "vat": None}


def _head(count: int, **changes: Any) -> PageHead:
    fields: dict[str, Any] = {
        "tenant": "acme",
        "connection": "c-1",
        "system": "tryton",
        "company": "1",
        "stream": "customers",
        "run": "run-1",
        "number": 3,
        "read": ReadNumber(7, 42),
        "origin": "increment",
        "read_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "count": count,
        "absent": ("99",),
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    return PageHead(**{**fields, **changes})


def _records(count: int, seed: int = 1) -> list[dict[str, Any]]:
    random = Random(seed)
    return [{"id": number, "name": f"{random.getrandbits(512):x}"} for number in range(count)]


def _domain_page(count: int) -> DomainPage:
    entity = MappedEntity(entity="customer", id="abc", digest="d1", body=BODY)
    results = [
        Result(index=0, key="1", status="mapped", entities=[entity]),
        Result(index=1, key=None, status="rejected", reject=Reject(field="name", reason="It is missing.")),
        *(Result(index=number, key=str(number), status="skipped") for number in range(2, count)),
    ]
    return DomainPage(head=_head(count), results=results, follow_ups=[FollowUp(stream="invoices", key="17")])


@pytest.fixture
def archive() -> MemoryArchive:
    return MemoryArchive()


@pytest.fixture
def codec(archive: MemoryArchive) -> PageCodec:
    return PageCodec(archive)


@pytest.mark.parametrize("count", [0, 1, 30, 500, 5000])
async def test_a_raw_page_comes_back_as_it_was(codec: PageCodec, count: int) -> None:
    head, records = _head(count), _records(count)
    page = await codec.unpack_raw((await codec.pack_raw(head, encode_records(records))).body)
    assert (page.head, page.records) == (head, records)


@pytest.mark.parametrize("count", [2, 100, 20_000])
async def test_a_domain_page_comes_back_as_it_was(codec: PageCodec, count: int) -> None:
    page = _domain_page(count)
    assert await codec.unpack_domain((await codec.pack_domain(page)).body) == page


@pytest.mark.parametrize("count", [1, 500, 5000])
async def test_a_page_message_is_an_event_within_the_limits(codec: PageCodec, count: int) -> None:
    message = await codec.pack_raw(_head(count, pass_number=2), encode_records(_records(count)))
    check(message, "the test")
    assert size_of(message) <= MAX_MESSAGE + 1024
    event = decode(message.body)
    assert (event.id, event.type) == ("raw:run-1:3:2", "erpflow.raw.page.v1")
    assert message.attributes == event.attributes()
    assert message.attributes["tenant"] == message.group == "acme"


async def test_the_same_page_gives_the_same_message(codec: PageCodec) -> None:
    assert await codec.pack_domain(_domain_page(100)) == await codec.pack_domain(_domain_page(100))


async def test_a_page_too_big_travels_as_a_reference_to_the_archive(codec: PageCodec, archive: MemoryArchive) -> None:
    content = encode_records(_records(5000))
    assert len(content) > MAX_MESSAGE
    message = await codec.pack_raw(_head(5000), content)
    key = decode(message.body).dataref
    assert key is not None
    assert key.startswith("raw/acme/c-1/run-1/3-0-")
    assert await archive.get(key) == content


async def test_a_page_that_is_in_the_archive_is_sent_by_its_key_and_in_later_passes_too(
    codec: PageCodec, archive: MemoryArchive
) -> None:
    content = encode_records(_records(5))
    key = archive_key("raw", _head(5), content)
    await archive.put(key, content)
    page = await codec.unpack_raw(raw_page_reference(_head(5, pass_number=4), key).body)
    assert (page.head.pass_number, page.records) == (4, _records(5))


async def test_an_archived_page_that_changed_is_poison(codec: PageCodec, archive: MemoryArchive) -> None:
    key = archive_key("raw", _head(5), encode_records(_records(5)))
    await archive.put(key, encode_records(_records(5, seed=2)))
    with pytest.raises(Poison, match="not what was put there"):
        await codec.unpack_raw(raw_page_reference(_head(5), key).body)


async def test_a_page_cannot_refer_to_another_tenants_content(codec: PageCodec, archive: MemoryArchive) -> None:
    content = encode_records(_records(5))
    key = archive_key("raw", _head(5, tenant="other"), content)
    await archive.put(key, content)
    with pytest.raises(Poison, match="not its own content"):
        await codec.unpack_raw(raw_page_reference(_head(5), key).body)


@pytest.mark.parametrize("tenant", ["a/b", "..", "a b", "å"])
def test_parts_of_a_key_cannot_leave_their_place(tenant: str) -> None:
    key = archive_key("raw", _head(0, tenant=tenant), b"[]")
    assert key.count("/") == 4
    assert ".." not in key


async def test_a_page_with_fewer_records_than_its_head_says_is_poison(codec: PageCodec) -> None:
    message = await codec.pack_raw(_head(6), encode_records(_records(5)))
    with pytest.raises(Poison, match="counts 6"):
        await codec.unpack_raw(message.body)


async def test_a_raw_page_is_no_domain_page(codec: PageCodec) -> None:
    message = await codec.pack_raw(_head(1), encode_records(_records(1)))
    with pytest.raises(Poison, match="of type"):
        await codec.unpack_domain(message.body)


async def test_a_body_too_big_is_poison(codec: PageCodec) -> None:
    with pytest.raises(Poison, match="characters"):
        await codec.unpack_raw("x" * (1024 * 1024 + 1))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["data", "type", "contentencoding", "dataref", "id", "time", "tenant"]


@given(st.text())
async def test_any_text_is_poison(body: str) -> None:
    codec = PageCodec(MemoryArchive())
    for unpack in (codec.unpack_raw, codec.unpack_domain):
        with pytest.raises(Poison):
            await unpack(body)


@given(st.sampled_from(FIELDS), JSON)
async def test_an_event_with_one_field_replaced_is_a_page_or_poison(field: str, value: Any) -> None:
    codec = PageCodec(MemoryArchive())
    event = json.loads((await codec.pack_domain(_domain_page(100))).body)
    event[field] = value
    try:
        await codec.unpack_domain(json.dumps(event))
    except Poison:
        return


@given(st.sampled_from(["head", "payload"]), JSON)
async def test_an_event_with_its_data_replaced_is_a_page_or_poison(part: str, value: Any) -> None:
    codec = PageCodec(MemoryArchive())
    for message, unpack in (
        (await codec.pack_domain(_domain_page(3)), codec.unpack_domain),
        (await codec.pack_raw(_head(1), encode_records(_records(1))), codec.unpack_raw),
    ):
        event = json.loads(message.body)
        event["data"][part] = value
        try:
            await unpack(json.dumps(event))
        except Poison:
            continue
