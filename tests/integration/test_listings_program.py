"""Every listing of the program over a store in which something has happened: a document for programs, a table for
people whose first column can be given to the next command.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.cli.main import status
from pipeline.deadletters import ordering
from pipeline.deadletters.acting import Operator, note
from pipeline.deadletters.ordering import Order
from pipeline.deadletters.overview import overview
from pipeline.deadletters.steps import Steps
from pipeline.store.engine import Store
from pipeline.store.letter_search import Filter
from tests.support.fake_erp import FakeErp
from tests.support.flow import Flow
from tests.support.replays import Office
from tests.support.stores import only_sqlite

LISTINGS = {
    "connections list": "connection",
    "runs list": "run",
    "deadletters list": "group",
    "deadletters replays": "replay",
    "actions": "seq",
    "connectors list": "system",
}


@pytest.fixture
async def worked(store: Store, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store with a run, a letter that somebody owns, and a rehearsal."""
    for name, value in {"STORE": store_url, "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(f"ERPFLOW_{name}", value)
    flow = Flow(store, FakeErp())
    await flow.connect()
    flow.erp.customer(1, is_person="no such thing")
    await flow.settle()
    now, rehearsal = flow.clock.now(), await Office(flow, flow.registry).rehearse()
    async with store.transaction() as tx:
        (group,) = await overview(tx, Filter(), now)
        await note(tx, group.group.cause, Operator("ann", now), "own", {"owner": "ann"})
        await ordering.rehearsed(tx, Order(Filter(), Steps(), None, "ann"), rehearsal.tally, now)


def _said(capsys: pytest.CaptureFixture[str], command: str, *more: str) -> str:
    assert status([*command.split(), *more]) == 0
    return capsys.readouterr().out


@only_sqlite
@pytest.mark.parametrize("command", list(LISTINGS))
def test_a_listing_is_a_document_and_a_table(worked: None, capsys: pytest.CaptureFixture[str], command: str) -> None:
    rows: list[dict[str, Any]] = orjson.loads(_said(capsys, command, "--json"))
    key = LISTINGS[command]
    assert rows
    assert all(key in row for row in rows)
    for at in ("at", "last", "opened_at"):
        for row in rows:
            assert at not in row or datetime.fromisoformat(row[at]).utcoffset() is not None
    lines = _said(capsys, command).splitlines()
    firsts = [line.split()[0] for line in lines if line.strip()]
    assert firsts[0] == key
    assert {str(row[key]) for row in rows} <= set(firsts)


@only_sqlite
def test_a_narrow_screen_breaks_everything_but_what_the_next_command_is_given(
    worked: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (group,) = orjson.loads(_said(capsys, "deadletters list", "--json"))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", _said(capsys, "deadletters list")).splitlines()
    assert max(map(len, lines)) <= 60
    assert any(line.strip().startswith(f"{group['group']} ") for line in lines)
