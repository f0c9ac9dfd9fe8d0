"""Pages that no transformer of ours can have sent: dead letters at their first failure."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.archive.memory import MemoryArchive
from pipeline.broker.codec import PageCodec
from schemas.errors import Poison
from tests.support.pages import domain_page, good, mapped_entity, rejected


async def _event() -> dict[str, Any]:
    page = domain_page(good("1", mapped_entity("1")), rejected("2"), good("3"))
    return dict(json.loads((await PageCodec(MemoryArchive()).pack_domain(page)).body))


async def _refused(event: dict[str, Any]) -> str:
    with pytest.raises(Poison) as caught:
        await PageCodec(MemoryArchive()).unpack_domain(json.dumps(event))
    return str(caught.value)


async def test_the_page_itself_is_read() -> None:
    page = await PageCodec(MemoryArchive()).unpack_domain(json.dumps(await _event()))
    assert [result.status for result in page.results] == ["mapped", "rejected", "skipped"]


@pytest.mark.parametrize(
    ("position", "change"),
    [
        (0, {"index": 1}),
        (0, {"status": "skipped"}),
        (0, {"entities": []}),
        (0, {"key": None}),
        (1, {"reject": None}),
        (1, {"status": "mapped"}),
        (2, {"status": "rejected"}),
    ],
)
async def test_a_result_that_contradicts_itself_is_poison(position: int, change: dict[str, Any]) -> None:
    event = await _event()
    event["data"]["payload"]["results"][position] |= change
    assert f"its result {position} contradicts itself" in await _refused(event)


@pytest.mark.parametrize("body", [{}, {"id": "another", "version": "1"}, {"version": 1}])
async def test_an_entity_without_its_id_or_a_version_is_poison(body: dict[str, Any]) -> None:
    event = await _event()
    entity = event["data"]["payload"]["results"][0]["entities"][0]
    entity["body"] = {"id": entity["id"], **body} if "version" in body else body
    assert "an entity of its result 0 has no id or version" in await _refused(event)


@pytest.mark.parametrize(
    "change",
    [{"number": 2**31}, {"number": 2**63}, {"pass_number": 2**31}, {"first_index": 2**40}, {"read": [-1, 1]},
     {"read": [1, 2**63]}],
)  # fmt: skip
async def test_a_head_with_a_number_that_no_column_holds_is_poison(change: dict[str, Any]) -> None:
    event = await _event()
    event["data"]["head"] |= change
    assert "its head has a number that is not from 0 to 2147483647" in await _refused(event)


@pytest.mark.parametrize("name", ["tenant", "connection", "system", "company", "stream", "run"])
@pytest.mark.parametrize("value", ["", "y" * 401])
async def test_a_head_with_an_empty_or_endless_name_is_poison(name: str, value: str) -> None:
    event = await _event()
    event["data"]["head"][name] = value
    said = await _refused(event)
    assert "its head has a name that is empty or longer than 400 characters" in said
