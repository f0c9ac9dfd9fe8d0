"""Real workers that are killed (and on PostgreSQL frozen) at random moments and at every named step of theirs.

The small version of ``python -m tests.support.kills``, which the nightly run has with KILLS=300 KILLS_RECORDS=100000.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from itertools import product
from typing import Any

import pytest

from pipeline.aws.access import AwsAccess
from tests.support.kills.scales import Weather, scale_of, weather_of
from tests.support.kills.steps import STEPS
from tests.support.kills.storm import refused_when_deferred, storm
from tests.support.kills.verdict import Outcome, differences
from tests.support.stores import POSTGRES, new_database

RECORDS = int(os.environ.get("KILLS_RECORDS", "4800"))
KILLS = int(os.environ.get("KILLS", "12"))
SEED = int(os.environ.get("KILLS_SEED", "1"))
PAGE = r"\d+-\d+(/\d+)?"
"""A run, and the number of the page where it is known."""
NO_PAGE = {("scheduler", "woken"), ("connector", "received"), ("connector", "acknowledging")}
"""Steps where a wake-up is in hand."""
NAMES = {("connector", "fetched"): r"c\d+/\w+", ("connector", "archived"): rf"raw/c\d+/c\d+/{PAGE}-.*"}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks its workers from a server, and freezes them")


@pytest.fixture(scope="module")
def calm(aws: AwsAccess, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The undisturbed run that the others must end like."""
    home = tmp_path_factory.mktemp("calm")
    return asyncio.run(storm(aws, f"sqlite:///{home / 'store.sqlite3'}", home, scale_of(RECORDS), Weather()))


@pytest.fixture(scope="module", params=["sqlite", POSTGRES])
def struck(request: pytest.FixtureRequest, aws: AwsAccess, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    home = tmp_path_factory.mktemp(request.param)
    url = f"sqlite:///{home / 'store.sqlite3'}"
    if request.param != "sqlite":
        url = new_database(request.getfixturevalue("postgres_server"))
    outcome = asyncio.run(storm(aws, url, home, scale_of(RECORDS), weather_of(request.param, KILLS, SEED)))
    print(outcome.figures)
    return outcome


def test_an_undisturbed_run_ends_well(calm: Outcome) -> None:
    assert calm.wrong == []
    assert calm.refused == []
    assert len(calm.state) > RECORDS


def test_struck_workers_leave_what_an_undisturbed_run_leaves(calm: Outcome, struck: Outcome) -> None:
    assert struck.wrong == []
    assert differences(calm, struck) == []
    assert struck.figures["kills"] >= KILLS + sum(map(len, STEPS.values()))


def test_every_step_was_struck_with_its_page_in_hand(struck: Outcome) -> None:
    hows = ["kill"] if struck.figures["store"] == "sqlite" else ["kill", "freeze"]
    found = {(blow.kind, blow.step, blow.how): blow for blow in struck.blows}
    for (kind, step), how in product(((kind, step) for kind, steps in STEPS.items() for step in steps), hows):
        wanted = r"c\d+" if (kind, step) in NO_PAGE else NAMES.get((kind, step), PAGE)
        page = found[kind, step, how].page
        assert re.fullmatch(wanted, str(page)), f"{kind} {step} {how}: {page}"


def test_workers_struck_at_random_had_pages_in_hand(struck: Outcome) -> None:
    at_random = [blow for blow in struck.blows if blow.step is None and blow.how == "kill"]
    assert len(at_random) == KILLS
    assert any(blow.hand for blow in at_random)


def test_what_was_told_twice_is_counted_and_had_one_effect(struck: Outcome) -> None:
    """That each event was decided once, and each entity created once, is among what ``wrong`` has."""
    figures: dict[str, Any] = struck.figures
    assert figures["deliveries"] == figures["events"] + figures["duplicates"]
    assert figures["duplicates"] > 0
    assert figures["news"] <= figures["events"]


def test_frozen_workers_slept_until_their_pages_were_given_to_others(struck: Outcome) -> None:
    if struck.figures["store"] == "postgresql":
        assert struck.figures["frozen pages given to others"] > 0


def test_sqlite_refuses_no_transaction_however_often_its_writers_are_killed(struck: Outcome) -> None:
    if struck.figures["store"] == "sqlite":
        assert struck.refused == []


def test_sqlite_without_begin_immediate_is_noticed(aws: AwsAccess, tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("deferred")
    found = asyncio.run(refused_when_deferred(aws, f"sqlite:///{home / 'store.sqlite3'}", home, scale_of(RECORDS)))
    assert any("database is locked" in text for text in found)
