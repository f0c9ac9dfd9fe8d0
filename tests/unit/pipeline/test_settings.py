from __future__ import annotations

import os
from pathlib import Path

import orjson
import pytest

from pipeline.settings import embedded_file, load
from schemas.errors import ConfigError


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.upper().startswith("ERPFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def one_sentence(error: pytest.ExceptionInfo[ConfigError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert text.endswith(".")
    return text


def test_a_missing_store_is_named_with_what_to_write() -> None:
    with pytest.raises(ConfigError) as caught:
        load()
    text = one_sentence(caught)
    assert text.startswith("The environment variable ERPFLOW_STORE is not set; ")
    assert "sqlite:///" in text
    assert "erpflow up --embedded" in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONCURRENCY", "many"), ("CONCURRENCY", "0"), ("LEASE_SECONDS", "1"), ("WAIT_SECONDS", "21"),
        ("LOG_LEVEL", "loud"), ("PREFIX", "Big Words"), ("HEALTH_PORT", "70000"), ("TICK_SECONDS", "nan"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv("ERPFLOW_STORE", "sqlite:///x")
    monkeypatch.setenv(f"ERPFLOW_{name}", value)
    with pytest.raises(ConfigError) as caught:
        load()
    assert f"The environment variable ERPFLOW_{name} is wrong (" in one_sentence(caught)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERPFLOW_STORE", "postgresql://a@b/c")
    monkeypatch.setenv("ERPFLOW_CONCURRENCY", "3")
    found = load()
    assert (found.store, found.concurrency, found.prefix) == ("postgresql://a@b/c", 3, "erpflow-")


def test_secrets_never_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERPFLOW_STORE", "sqlite:///x")
    for name in ("ACCESS_KEY", "SECRET_KEY", "DATA_KEY"):
        monkeypatch.setenv(f"ERPFLOW_{name}", "hush-hush")
    found = load()
    assert "hush-hush" not in repr(found) + str(found) + found.model_dump_json()
    assert found.secret_key is not None
    assert found.secret_key.get_secret_value() == "hush-hush"


def test_settings_are_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERPFLOW_STORE", "sqlite:///x")
    with pytest.raises(ValueError, match="frozen"):
        load().store = "other"  # type: ignore[misc]


def test_a_running_embedded_aws_is_found_and_the_environment_goes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    embedded_file(tmp_path).write_bytes(orjson.dumps({"store": "sqlite:///embedded", "region": "eu-west-1"}))
    monkeypatch.setenv("ERPFLOW_HOME", str(tmp_path))
    assert (load().store, load().region) == ("sqlite:///embedded", "eu-west-1")
    monkeypatch.setenv("ERPFLOW_REGION", "us-east-1")
    assert (load().store, load().region) == ("sqlite:///embedded", "us-east-1")
    assert load(store="sqlite:///given").store == "sqlite:///given"


def test_a_broken_file_of_the_embedded_aws_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    embedded_file(tmp_path).write_text("{")
    monkeypatch.setenv("ERPFLOW_HOME", str(tmp_path))
    with pytest.raises(ConfigError) as caught:
        load()
    assert "embedded.json cannot be read" in one_sentence(caught)
