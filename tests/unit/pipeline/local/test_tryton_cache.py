import asyncio
from pathlib import Path

import pytest

from pipeline.local.tryton import cache
from schemas.errors import Retryable


def test_a_fingerprint_knows_where_one_part_ends():
    assert cache.fingerprint(["ab", "c"]) != cache.fingerprint(["a", "bc"])
    assert cache.fingerprint(["ab", "c"]) == cache.fingerprint(["ab", "c"])


async def test_only_one_holds_a_lock_at_a_time(tmp_path: Path):
    inside = 0

    async def hold() -> int:
        nonlocal inside
        async with cache.exclusive(tmp_path / "sub" / "lock"):
            inside += 1
            seen = inside
            for _ in range(5):
                await asyncio.sleep(0)
            inside -= 1
            return seen

    assert await asyncio.gather(*(hold() for _ in range(4))) == [1, 1, 1, 1]


async def test_a_lock_is_free_after_an_error(tmp_path: Path):
    with pytest.raises(RuntimeError):
        async with cache.exclusive(tmp_path / "lock"):
            raise RuntimeError
    async with cache.exclusive(tmp_path / "lock"):
        pass


async def test_waiting_for_a_lock_ends_at_its_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cache, "WAIT_SECONDS", 0.0)
    async with cache.exclusive(tmp_path / "lock"):
        with pytest.raises(Retryable, match="lock"):
            async with cache.exclusive(tmp_path / "lock"):
                pass


def test_an_entry_replaces_what_an_interrupted_start_left(tmp_path: Path):
    final = tmp_path / "entry"
    making = cache.begin(final)
    (making / "half").touch()
    making = cache.begin(final)
    (making / "whole").touch()
    final.mkdir()
    (final / "old").touch()
    cache.publish(making, final)
    assert [path.name for path in final.iterdir()] == ["whole"]
    assert not making.exists()
