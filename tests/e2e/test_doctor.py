"""``erpflow doctor``: a line for each thing, and what to do where it is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from pipeline.aws.access import AwsAccess
from pipeline.local.process import free_port
from tests.support.program import Done, environment, erpflow
from tests.support.systems import OWN


class Site:
    """A deployment's environment on the MiniStack of this session."""

    def __init__(self, place: Path, aws: AwsAccess, prefix: str) -> None:
        self.place = place
        self.env = environment(
            place, ERPFLOW_STORE=f"sqlite:///{place}/store.sqlite3", ERPFLOW_HOME=str(place), ERP_KEY="a-key",
            ERPFLOW_ENDPOINT=str(aws.endpoint), ERPFLOW_REGION=aws.region, ERPFLOW_ACCESS_KEY=str(aws.access_key),
            ERPFLOW_SECRET_KEY=str(aws.secret_key), ERPFLOW_PREFIX=prefix, ERPFLOW_BUCKET=f"{prefix}archive",
        )  # fmt: skip

    def run(self, *arguments: str, **variables: str) -> Done:
        return erpflow({**self.env, **variables}, self.place, *arguments)

    def doctor(self, expected: int, **variables: str) -> dict[str, Any]:
        """The findings of ``erpflow doctor --json`` by what was looked at."""
        done = self.run("doctor", "--json", **variables)
        assert (done.status, done.err) == (expected, "")
        report = json.loads(done.out)
        assert report["ok"] is (expected == 0)
        return {one["what"]: one for one in report["findings"]}


def test_doctor_leads_from_nothing_to_a_deployment_that_stands(tmp_path: Path, aws: AwsAccess, prefix: str) -> None:
    site = Site(tmp_path, aws, prefix)
    found = site.doctor(1)
    assert found["environment"]["ok"]
    assert found["connector tryton"]["ok"]
    assert found["AWS"]["said"].endswith("parts of the topology are missing; run erpflow topology apply")
    assert found["store"]["said"] == "The store has no tables yet; run erpflow store migrate"
    assert not (tmp_path / "data.key").exists(), "looking makes no key"

    assert site.run("topology", "apply").status == 0
    assert site.run("store", "migrate").status == 0
    given = ["--setting", "base_url=http://x", "--setting", "database=x", "--secret", "key=ERP_KEY"]
    added = site.run("connections", "add", "north", "--system", "tryton", "--tenant", "n", "--company", "1", *given)
    assert added.status == 0, added.err
    done = site.run("doctor")
    assert (done.status, done.err) == (0, "")
    assert [line.partition(":")[0] for line in done.out.splitlines()] == [
        "ok     environment", *(f"ok     connector {system}" for system in OWN), "ok     AWS", "ok     store",
        "ok     connection north",
    ]  # fmt: skip


def test_doctor_finds_credentials_that_the_data_key_does_not_open(tmp_path: Path, aws: AwsAccess, prefix: str) -> None:
    site = Site(tmp_path, aws, prefix)
    given = ["--setting", "base_url=http://x", "--setting", "database=x", "--secret", "key=ERP_KEY"]
    added = site.run("connections", "add", "north", "--system", "tryton", "--tenant", "n", "--company", "1", *given)
    assert added.status == 0, added.err
    other = site.run("doctor", "--new-data-key").out.strip()
    Fernet(other)
    found = site.doctor(1, ERPFLOW_DATA_KEY=other)
    assert "cannot be decrypted with this data key; restore the key" in found["connection north"]["said"]
    (tmp_path / "data.key").unlink()
    assert site.doctor(1)["data key"]["said"].startswith("There is no data key in ")
    repaired = site.run("connections", "authorize", "north", "--secret", "key=ERP_KEY", ERPFLOW_DATA_KEY=other)
    assert repaired.status == 0, repaired.err
    assert site.doctor(1, ERPFLOW_DATA_KEY=other)["connection north"]["ok"]


def test_doctor_says_what_cannot_be_reached(tmp_path: Path, aws: AwsAccess, prefix: str) -> None:
    site = Site(tmp_path, aws, prefix)
    found = site.doctor(1, ERPFLOW_ENDPOINT=f"http://127.0.0.1:{free_port()}", ERPFLOW_STORE="sqlite:////nowhere/x")
    assert "Could not connect to the endpoint URL" in found["AWS"]["said"]
    assert found["store"]["said"].startswith("The store cannot be the file /nowhere/x: there is no folder /nowhere;")
    del site.env["ERPFLOW_STORE"]
    found = site.doctor(1)
    assert set(found) == {"environment", *(f"connector {system}" for system in OWN)}
    assert found["environment"]["said"].startswith("The environment variable ERPFLOW_STORE is not set;")
