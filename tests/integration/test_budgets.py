"""Limits are kept over all workers, whatever they do; what changed goes first."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast

import pytest
from aiohttp import web

from connectors.base import Mode
from connectors.http import HttpClient, Request
from connectors.limits import Limit, Limits, QuotaHeaders
from connectors.retry import NEVER
from pipeline.budgets.bounds import bounds
from pipeline.budgets.gate import Gate, Turns
from pipeline.budgets.gated import GatedHttp
from pipeline.budgets.lanes import lane_of
from pipeline.clock import SystemClock
from pipeline.store.engine import Store
from schemas.errors import RateLimited
from tests.support.budget_worker import LIMITS

pytestmark = pytest.mark.moments
WORKERS, CONNECTIONS, SECONDS = 3, 40, "8"


ATTEMPTS, TRUSTED = 2, 0.02
"""Seconds. A server that itself runs later than this cannot tell exactly when it was asked: it is tried again, and on a
machine that stays so busy, what is seen is as blurred as the server was late."""


@asynccontextmanager
async def watched_lag() -> AsyncIterator[list[float]]:
    """By how many seconds this process ran late, as long as it is looked at."""
    lag = [0.0]

    async def watch() -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.005)
            lag.append(time.monotonic() - began - 0.005)

    task = asyncio.create_task(watch())
    try:
        yield lag
    finally:
        task.cancel()


class Erp:
    """A server that notes when it was asked, and answers with the headers it was given."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(time.monotonic())
        return web.json_response({}, status=self.status, headers=self.headers)


def most_in(times: list[float], seconds: float) -> int:
    return max(sum(1 for other in times if at <= other < at + seconds) for at in times)


@pytest.fixture
async def erp() -> AsyncIterator[Erp]:
    made = Erp()
    app = web.Application()
    app.router.add_get("/", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield made
    await runner.cleanup()


def gate(store: Store, limits: Limits, turns: Turns, connection: str = "c") -> Gate:
    return Gate(store, SystemClock(), limits, bounds(limits, "toy", connection, connection), turns)


async def test_three_workers_with_forty_connections_keep_one_limit_and_use_it(
    store: Store, store_url: str, erp: Erp
) -> None:
    share = -(-CONNECTIONS // WORKERS)
    program = [sys.executable, "-m", "tests.support.budget_worker", store_url, erp.url]
    firsts = [str(number * share) for number in range(WORKERS)]

    async def said(first: str) -> list[float]:
        """What a worker says when its requests left."""
        worker = await asyncio.create_subprocess_exec(*program, first, str(share), SECONDS, stdout=PIPE)
        printed, _ = await worker.communicate()
        assert worker.returncode == 0
        return cast(list[float], json.loads(printed))

    for _ in range(ATTEMPTS):
        erp.asked.clear()
        async with watched_lag() as lag:
            left = [at for times in await asyncio.gather(*map(said, firsts)) for at in times]
        if max(lag) < TRUSTED:
            break
    blur, busy = max(lag), max(lag) >= TRUSTED
    assert len(left) == len(erp.asked)
    assert most_in(left, 1.0) <= 10
    assert most_in(erp.asked, 1 - blur) <= 10
    assert (len(erp.asked) - 1) / (erp.asked[-1] - erp.asked[0]) >= (6.0 if busy else 9.0)


async def after(seconds: float) -> None:
    """What a connection that takes so long to stand does to its request."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await asyncio.sleep(0.005)


async def test_a_request_whose_connection_stands_too_late_leaves_behind_those_that_have_their_slots(
    store: Store,
) -> None:
    gates = gate(store, Limits(rates=(Limit(requests=1, per=timedelta(seconds=1)),)), Turns())
    late, punctual = await gates.enter(), await gates.enter()
    await punctual()
    left = time.monotonic()
    await late()
    assert time.monotonic() - left >= 1.0


async def test_a_late_request_with_nobody_behind_it_leaves_at_once_and_costs_no_second_slot(store: Store) -> None:
    gates = gate(store, Limits(rates=(Limit(requests=1, per=timedelta(seconds=10)),)), Turns())
    departure = await gates.enter()
    await after(0.3)
    began = time.monotonic()
    await departure()
    assert time.monotonic() - began < 5.0


async def test_an_increment_starts_within_two_seconds_of_a_crowd_of_first_loads(store: Store, erp: Erp) -> None:
    turns = Turns()
    async with HttpClient() as http:

        async def load(number: int) -> None:
            with lane_of(Mode.BACKFILL):
                while True:
                    await GatedHttp(http, gate(store, LIMITS, turns, f"c{number}")).send(Request("GET", erp.url))

        loads = [asyncio.create_task(load(number)) for number in range(40)]
        while len(erp.asked) < 15:
            await asyncio.sleep(0.01)
        began = time.monotonic()
        with lane_of(Mode.INCREMENT):
            await GatedHttp(http, gate(store, LIMITS, turns, "new")).send(Request("GET", erp.url))
        took = time.monotonic() - began
        for task in loads:
            task.cancel()
        await asyncio.wait(loads)
    assert took < 2.0


async def test_a_quota_that_is_used_up_is_waited_for_by_all_workers(store: Store, erp: Erp) -> None:
    limits = Limits(quota=QuotaHeaders(remaining="X-Left", reset="X-Reset"))
    erp.headers = {"X-Left": "0", "X-Reset": "1"}
    async with HttpClient() as http:
        for turns in (Turns(), Turns()):
            await GatedHttp(http, gate(store, limits, turns)).send(Request("GET", erp.url))
    assert erp.asked[1] - erp.asked[0] >= 0.9


async def test_a_429_without_a_word_of_when_holds_everybody_back_for_as_long_as_the_spec_says(
    store: Store, erp: Erp
) -> None:
    limits = Limits(rates=LIMITS.rates, wait=timedelta(seconds=1))
    async with HttpClient(policy=NEVER) as http:
        erp.status = 429
        with pytest.raises(RateLimited):
            await GatedHttp(http, gate(store, limits, Turns(), "a")).send(Request("GET", erp.url))
        erp.status = 200
        await GatedHttp(http, gate(store, limits, Turns(), "b")).send(Request("GET", erp.url))
    assert erp.asked[1] - erp.asked[0] >= 0.9


async def test_a_daily_quota_that_is_used_up_is_left_to_the_streams_next_due_time(store: Store, erp: Erp) -> None:
    limits = Limits(rates=(Limit(requests=1, per=timedelta(days=1)),))
    async with HttpClient() as http:
        await GatedHttp(http, gate(store, limits, Turns())).send(Request("GET", erp.url))
        with pytest.raises(RateLimited) as refused:
            await GatedHttp(http, gate(store, limits, Turns())).send(Request("GET", erp.url))
    assert refused.value.retry_after is not None
    assert refused.value.retry_after > 80_000
    assert len(erp.asked) == 1
