"""The benchmark of replays measures what it says, small; and a set rate is kept when a replay really runs."""

from __future__ import annotations

import subprocess
import urllib.request

import pytest

from benchmarks import replay
from benchmarks.replay import KEPT, Shape
from pipeline.aws.access import AwsAccess


@pytest.mark.postgres
async def test_two_processes_replay_all_letters_and_the_sink_takes_each_event(
    aws: AwsAccess, postgres_server: str
) -> None:
    with replay.sinking() as sink:
        found = await replay.replayed(aws, postgres_server, sink, Shape("customers", 200, 10, 2))
        assert replay.taken(sink) == 200
    assert found["per_second"] > 0
    assert min(found["cpu_us_per_letter"].values()) > 0


@pytest.mark.postgres
@pytest.mark.moments
async def test_a_set_rate_is_kept_when_a_replay_runs(aws: AwsAccess, postgres_server: str) -> None:
    with replay.sinking() as sink:
        found = await replay.replayed(aws, postgres_server, sink, Shape("customers", 200, 4, 1, rate=50.0))
    assert found["per_second"] == pytest.approx(50, rel=KEPT)


def test_the_sink_counts_what_a_request_in_pieces_brings() -> None:
    body = b"Action=PublishBatch&a.member.1.Message=x&a.member.2.Message=y"
    with replay.sinking() as sink:
        for _ in range(2):
            urllib.request.urlopen(sink, data=body).read()
        assert replay.taken(sink) == 4


def test_a_process_that_ends_by_itself_is_told() -> None:
    with subprocess.Popen(["true"], stdout=subprocess.PIPE) as process, pytest.raises(RuntimeError, match="by itself"):
        replay._hear(process)
