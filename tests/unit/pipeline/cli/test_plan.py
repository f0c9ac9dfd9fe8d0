"""The plan that ``erpflow connectors plan`` shows."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from pipeline.cli.main import app


def planned(*arguments: str) -> dict:
    done = CliRunner().invoke(app, ["connectors", "plan", *arguments, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_two_hundred_connections_of_poweroffice_get_the_cadence_that_its_application_limit_allows() -> None:
    one, many = planned("poweroffice"), planned("poweroffice", "--connections", "200")
    assert one["stretch"] == 1.0
    assert many["stretch"] > 1.0
    assert many["limits"] == [{"limit": "10 requests in 1s", "shared_by": "200 connections", "planned": "80%"}]
    asked = sum(stream["requests_a_day"] for stream in many["streams"]) * 200 / 86_400
    assert 7.5 < asked < 8.5
    customers = next(stream for stream in many["streams"] if stream["stream"] == "customers")
    assert customers["wished"] == "5m"
    assert customers["cadence"] in customers["seen"]


def test_a_system_without_limits_is_read_as_often_as_it_wishes() -> None:
    made = planned("tryton", "--connections", "5000")
    assert made["limits"] == []
    assert {stream["wished"] == stream["cadence"] for stream in made["streams"]} == {True}
