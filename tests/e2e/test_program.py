"""The programs that run until they are stopped, each as a process: what the documents show of them holds."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import urllib.request
from typing import Any

import httpx
import pytest

from pipeline import bootstrap
from pipeline.local.process import free_port
from tests.support.acme import EXAMPLE, ROOT, SECONDS, World, wait_for


def test_up_reads_a_new_connection_and_stops_at_a_signal(acme_world: World) -> None:
    acme_world.connect()
    runs = acme_world.json("erpflow runs list --connection north-acme --most 100 --json")
    first_loads = {run["stream"]: run["read"] for run in runs if run["mode"] == "backfill"}
    assert first_loads == {"customers": 120, "jobs": 30, "hours": 60}
    assert all(run["balanced"] for run in runs)


@pytest.mark.parametrize("worker", list(bootstrap.WORKERS))
def test_a_worker_by_itself_runs_until_a_signal(acme_world: World, worker: str) -> None:
    with acme_world.running("run", worker) as process:
        assert process.stderr is not None
        started = json.loads(process.stderr.readline())
        assert (started["action"], started["workers"]) == ("started", [worker])
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0


@pytest.mark.parametrize(("worker", "status"), [("deadletters", 200), ("transformer", 404)])
def test_the_worker_of_the_desk_shows_what_waits_to_prometheus(acme_world: World, worker: str, status: int) -> None:
    with acme_world.running("run", worker, ERPFLOW_HEALTH_PORT="0") as process:
        assert process.stderr is not None
        port = json.loads(process.stderr.readline())["health_port"]
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=SECONDS)
    assert answer.status_code == status
    assert ("# TYPE erpflow_dead_letters gauge" in answer.text) == (status == 200)


@pytest.mark.parametrize(
    ("topic", "change", "expected"),
    [
        ("information-customer", {"name": "Heard AS"}, "erpflow.customer.updated.v1"),
        ("notification-rejects", {"no": {}}, "erpflow.notification.reject-opened.v1"),
    ],
)
def test_tap_shows_live_events(acme_world: World, topic: str, change: dict[str, Any], expected: str) -> None:
    acme_world.connect()
    with acme_world.running("tap", topic, "--most", "1") as process:
        lines: list[str] = []
        assert process.stdout is not None
        reader = threading.Thread(target=lambda out: lines.append(out.readline()), args=[process.stdout])
        reader.start()
        customer = 7 if topic.startswith("information") else 8
        _change_until(acme_world, customer, change, lambda: bool(lines) or process.poll() is not None)
        assert process.wait(SECONDS) == 0
        reader.join()
    event = json.loads(lines[0])
    assert event["type"] == expected
    acme_world.acme.put("customers", customer, name="As before AS", no=f"C{customer:06}")


def _change_until(world: World, customer: int, change: dict[str, Any], heard: Any) -> None:
    """Change the record anew until somebody heard of it: there is no sign of when tap's queue is subscribed."""
    turn = 0

    def changed() -> bool:
        nonlocal turn
        turn += 1
        name = f"{change.get('name', 'Rejected')} {turn}"
        world.acme.put("customers", customer, **{**change, "name": name})
        assert world.run("erpflow sync north-acme --stream customers").returncode == 0
        return bool(heard())

    wait_for(changed)


def test_the_example_server_serves_its_records() -> None:
    port = free_port()
    command = [sys.executable, str(EXAMPLE / "acme_server.py"), "--port", str(port), "--customers", "3"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            found = _customers(port)
        finally:
            process.kill()
    assert [customer["no"] for customer in found] == ["C000001", "C000002", "C000003"]


def _customers(port: int) -> list[dict[str, Any]]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/customers", headers={"X-Api-Key": "acme-key"})
    answers: list[Any] = []

    def answered() -> bool:
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                answers.append(json.load(response))
        except OSError:
            return False
        return True

    wait_for(answered, 20)
    return list(answers[0]["data"])


def test_the_example_connector_passes_its_own_tests() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "examples/acme-connector"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
