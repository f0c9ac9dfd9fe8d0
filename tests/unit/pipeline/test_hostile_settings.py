"""Settings that nobody means: one sentence each, and no secret in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import settings
from pipeline.store.engine import Store
from schemas.errors import ConfigError


@pytest.mark.parametrize("text", ["[1]", "true", "7", '"x"', "[[1]]", "{", "", "\x80"])
def test_a_file_of_the_embedded_aws_that_is_no_object_is_named(tmp_path: Path, text: str) -> None:
    settings.embedded_file(tmp_path).write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"embedded\.json cannot be read .*; remove it and start"):
        settings.load(home=tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hush@h:abc/db",
        "postgresql://u:hush@[::1/db",
        "postgresql://u:hush@h/\udcff",
        f"postgresql://u:hush@{'h' * 64}/db",
        "sqlite:///a.sqlite3?timeout=abc",
        "sqlite:///a.sqlite3?foo=1",
        "sqlite://h/x",
        "hush",
    ],
)
async def test_a_store_url_that_cannot_be_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        async with Store.open(url):
            pytest.fail("It was opened.")
    said = str(caught.value)
    assert said.startswith("ERPFLOW_STORE is not a store URL; write sqlite:///")
    assert "hush" not in said


@pytest.mark.parametrize("name", ["x" * 300, "x\n" * 200])
async def test_a_store_file_with_a_name_that_no_file_can_have_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="File name too long; correct ERPFLOW_STORE"):
        async with Store.open(f"sqlite:///{tmp_path}/{name}"):
            pytest.fail("It was opened.")
