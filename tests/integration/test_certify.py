"""``erpflow connectors certify`` and ``new``: what they say, the report, and the exit status."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.base import Access
from connectors.folder import connector
from connectors.testing.rest_erp import RestErp
from connectors.testing.samples import load_samples
from pipeline.cli.main import status
from tests.support.loopback import served

BRISK = Path(__file__).parents[2] / "examples" / "brisk"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own with a store, and the connector in the folder of connectors."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(BRISK, tmp_path / "connectors" / "brisk")
    for name in ("ENDPOINT", "ACCESS_KEY", "SECRET_KEY", "DATA_KEY"):
        monkeypatch.delenv(f"ERPFLOW_{name}", raising=False)
    monkeypatch.setenv("ERPFLOW_STORE", f"sqlite:///{tmp_path}/store.sqlite3")
    monkeypatch.setenv("ERPFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("ERPFLOW_CONNECTORS", str(tmp_path / "connectors"))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.fixture
def erp():
    made = RestErp(
        connector(BRISK).spec,
        load_samples(BRISK / "samples"),
        Access("1", {"base_url": "http://x"}, {"token": "t0ken"}),
    )
    made.clock.now = datetime.now(UTC)
    for book in made.books.values():
        book.fill(10)
    return made


def report(capsys, *arguments, expected):
    assert status(["connectors", "certify", *arguments, "--json"]) == expected
    return json.loads(capsys.readouterr().out)


def add(url, monkeypatch, capsys, token="t0ken"):
    monkeypatch.setenv("BRISK_TOKEN", token)
    added = ["connections", "add", "north", "--system", "brisk", "--tenant", "t", "--company", "1"]
    assert status([*added, "--setting", f"base_url={url}", "--secret", "token=BRISK_TOKEN"]) == 0
    capsys.readouterr()


def test_a_registered_connector_is_certified_by_its_name(place, capsys):
    (brisk,) = report(capsys, "brisk", expected=0)["connectors"]
    assert brisk["passed"]
    assert {check["stream"] for check in brisk["checks"]} == {None, "customers", "projects", "hours"}
    assert all(check["reason"] for check in brisk["checks"] if check["outcome"] == "not-applicable")


def test_a_connector_that_is_wrong_has_no_certificate_and_status_1(place, capsys):
    spec = place / "connectors" / "brisk" / "spec.yaml"
    spec.write_text(spec.read_text().replace("deletes: keys", "deletes: keys\n  key: [modified]"))
    assert status(["connectors", "certify", str(spec.parent)]) == 1
    out = capsys.readouterr().out
    assert "Brisk has no certificate" in out
    assert "share the key of another one at modified" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Name one connector, or give --all, or a connection with --live."),
        (["brisk", "--all"], "Name one connector, or give --all, or a connection with --live."),
        (["nothing"], "There is no connector for the system 'nothing'"),
        (["--live", "nobody"], "There is no connection nobody;"),
        (["brisk", "--samples", "nowhere"], "There is no folder nowhere;"),
    ],
)
def test_wrong_use_is_one_sentence_and_status_2(place, capsys, arguments, sentence):
    assert status(["connectors", "certify", *arguments]) == 2
    assert sentence in capsys.readouterr().err


def test_the_harmless_part_is_tried_against_a_real_account(place, erp, monkeypatch, capsys):
    with served(erp) as url:
        add(url, monkeypatch, capsys)
        (live,) = report(capsys, "--live", "north", expected=0)["connectors"]
    assert live["counts"] == {"passed": 10}
    assert live["title"] == "Brisk behind north"


def test_an_account_with_other_records_than_the_connector_expects_fails_it(place, erp, monkeypatch, capsys):
    book = erp.books["customers"]
    book.overwrite(0, {**book.row(0).record, "number": None, "name": 7.5, "closed": "perhaps"})
    with served(erp) as url:
        add(url, monkeypatch, capsys)
        (live,) = report(capsys, "--live", "north", expected=1)["connectors"]
    failed = [(check["check"], check["stream"]) for check in live["checks"] if check["outcome"] == "failed"]
    assert failed == [("live-mapping", "customers")]


def test_a_refused_credential_fails_every_part_and_is_not_shown(place, erp, monkeypatch, capsys):
    with served(erp) as url:
        add(url, monkeypatch, capsys, token="another-token")
        (live,) = report(capsys, "--live", "north", expected=1)["connectors"]
    assert live["checks"][0]["outcome"] == "failed"
    assert "another-token" not in json.dumps(live)


def test_a_new_connector_is_written_and_what_to_do_next_is_said(place, capsys):
    assert status(["connectors", "new", "south-erp", "--dir", "made"]) == 0
    said = capsys.readouterr().out
    assert "erpflow connectors certify made/south-erp-connector/south_erp_connector" in said
    (south,) = report(capsys, "made/south-erp-connector/south_erp_connector", expected=0)["connectors"]
    assert south["passed"]
