"""Replays of one group that several processes start at once and that are killed: each letter takes effect once.

The small version of ``python -m tests.support.replay_kills``; the nightly run has REPLAYS=100 REPLAY_LETTERS=1200
REPLAY_KILLS=40, and freezes on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys

import pytest

from pipeline.aws.access import AwsAccess
from tests.support.replay_kills.ports import STEPS
from tests.support.replay_kills.storm import Scale, hows, storm
from tests.support.replay_kills.verdict import Outcome
from tests.support.stores import POSTGRES, new_database

LETTERS = int(os.environ.get("REPLAY_LETTERS", "60"))
REPLAYS = int(os.environ.get("REPLAYS", "20"))
KILLS = int(os.environ.get("REPLAY_KILLS", "3"))
SEED = int(os.environ.get("KILLS_SEED", "1"))
AT_NIGHT = KILLS >= 20
HAND = r"replay \d+|replay \d+, (message|\d+):\S+ and \d+ more|\d+-\d+(/\d+)?|message:\d+|reader"
"""A replay, a portion of it, a page or the run of an event, a message, a queue."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks its processes from a server, and freezes them")


@pytest.fixture(scope="module", params=["sqlite", POSTGRES])
def struck(request: pytest.FixtureRequest, aws: AwsAccess, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    home = tmp_path_factory.mktemp(request.param)
    url = f"sqlite:///{home / 'store.sqlite3'}"
    if request.param != "sqlite":
        url = new_database(request.getfixturevalue("postgres_server"))
    scale = Scale(LETTERS, REPLAYS, KILLS, hows(request.param, AT_NIGHT), SEED, most=3600 if AT_NIGHT else 240)
    outcome = asyncio.run(storm(aws, url, home, scale))
    print(outcome.figures)
    return outcome


def test_each_letter_takes_effect_once_however_many_replays_run_it_and_are_killed(struck: Outcome) -> None:
    """The ledger, the books, the letters, the replays' own figures and what a subscriber has: see the verdict."""
    assert struck.wrong == []
    assert struck.figures["replays"] >= REPLAYS
    assert struck.figures["taken over"] > 0


def test_replays_were_killed_at_every_step_with_their_portion_in_hand(struck: Outcome) -> None:
    ways = hows(struck.figures["store"], AT_NIGHT)
    found = {(blow.step, blow.how): blow for blow in struck.blows if blow.step}
    assert set(found) == {(step, how) for steps in STEPS.values() for step in steps for how in ways}
    for place, blow in found.items():
        assert re.fullmatch(HAND, str(blow.page)), f"{place}: {blow.page}"
    inside = ("found", "mapped", "deciding", "decided", "told", "taking", "taken", "handed", "settling", "settled")
    assert [step for step in inside if not found[step, "kill"].hand] == []


def test_events_may_come_twice_and_no_more_are_decided(struck: Outcome) -> None:
    figures = struck.figures
    assert figures["deliveries"] == figures["events"] + figures["duplicates"]
    assert figures["duplicates"] > 0
