"""The connector of the guide, which is YAML and nothing else, from its folder to the events of a whole pipeline."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.registry import Registry
from pipeline.store import figures
from pipeline.store.engine import Store
from tests.support.brisk import FOLDER, TOKEN, Brisk, running
from tests.support.flow import START, Flow, changes


@dataclass
class Folder:
    """What a flow reads from: the connectors of a folder, as ERPFLOW_CONNECTORS names it."""

    path: Path

    def registry(self) -> Registry:
        return Registry.load([], self.path)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "brisk").symlink_to(FOLDER)
    return Folder(tmp_path)


@pytest.fixture
def brisk() -> Iterator[Brisk]:
    with running(Brisk(lambda: START)) as server:
        yield server


@pytest.fixture
async def flow(store: Store, folder: Folder, brisk: Brisk) -> AsyncIterator[Flow]:
    async with httpx.AsyncHTTPTransport() as transport:
        found = Flow(store, folder, transport=transport)
        brisk.now = found.clock.now
        yield found


async def connect(flow: Flow, brisk: Brisk, token: str = TOKEN) -> None:
    await flow.connect("north-brisk", settings={"base_url": brisk.url}, secrets=flow.vault.seal({"token": token}))


def body(flow: Flow, entity: str, key: str) -> dict[str, Any]:
    found = [event["data"]["body"] for event in flow.events if event.get("entity") == entity]
    return next(one for one in reversed(found) if one["source_id"] == key)


async def test_a_first_load_tells_every_record_of_a_connector_without_python(flow: Flow, brisk: Brisk) -> None:
    await connect(flow, brisk)
    assert len(changes(await flow.settle())) == 9
    customer, project, entry = body(flow, "customer", "1"), body(flow, "project", "11"), body(flow, "time_entry", "a3")
    assert customer["org_number"] == {"value": "100000008", "scheme": "0192", "country": "NO", "valid": True}
    assert customer["addresses"][0]["lines"] == ["Havnegata 4"]
    assert (project["budget_hours"], project["budget_cost"]) == ("75.4167", {"amount": "9.99", "currency": "NOK"})
    assert (project["parent"]["source_id"], project["customer"]["number"]) == ("10", "K-1001")
    assert (entry["hours"], entry["kind"], entry["billable"]) == ("-0.5", "other", False)
    assert entry["dims"][0]["value"]["source_id"] == "30"
    assert set(entry["unknown"]) == {"approval", "locked", "invoiced"}
    async with flow.store.reading() as tx:
        assert await figures.unbalanced(tx) == []


async def test_an_edit_and_a_delete_give_their_events_and_a_quiet_poll_none(flow: Flow, brisk: Brisk) -> None:
    await connect(flow, brisk)
    await flow.settle()
    flow.later(hours=1)
    assert changes(await flow.settle()) == []
    brisk.put("projects", "10", title="Skole på Nes, fløy B")
    del brisk.records["hours"]["a2"]
    brisk.asked.clear()
    flow.later(days=2)
    assert changes(await flow.settle()) == [("project", "updated", "10"), ("time_entry", "deleted", "a2")]
    assert ("/v2/hours/a2", {}) in brisk.asked, "an absence is confirmed by key"
    assert any("modified_after" in query for _, query in brisk.asked)


async def test_a_refused_token_pauses_the_connection(flow: Flow, brisk: Brisk) -> None:
    await connect(flow, brisk, token="another-token")
    told = await flow.settle()
    assert changes(told) == []
    assert [event["type"] for event in told] == ["erpflow.notification.connection-state.v1"]
    assert told[0]["data"]["state"] == "needs_consent"
    assert "another-token" not in str(told)


def test_the_spec_of_the_guide_has_at_most_40_lines_and_no_python() -> None:
    assert len((FOLDER / "spec.yaml").read_text("utf-8").splitlines()) <= 40
    assert [path for path in FOLDER.rglob("*") if path.suffix == ".py"] == []
