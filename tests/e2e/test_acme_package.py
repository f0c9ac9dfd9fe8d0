"""A connector in a package of its own: installed beside erpflow, it is there, and what it reads is told."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from pipeline import bootstrap, settings
from schemas.entities import ENTITIES
from schemas.topics import information_topic
from tests.support.acme import World
from tests.support.program import environment, erpflow
from tests.support.subscriber import Event, subscribed
from tests.support.systems import OWN

BROKEN = {
    "raising": "raise RuntimeError('it needs a newer Acme')\n",
    "nothing": "CONNECTOR = 'no connector at all'\n",
    "unfit": (
        "from acme_connector import CONNECTOR as ACME\nfrom connectors.base import Connector\n"
        "CONNECTOR = Connector(spec=ACME.spec.model_copy(update={'system': 'unfit'}), mappings={}, open=ACME.open)\n"
    ),
}


def _install(folder: Path, name: str, source: str) -> None:
    """What an installer leaves behind of a package with one module and one entry point."""
    (folder / f"{name}_connector.py").write_text(source)
    facts = folder / f"{name}_connector-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-connector\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[erpflow.connectors]\n{name} = {name}_connector:CONNECTOR\n")


def test_broken_packages_are_told_and_hide_no_other(acme_package: Path, tmp_path: Path) -> None:
    for name, source in BROKEN.items():
        _install(tmp_path, name, source)
    env = environment(tmp_path)
    env["PYTHONPATH"] = f"{env['PYTHONPATH']}:{acme_package}:{tmp_path}"
    done = erpflow(env, tmp_path, "connectors", "list", "--json")
    assert done.status == 0, done.err
    assert [row["system"] for row in json.loads(done.out)] == ["acme", *OWN]
    told = done.err.splitlines()
    assert len(told) == len(BROKEN)
    for name in BROKEN:
        line = next(line for line in told if line.startswith(f"erpflow: {name}-connector:{name}: "))
        assert f"The connector '{name}' of {name}-connector cannot be used: " in line
        assert line.endswith("; update or remove it.")


async def test_an_installed_package_is_synced_with_nothing_else_changed(acme_world: World) -> None:
    run, read = acme_world.run, acme_world.json
    assert [row["system"] for row in await asyncio.to_thread(read, "erpflow connectors list --json")] == ["acme", *OWN]
    found = settings.load(home=acme_world.home)
    topics = [f"{found.prefix}{information_topic(entity)}" for entity in ENTITIES]
    async with subscribed(bootstrap.access(found), f"{found.prefix}south", topics, {"tenant": ["south"]}) as subscriber:
        with type(acme_world.acme)(customers=25, jobs=5, hours_=7, key="south-key") as acme:
            added = await asyncio.to_thread(
                run,
                "SOUTH_KEY=south-key erpflow connections add south-acme --system acme --tenant south --company 1"
                f" --setting base_url={acme.url} --secret api_key=SOUTH_KEY",
            )
            assert added.returncode == 0, added.stderr
            tested = await asyncio.to_thread(run, "erpflow connections test south-acme")
            assert tested.stdout.startswith("Acme at 127.0.0.1:")

            counts = await asyncio.to_thread(read, "erpflow sync south-acme --json")
            assert {name: count["created"] for name, count in counts.items()} == {
                "customers": 25,
                "jobs": 5,
                "hours": 7,
            }
            expected = {"customer": 25, "project": 5, "time_entry": 7}
            first = [(kind, "created", str(id)) for kind, count in expected.items() for id in range(1, count + 1)]
            assert _changes(await subscriber.drained()) == sorted(first)

            mark = len(subscriber.events)
            acme.put("customers", 3, name="Renamed AS")
            acme.put("jobs", title="New building", customer_id=3, status="open", budget=1, currency="NOK", no="J9")
            acme.delete("customers", 4)
            acme.delete("hours", 7)
            again = await asyncio.to_thread(read, "erpflow sync south-acme --full --json")
            assert again["customers"]["deleted"] == 1
            await subscriber.drained()
            assert _changes(subscriber.since(mark)) == [
                ("customer", "deleted", "4"), ("customer", "updated", "3"),
                ("project", "created", "6"), ("time_entry", "deleted", "7"),
            ]  # fmt: skip

            runs = await asyncio.to_thread(read, "erpflow runs list --connection south-acme --json")
            assert {run["stream"] for run in runs} == {"customers", "jobs", "hours"}
            assert all(run["balanced"] and run["rejected"] == 0 for run in runs)
            await asyncio.to_thread(run, "erpflow connections pause south-acme")


def _changes(events: list[Event]) -> list[tuple[str, str, str]]:
    """Each event's kind, change and source id."""
    return sorted((event["entity"], event["change"], event["data"]["body"]["source_id"]) for event in events)
