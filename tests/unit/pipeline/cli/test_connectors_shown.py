"""``erpflow connectors``: connectors of a folder, what is shown of one, and their coverage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors.folder import connector
from connectors.limits import Concurrency, Limit, Limits
from pipeline.cli import describing
from pipeline.cli.connectors import app
from tests.support.brisk import FOLDER


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "brisk").symlink_to(FOLDER)
    (tmp_path / "bad.yaml").write_text("system: bad\ntitle: Bad\nstreams:\n  a: {resource: /a, deletes: sometimes}\n")
    monkeypatch.setenv("ERPFLOW_CONNECTORS", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_the_list_has_the_connectors_of_the_folder_and_tells_what_is_broken() -> None:
    done = CliRunner().invoke(app, ["list", "--json"])
    assert done.exit_code == 0
    assert {"system": "brisk", "title": "Brisk", "streams": 3} in json.loads(done.stdout)
    assert "bad.yaml, line 4: streams.a.deletes is 'sometimes'; allowed are keys, scan, none" in done.stderr


@pytest.mark.usefixtures("folder")
def test_a_connector_is_shown_with_lag_mode_and_coverage() -> None:
    done = CliRunner().invoke(app, ["show", "brisk", "--json"])
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    projects = document["streams"][1]
    assert (projects["mode"], projects["entities"], projects["deletes"]) == ("increment", ["project"], "keys")
    assert {"what": "change", "within_seconds": 900.0, "text": "changes within 15m, asked for"} in projects["lags"]
    assert document["coverage"]["customer"] == {"derived": 8, "none": 2}
    shown = CliRunner().invoke(app, ["show", "brisk"], env={"COLUMNS": "200"}).stdout
    assert "changes within 15m" in shown
    assert "time_entry" in shown


def test_limits_are_shown_with_what_shares_them() -> None:
    found = connector(FOLDER)
    limits = Limits(rates=(Limit(requests=4, per="5s", scope="application"),), concurrent=Concurrency(requests=2))
    limited = connector(FOLDER).__class__(found.spec.model_copy(update={"limits": limits}), found.mappings, found.open)
    assert describing.limits(limited) == [
        {"limit": "4 requests", "in": "5s", "shared by": "application"},
        {"limit": "2 requests", "in": "the same moment", "shared by": "connection"},
    ]
    assert describing.limits(found) == []


@pytest.mark.usefixtures("folder")
def test_coverage_is_listed_for_every_connector() -> None:
    done = CliRunner().invoke(app, ["coverage", "--json"])
    rows = {(row["system"], row["entity"]): row for row in json.loads(done.stdout)}
    assert rows["brisk", "customer"]["derived"] == 8
    assert rows["tryton", "company"]["verified"] == 4


def test_the_documents_are_written_where_one_says(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["coverage", "--write", str(tmp_path / "docs")])
    assert done.exit_code == 0
    assert (tmp_path / "docs" / "coverage" / "tryton.md").read_text().startswith("# Tryton")
    assert "## Minimum for construction" in (tmp_path / "docs" / "README.md").read_text()
