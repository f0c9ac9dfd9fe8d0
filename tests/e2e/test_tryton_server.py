"""The seeded Tryton: it starts, has what its sizes say, can be changed, and leaves nothing behind."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import httpx
import psutil
import pytest

from pipeline.local.tryton import environment, processes, server, template
from pipeline.local.tryton.server import TrytonServer
from pipeline.local.tryton.sizes import SMALL
from schemas.errors import ConfigError, Retryable
from tests.support import tryton_truth
from tests.support.tryton import cache_dir

pytestmark = pytest.mark.tryton


async def until(condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)
    assert condition(), what


async def rest(tryton: TrytonServer, path: str, key: str | None = None) -> httpx.Response:
    url = f"{tryton.base_url}/{tryton.database}/rest/model/{path}"
    async with httpx.AsyncClient() as client:
        return await client.get(url, headers={"Authorization": f"bearer {key or tryton.rest_key}"})


async def test_a_started_tryton_has_what_its_sizes_say(tmp_path: Path):
    async with TrytonServer.start(cache_dir(), tmp_path, SMALL) as tryton:
        truth = tryton_truth.read(tryton.sqlite_file)
        counts = tryton_truth.counts(truth)
        answer = await rest(tryton, "timesheet.line?f=id")
        assert (await rest(tryton, "timesheet.line?f=id", "wrong")).status_code == 401
    assert len(answer.json()) == SMALL.timesheet_lines
    assert counts["company"] == 1
    assert counts["party"] == SMALL.parties + SMALL.employees + 1
    assert counts["employee"] == SMALL.employees
    assert counts["project"] == SMALL.projects
    assert counts["project_task"] == SMALL.projects * SMALL.tasks_per_project
    assert counts["time_entry"] == SMALL.timesheet_lines
    assert counts["product"] == SMALL.products
    assert counts["sales_order"] == SMALL.sales_orders
    assert counts["sales_invoice"] == SMALL.customer_invoices
    assert counts["purchase_invoice"] == SMALL.supplier_invoices


async def test_the_made_up_company_has_all_the_cases_a_connector_must_know(tmp_path: Path):
    async with TrytonServer.start(cache_dir(), tmp_path, SMALL) as tryton:
        truth = tryton_truth.read(tryton.sqlite_file)
    customers, suppliers = set(truth["customer"]), set(truth["supplier"])
    assert customers & suppliers
    assert customers - suppliers
    assert suppliers - customers
    assert set(truth["party"]) - customers - suppliers
    assert any(not party["active"] for party in truth["party"].values())
    assert any(not product["active"] for product in truth["product"].values())
    assert {employee["end_date"] is None for employee in truth["employee"].values()} == {True, False}
    assert {invoice["state"] for invoice in truth["sales_invoice"].values()} == {"draft", "posted"}
    assert any(invoice["net"] < 0 for invoice in truth["sales_invoice"].values())
    assert {invoice["currency"] for invoice in truth["sales_invoice"].values()} == {"NOK", "EUR"}
    assert {order["state"] for order in truth["sales_order"].values()} == {
        "draft",
        "quotation",
        "processing",
        "cancelled",
    }
    assert any(project["parent"] for project in truth["project"].values())
    assert {project["status"] for project in truth["project"].values()} == {"Open", "Done"}
    entries = truth["time_entry"].values()
    assert {entry["project_task"] is None for entry in entries} == {True, False}
    assert all(entry["project"] is not None and entry["hours"] > 0 for entry in entries)


async def test_the_truth_agrees_with_tryton_about_money_and_hours(tmp_path: Path):
    async with TrytonServer.start(cache_dir(), tmp_path, SMALL) as tryton:
        truth = tryton_truth.read(tryton.sqlite_file)
        for kind, model in (
            ("sales_order", "sale.sale"),
            ("sales_invoice", "account.invoice"),
            ("purchase_invoice", "account.invoice"),
        ):
            fields = ["untaxed_amount", "total_amount"]
            for row in await tryton.rpc.read(model, [int(id) for id in truth[kind]], fields):
                known = truth[kind][str(row["id"])]
                assert row["untaxed_amount"] == known["net"], known
                assert known["total"] in (None, row["total_amount"]), known
        durations = await tryton.rpc.read("timesheet.line", [int(id) for id in truth["time_entry"]], ["duration"])
        products = await tryton.rpc.read(
            "product.product", [int(id) for id in truth["product"]], ["list_price_used", "cost_price"]
        )
    for row in durations:
        assert Decimal(str(row["duration"].total_seconds())) / 3600 == truth["time_entry"][str(row["id"])]["hours"]
    for row in products:
        known = truth["product"][str(row["id"])]
        assert (row["list_price_used"], row["cost_price"]) == (known["sales_price"], known["cost_price"])


async def test_changes_through_rpc_are_seen_in_the_truth(tmp_path: Path):
    async with TrytonServer.start(cache_dir(), tmp_path, SMALL) as tryton:
        [made] = await tryton.rpc.create("party.party", {"name": "Nyberg Murmester AS"})
        assert tryton_truth.read(tryton.sqlite_file)["party"][str(made)]["name"] == "Nyberg Murmester AS"
        await tryton.rpc.write("party.party", [made], {"name": "Nyberg Mur AS"})
        await tryton.rpc.archive("party.party", [made])
        known = tryton_truth.read(tryton.sqlite_file)["party"][str(made)]
        assert (known["name"], known["active"]) == ("Nyberg Mur AS", False)
        assert made not in await tryton.rpc.search("party.party", [])
        await tryton.rpc.archive("party.party", [made], archived=False)
        await tryton.rpc.delete("party.party", [made])
        assert str(made) not in tryton_truth.read(tryton.sqlite_file)["party"]
        assert (await rest(tryton, f"party.party/{made}")).status_code == 404


async def test_two_at_once_do_not_collide(tmp_path: Path):
    async with (
        TrytonServer.start(cache_dir(), tmp_path / "one", SMALL) as one,
        TrytonServer.start(cache_dir(), tmp_path / "two", SMALL) as two,
    ):
        assert one.base_url != two.base_url
        [made] = await one.rpc.create("party.party", {"name": "Only in one AS"})
        assert (await rest(one, f"party.party/{made}")).status_code == 200
        assert (await rest(two, f"party.party/{made}")).status_code == 404


async def test_a_stopped_tryton_leaves_no_process_and_a_new_start_is_fresh(tmp_path: Path):
    async with TrytonServer.start(cache_dir(), tmp_path, SMALL) as tryton:
        before = tryton_truth.counts(tryton_truth.read(tryton.sqlite_file))
        await tryton.rpc.create("party.party", {"name": "Soon forgotten AS"})
        assert psutil.pid_exists(tryton.pid)
    assert not psutil.pid_exists(tryton.pid)
    async with TrytonServer.start(cache_dir(), tmp_path, SMALL) as again:
        assert tryton_truth.counts(tryton_truth.read(again.sqlite_file)) == before


async def test_an_error_inside_the_block_stops_the_server_too(tmp_path: Path):
    with pytest.raises(RuntimeError, match="of the test"):
        async with TrytonServer.start(cache_dir(), tmp_path, SMALL) as tryton:
            raise RuntimeError("of the test")
    assert not psutil.pid_exists(tryton.pid)


PARENT = """
import asyncio, sys
from pathlib import Path
from pipeline.local.tryton.server import TrytonServer
from pipeline.local.tryton.sizes import SMALL

