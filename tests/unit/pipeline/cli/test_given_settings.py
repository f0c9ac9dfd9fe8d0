"""What ``erpflow connections add`` is given: settings, secrets, and where the store is."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.cli.main import status

ADD = ["connections", "add", "x", "--system", "tryton", "--tenant", "acme", "--company", "1"]


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ERPFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("ERPFLOW_STORE", f"sqlite:///{tmp_path}/store.sqlite3")


def told(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> tuple[int, str]:
    """Exit status and the one sentence on standard error."""
    code = status(arguments)
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert err.startswith("erpflow: ")
    assert err.count("\n") == 1
    return code, err


@pytest.mark.parametrize("option", ["--setting", "--secret"])
@pytest.mark.parametrize("given", ["hush-hush", "=hush-hush"])
def test_a_pair_of_the_wrong_form_is_wrong_use_and_is_not_shown(
    capsys: pytest.CaptureFixture[str], option: str, given: str
) -> None:
    code, err = told(capsys, [*ADD, option, given])
    assert code == 2
    assert f"A {option} is not NAME=VA" in err
    assert "hush" not in err


def test_a_missing_variable_of_a_secret_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ERP_PASSWORD", raising=False)
    code, err = told(capsys, [*ADD, "--secret", "password=ERP_PASSWORD"])
    assert code == 2
    assert "The environment variable ERP_PASSWORD for the secret password is not set" in err


def test_a_secret_in_place_of_a_variable_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    code, err = told(capsys, [*ADD, "--secret", "password=hush-hush"])
    assert code == 2
    assert "hush" not in err


@pytest.mark.parametrize(
    "arguments",
    [["connections", "list"], ["runs", "list"], ["sync", "x"], ["store", "migrate"], ["run", "scheduler"],
     ["republish", "--entity", "customer", "--to", "q"], ["tap", "information-customer"], ["topology", "plan"]],
)  # fmt: skip
def test_without_a_store_every_command_says_which_variable_to_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.delenv("ERPFLOW_STORE")
    code, err = told(capsys, arguments)
    assert code == 2
    assert "The environment variable ERPFLOW_STORE is not set" in err


def test_a_store_that_does_not_answer_is_a_failure_and_no_wrong_use(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERPFLOW_STORE", "postgresql://nobody@127.0.0.1:1/none")
    code, err = told(capsys, ["connections", "list"])
    assert code == 1
    assert "The store did not take a transaction" in err
