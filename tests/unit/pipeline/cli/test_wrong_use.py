"""Wrong use of the program: one sentence that names what and the next step, and exit status 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.cli.main import DONE, status


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own with a store, and nothing else in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("ENDPOINT", "ACCESS_KEY", "SECRET_KEY", "DATA_KEY"):
        monkeypatch.delenv(f"ERPFLOW_{name}", raising=False)
    monkeypatch.setenv("ERPFLOW_STORE", f"sqlite:///{tmp_path}/store.sqlite3")
    monkeypatch.setenv("ERPFLOW_HOME", str(tmp_path))
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], arguments: list[str], expected: int = 2) -> str:
    """The sentence that a command ends with."""
    found = status(arguments)
    out, err = capsys.readouterr()
    assert (found, out) == (expected, "")
    assert err.startswith("erpflow: ")
    assert err.endswith(".\n")
    assert err.count("\n") == 1
    return err.removeprefix("erpflow: ")


WRONG_USE = [
    (["nothing"], "No such command 'nothing'; see erpflow --help."),
    (["connections", "nothing"], "No such command 'nothing'; see erpflow connections --help."),
    (["connections", "list", "--bogus"], "No such option: --bogus; see erpflow connections list --help."),
    (["connections", "test"], "Missing argument 'connection'; see erpflow connections test --help."),
    (["connections", "add", "x", "--system", "tryton"], "Missing option '--tenant'; see erpflow connections add"),
    (["runs", "list", "--most", "0"], "Invalid value for '--most': Input should be greater than or equal to 1; see"),
    (["runs", "list", "--most", "many"], "Invalid value for '--most':"),
    (["connections", "test", "nobody"], "There is no connection nobody; erpflow connections list shows those"),
    (["connections", "pause", "nobody"], "There is no connection nobody;"),
    (["connections", "authorize", "nobody", "--setting", "a=b"], "There is no connection nobody;"),
    (["connections", "authorize", "nobody"], "There is no connection nobody;"),
    (["connections", "rules", "nobody", "rules.json"], "rules.json is no JSON list of field rules (No such file or"),
    (["sync", "nobody"], "There is no connection nobody;"),
    (["runs", "show", "0"], "There is no run 0; erpflow runs list shows those that exist."),
    (["run", "nothing"], "There is no worker nothing; there are: scheduler, connector, transformer, distrib"),
    (["connectors", "show", "nothing"], "There is no connector for the system 'nothing'; installed are:"),
    (["schemas", "check", "nowhere"], "There are no schema files in nowhere; name the folder that export wrote."),
    (["schemas", "export", "/dev/null/x"], "/dev/null/x cannot be used (Not a directory); name another place"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "sentence"), WRONG_USE)
def test_a_wrong_argument_is_one_sentence_and_status_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert sentence in told(capsys, arguments)


@pytest.mark.parametrize("group", [[], ["connections"], ["connectors"], ["runs"], ["topology"], ["schemas"]])
def test_no_command_at_all_shows_the_help_and_is_wrong_use(
    capsys: pytest.CaptureFixture[str], group: list[str]
) -> None:
    assert status(group) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(" ".join(["Usage: erpflow", *group, "[OPTIONS] COMMAND"]))


def test_help_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["--help"]) == DONE
    out, err = capsys.readouterr()
    assert out.startswith("Usage: erpflow")
    assert "..." not in out.replace("[ARGS]...", ""), "every command's first sentence fits its line"
    assert err == ""


SETTINGS = [
    ({"ERPFLOW_STORE": ""}, "ERPFLOW_STORE is not a store URL; write sqlite:///path/to/file or postgresql://"),
    ({"ERPFLOW_STORE": "mysql://u@h/d"}, "ERPFLOW_STORE is not a store URL;"),
    ({"ERPFLOW_STORE": "sqlite:////nowhere/at/all"}, "file /nowhere/at/all: there is no folder /nowhere/at; correct"),
    ({"ERPFLOW_STORE": "sqlite:////tmp"}, "The store cannot be the file /tmp: it is a folder; correct ERPFLOW_STORE."),
    ({"ERPFLOW_CONCURRENCY": "none"}, "The environment variable ERPFLOW_CONCURRENCY is wrong ("),
    ({"ERPFLOW_ENDPOINT": "nonsense"}, "The environment variable ERPFLOW_ENDPOINT is wrong ("),
    ({"ERPFLOW_DATA_KEY": "short"}, "The data key (ERPFLOW_DATA_KEY, or data.key in the home) is none;"),
]


@pytest.mark.parametrize(("variables", "sentence"), SETTINGS)
def test_a_wrong_variable_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], sentence: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    add = ["connections", "add", "x", "--system", "tryton", "--tenant", "n", "--company", "1"]
    given = ["--setting", "base_url=http://x", "--setting", "database=x"]
    assert sentence in told(capsys, [*add, *given])


def test_a_store_file_of_another_kind_is_left_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    file = place / "letter.txt"
    file.write_text("Dear reader, this is no database.")
    monkeypatch.setenv("ERPFLOW_STORE", f"sqlite:///{file}")
    assert told(capsys, ["runs", "list"]).endswith("letter.txt: it is no SQLite database; correct ERPFLOW_STORE.\n")
    assert file.read_text().startswith("Dear reader")
