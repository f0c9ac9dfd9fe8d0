"""Bad input at the terminal: one clear sentence and the right exit status, never a traceback."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.local.process import free_port
from tests.support.faults import MEGABYTE, fault_server
from tests.support.program import Done, environment, erpflow, started

KEY = "the-secret-key"


class Terminal:
    """A store of its own, and commands on it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.env = environment(
            place, ERPFLOW_STORE=f"sqlite:///{place}/store.sqlite3", ERPFLOW_HOME=str(place / "home"), ERP_KEY=KEY
        )

    def run(self, *arguments: str, **variables: str) -> Done:
        return erpflow({**self.env, **variables}, self.place, *arguments)

    def connect(self, base_url: str) -> None:
        given = ["--setting", f"base_url={base_url}", "--setting", "database=erp", "--secret", "key=ERP_KEY"]
        added = self.run("connections", "add", "north", "--system", "tryton", "--tenant", "n", "--company", "1", *given)
        assert added.status == 0, added.err


@pytest.fixture(scope="module")
def faults() -> Iterator[str]:
    with fault_server() as url:
        yield url


@pytest.fixture(scope="module")
def idle_peak(tmp_path_factory: pytest.TempPathFactory) -> int:
    """Memory of a test that asks no ERP."""
    return Terminal(tmp_path_factory.mktemp("idle")).run("connections", "test", "nobody").peak


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


@pytest.mark.parametrize(
    ("fault", "status", "told"),
    [
        ("unauthorized", 1, 'refused the credentials (401): {"error": "the key is wrong"}; enter the right ones'),
        ("error", 1, "failed (500)"),
        ("truncated", 1, "broke off its answer; if this stays, tell who runs it."),
        ("cut", 1, "answered with something that is not JSON; if this stays, check the URL."),
        ("deep", 2, "answers with JSON nested deeper than 200 levels; correct the URL or the server."),
        ("huge", 2, "answers with more than 52428800 bytes, the bound for one page; ask for smaller pages"),
    ],
)  # fmt: skip
def test_a_connection_test_tells_what_the_erp_answers(
    terminal: Terminal, faults: str, idle_peak: int, fault: str, status: int, told: str
) -> None:
    terminal.connect(f"{faults}/{fault}")
    done = terminal.run("connections", "test", "north")
    sentence = done.sentence(status)
    assert told in sentence
    assert KEY not in sentence
    assert done.peak < idle_peak + 100 * MEGABYTE, "the client keeps no more than the bound of one body"


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_a_connection_test_tells_that_a_host_cannot_be_reached(terminal: Terminal, host: str) -> None:
    terminal.connect(f"http://{host}:{free_port()}")
    sentence = terminal.run("connections", "test", "north").sentence(1)
    assert f"http://{host}" in sentence
    assert sentence.endswith("cannot be reached; if this stays, check the URL and the network.")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nothing"], "No such command 'nothing'; see erpflow --help."),
        (["connections", "list", "--bogus"], "No such option: --bogus; see erpflow connections list --help."),
        (["connections", "test", "nobody"], "There is no connection nobody; erpflow connections list shows those"),
    ],
)
def test_a_wrong_argument_is_one_sentence_and_status_2(terminal: Terminal, arguments: list[str], told: str) -> None:
    assert told in terminal.run(*arguments).sentence(2)


def test_a_missing_variable_is_named_with_what_to_write(terminal: Terminal) -> None:
    del terminal.env["ERPFLOW_STORE"]
    sentence = terminal.run("connections", "list").sentence(2)
    assert sentence.startswith("The environment variable ERPFLOW_STORE is not set; set it to: sqlite:///path/to/file")


def test_a_secret_of_a_missing_variable_names_the_variable(terminal: Terminal) -> None:
    given = ["--system", "tryton", "--tenant", "n", "--company", "1", "--secret", "key=NOT_THERE"]
    sentence = terminal.run("connections", "add", "x", *given).sentence(2)
    assert sentence.startswith("The environment variable NOT_THERE for the secret key is not set; export it first")


def test_a_database_that_does_not_answer_is_work_that_failed(terminal: Terminal) -> None:
    pytest.importorskip("psycopg")
    store = f"postgresql://erpflow@127.0.0.1:{free_port()}/erpflow"
    sentence = terminal.run("connections", "list", ERPFLOW_STORE=store).sentence(1)
    assert "Connection refused" in sentence
    assert sentence.endswith("if this stays, check the database.")


@pytest.mark.parametrize("command", [["topology", "plan"], ["run", "scheduler"], ["tap", "information-customer"]])
def test_an_aws_that_does_not_answer_is_work_that_failed(terminal: Terminal, command: list[str]) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    keys = {"ERPFLOW_ENDPOINT": endpoint, "ERPFLOW_ACCESS_KEY": "a", "ERPFLOW_SECRET_KEY": "b"}
    sentence = terminal.run(*command, **keys).sentence(1)
    assert endpoint in sentence
    assert sentence.endswith("if this stays, check the network and ERPFLOW_ENDPOINT.")


def test_a_home_that_cannot_be_written_is_named(terminal: Terminal) -> None:
    file = terminal.place / "file"
    file.touch()
    for command in (["up", "--embedded"], ["demo", "--once"]):
        sentence = terminal.run(*command, "--home", str(file / "home")).sentence(2)
        assert sentence.startswith(f"{file}/home cannot be used (Not a directory); name another place")


def test_what_nobody_foresaw_is_a_sentence_and_a_file_for_the_report(terminal: Terminal) -> None:
    (terminal.place / "sitecustomize.py").write_text(
        "import pipeline.settings as s\ndef load(**_): raise ZeroDivisionError('inside')\ns.load = load\n"
    )
    path = f"{terminal.place}:{terminal.env['PYTHONPATH']}"
    env = {**terminal.env, "PYTHONPATH": path, "TMPDIR": str(terminal.place)}
    sentence = started(env, terminal.place, "runs", "list").sentence(1)
    assert sentence.startswith("This is a defect of erpflow (ZeroDivisionError); report it with the details in ")
    file = Path(sentence.rpartition(" ")[2].rstrip("."))
    assert "ZeroDivisionError: inside" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