async def main():
    async with TrytonServer.start(Path(sys.argv[1]), Path(sys.argv[2]), SMALL) as tryton:
        print(tryton.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_server_ends_when_its_parent_is_killed(tmp_path: Path):
    root = Path(processes.__file__).parents[3]
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PARENT,
        str(cache_dir()),
        str(tmp_path),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    assert psutil.pid_exists(pid)
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    await until(lambda: not _runs(pid), "the server outlived its parent")


async def test_tryton_itself_finds_every_seeded_record_valid(tmp_path: Path):
    python = await environment.ensure(cache_dir())
    model = await template.ensure(python, cache_dir(), SMALL)
    model.copy_to(tmp_path)
    config = template.write_config(tmp_path)
    names = ["party.party", "party.address", "party.contact_mechanism", "party.identifier", "company.company"]
    names += ["company.employee", "product.template", "product.product", "project.work", "timesheet.work"]
    names += ["timesheet.line", "sale.sale", "sale.line", "account.invoice", "account.invoice.line", "account.move"]
    names += ["account.move.line", "account.account", "account.fiscalyear", "account.period", "currency.currency"]
    admin = [str(python.python), "-m", "trytond.cli.admin", "-c", str(config), "-d", template.DATABASE]
    log = tmp_path / "validate.log"
    assert await processes.run([*admin, "-vv", "--validate", *names], log) == 0
    found = log.read_text()
    assert found.count(": OK") > SMALL.parties + SMALL.timesheet_lines
    assert "KO" not in found


async def test_a_server_that_dies_is_told_with_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def broken(directory: Path, *, listen: str) -> Path:
        (directory / "tryton.conf").write_text(f"listen {listen}")
        return directory / "tryton.conf"

    monkeypatch.setattr(template, "write_config", broken)
    with pytest.raises(ConfigError, match=r"tryton\.log.*MissingSectionHeaderError"):
        async with TrytonServer.start(cache_dir(), tmp_path, SMALL):
            pass


async def test_a_server_that_stays_silent_is_given_up_and_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def broken(_: template.Template, directory: Path) -> Path:
        return Path(shutil.copyfile(__file__, directory / template.FILE))

    monkeypatch.setattr(template.Template, "copy_to", broken)
    monkeypatch.setattr(server, "READY_SECONDS", 3.0)
    with pytest.raises(Retryable, match="file is not a database"):
        async with TrytonServer.start(cache_dir(), tmp_path, SMALL):
            pass
    assert not [child for child in psutil.Process().children(recursive=True) if str(tmp_path) in child.cmdline()]


async def test_a_port_that_somebody_else_took_is_not_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    free_port = server._free_port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = iter([taken.getsockname()[1], free_port()])
        monkeypatch.setattr(server, "_free_port", lambda: next(ports))
        async with TrytonServer.start(cache_dir(), tmp_path, SMALL) as tryton:
            assert (await rest(tryton, "company.company")).status_code == 200


def _runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
