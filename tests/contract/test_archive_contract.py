"""One suite for the archive's memory twin and for S3, as MiniStack has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from pipeline.archive import Archive
from pipeline.archive.memory import MemoryArchive
from pipeline.archive.s3 import open_archive
from pipeline.topology.apply import ensure
from pipeline.topology.wanted import wanted
from schemas.errors import Poison

KEY = "raw/acme/c-1/run-1/0-0-abcdef"


@pytest.fixture(params=["memory", "aws"])
async def archive(request: pytest.FixtureRequest, prefix: str) -> AsyncIterator[Archive]:
    if request.param == "memory":
        yield MemoryArchive()
        return
    access = request.getfixturevalue("aws")
    bucket = f"{prefix}archive"
    await ensure(access, wanted([], [], prefix, bucket))
    async with open_archive(access, bucket) as opened:
        yield opened


async def test_what_is_put_is_got(archive: Archive) -> None:
    content = bytes(range(256)) * 5000
    await archive.put(KEY, content)
    assert await archive.get(KEY) == content


async def test_keys_with_escaped_parts_are_kept_apart(archive: Archive) -> None:
    await archive.put("raw/a%2Fb/x", b"1")
    await archive.put("raw/a/b/x", b"2")
    assert [await archive.get("raw/a%2Fb/x"), await archive.get("raw/a/b/x")] == [b"1", b"2"]


async def test_the_first_content_of_a_key_stays(archive: Archive) -> None:
    await archive.put(KEY, b"first")
    await archive.put(KEY, b"second")
    assert await archive.get(KEY) == b"first"


async def test_an_absent_object_is_poison(archive: Archive) -> None:
    with pytest.raises(Poison, match="replay"):
        await archive.get(KEY)


async def test_deleted_objects_are_gone_and_unknown_ones_no_error(archive: Archive) -> None:
    await archive.put(KEY, b"x")
    await archive.put("other", b"y")
    await archive.delete([KEY, "unknown"])
    await archive.delete([])
    with pytest.raises(Poison):
        await archive.get(KEY)
    assert await archive.get("other") == b"y"


async def test_keys_are_listed_by_what_they_begin_with_in_order_and_page_by_page(archive: Archive) -> None:
    mine = [f"raw/a%2Fb/c-1/1-1/{number:04}-0-x" for number in range(1005)]
    others = ["raw/a%2Fb/c-10/1-1/0-0-x", "raw/a%2Fb/c-2/1-1/0-0-x", "raw/a/b/c-1/0", "events/t=a%2Fb/c=c-1/0-x"]
    await asyncio.gather(*(archive.put(key, b"x") for key in [*reversed(mine), *others]))
    first = await archive.listed("raw/a%2Fb/c-1/")
    assert first == mine[:1000]
    assert await archive.listed("raw/a%2Fb/c-1/", first[-1]) == mine[1000:]
    assert await archive.listed("raw/a%2Fb/c-1/", mine[-1]) == []
    assert await archive.listed("events/t=a%2Fb/") == ["events/t=a%2Fb/c=c-1/0-x"]
    assert await archive.listed("raw/nobody/") == []


async def test_what_is_listed_can_be_deleted_and_is_listed_no_more(archive: Archive) -> None:
    for key in ("raw/å%20b/c/1", "raw/å%20b/c/2", "raw/å%20bc/1"):
        await archive.put(key, b"x")
    await archive.delete(await archive.listed("raw/å%20b/"))
    assert await archive.listed("raw/å%20b/") == []
    assert await archive.listed("raw/") == ["raw/å%20bc/1"]
