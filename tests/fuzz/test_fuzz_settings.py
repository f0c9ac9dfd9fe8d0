"""Environments as bad as can be: the process starts, or one sentence names the variable, and no secret shows."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import bootstrap, settings
from pipeline.settings import Settings
from pipeline.store.engine import Store
from schemas.errors import ConfigError, Poison, Retryable
from tests.support.fuzz.budget import fuzzed
from tests.support.fuzz.values import as_text, fatal, leaves, mutated, values
from tests.support.program import environment, erpflow

SECRET = "hush-hush-hush"
NAMES = [f"ERPFLOW_{name.upper()}" for name in Settings.model_fields]
SECRETS = ("ERPFLOW_ACCESS_KEY", "ERPFLOW_SECRET_KEY", "ERPFLOW_DATA_KEY")
NASTY = [
    "", " ", "nan", "inf", "-inf", "1e309", "0", "-1", "1.5", "10", "999999999999999999999", "0x10", "1_000", "true",
    "null", "{}", "[", "http://127.0.0.1:1", "http://[x", "ftp://x", "https://", "erpflow-", "UPPER", "a" * 300,
    "info", "INFO", "\udcff", "é", "\n", "a\nb", "~", "/dev/null", "x/../y", "eu-north-1",
]  # fmt: skip
STORES = [
    "sqlite:///{place}/a.sqlite3", "sqlite://", "sqlite:///", "sqlite:///{place}", "sqlite:////dev/null", "sqlite:",
    "postgresql://u:{secret}@h:abc/db", "postgresql://u:{secret}@[::1/db", "postgresql://u:{secret}@127.0.0.1:1/db",
    "sqlite:///{place}/b.sqlite3?timeout=abc", "sqlite:///{place}/c.sqlite3?foo=1", "mysql://u:{secret}@h/db",
    "postgresql+nothing://u:{secret}@h/db", "sqlite+pysqlite:///{place}/d.sqlite3", "u:{secret}@h", "postgresql://",
    "postgresql://u:{secret}@127.0.0.1:99999999/db", "postgresql://u:{secret}@127.0.0.1:1/db?foo=1", "sqlite:///\udcff",
    "postgresql://u:{secret}@127.0.0.1:1/db?connect_timeout=x", "sqlite://h/x", "sqlite:///{place}/e?cached_statements=a",
    "postgresql://u:{secret}@127.0.0.1:1/db?prepare_threshold=a", "sqlite:///{place}/f?mode=ro&uri=true",
]  # fmt: skip

texts = (
    st.sampled_from(NASTY)
    | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
    | st.binary(max_size=8).map(lambda some: some.replace(b"\x00", b"").decode("utf-8", "surrogateescape"))
)
environments = st.dictionaries(st.sampled_from(NAMES), texts, max_size=5)


@contextmanager
def variables(given_ones: dict[str, str], home: Path) -> Iterator[None]:
    """The environment of a process in which only these variables are ours."""
    kept = dict(os.environ)
    base = {name: value for name, value in kept.items() if not name.upper().startswith("ERPFLOW_")}
    wanted = {**base, "ERPFLOW_HOME": str(home), "ERPFLOW_STORE": "sqlite://", **given_ones}
    _become(wanted)
    try:
        yield
    finally:
        _become(kept)


def _become(wanted: dict[str, str]) -> None:
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    os.environ.update(wanted)


@fuzzed("settings")
@given(
    given_ones=environments,
    hidden=st.dictionaries(st.sampled_from(SECRETS), st.sampled_from(["", "\n", "é", "\udcff"]), max_size=3),
    embedded=st.none() | mutated({"store": "sqlite://", "endpoint": "http://127.0.0.1:1"}, leaves | values | fatal),
)
def test_an_environment_is_taken_or_its_variable_is_named(
    tmp_path_factory: pytest.TempPathFactory, given_ones: dict[str, str], hidden: dict[str, str], embedded: Any
) -> None:
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    file = settings.embedded_file(home)
    file.unlink(missing_ok=True)
    if embedded is not None:
        file.write_text(as_text(embedded), encoding="utf-8", errors="replace")
    secrets = {name: SECRET + end for name, end in hidden.items()}
    with variables({**given_ones, **secrets}, home):
        try:
            _used(settings.load())
        except ConfigError as error:
            _is_a_sentence(str(error))


def _used(found: Settings) -> None:
    """What a start-up does with its settings before it opens anything."""
    assert SECRET not in repr(found)
    for seconds in (found.lease_seconds, found.visibility_seconds, found.stop_seconds, found.grace_seconds):
        timedelta(seconds=seconds)
    assert found.tick_seconds > 0
    assert 0 <= found.wait_seconds <= 20
    assert bootstrap.access(found).region == found.region
    if found.data_key is not None:
        bootstrap.vault(found)


def _is_a_sentence(said: str) -> None:
    assert said.endswith("."), said
    assert "\n" not in said, said
    assert SECRET not in said, said


@fuzzed("stores")
@given(url=st.sampled_from(STORES) | st.sampled_from(STORES).flatmap(lambda url: texts.map(lambda end: url + end)))
def test_a_store_url_opens_or_is_refused_with_a_sentence(
    runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory, url: str
) -> None:
    place = tmp_path_factory.getbasetemp()
    runner.run(_opened(url.replace("{place}", str(place)).replace("{secret}", SECRET)))


async def _opened(url: str) -> None:
    try:
        async with Store.open(url) as store, store.reading():
            pass
    except (ConfigError, Retryable, Poison) as error:
        _is_a_sentence(str(error))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ERPFLOW_LEASE_SECONDS", "nan"),
        ("ERPFLOW_STORE", f"postgresql://u:{SECRET}@h:abc/db"),
        ("ERPFLOW_DATA_KEY", SECRET),
    ],
)
def test_the_program_says_it_in_one_sentence(tmp_path: Path, name: str, value: str) -> None:
    given_ones = {"ERPFLOW_STORE": f"sqlite:///{tmp_path}/store.sqlite3", "ERPFLOW_HOME": str(tmp_path), name: value}
    added = ["connections", "add", "x", "--system", "tryton", "--tenant", "n", "--company", "1"]
    command = added if name == "ERPFLOW_DATA_KEY" else ["connections", "list"]
    _is_a_sentence(erpflow(environment(tmp_path, **given_ones), tmp_path, *command).sentence(2))
