"""One process that replays: ``python -m benchmarks.replaying``; its order is one line of JSON on standard input.

It says ``ready`` when everything is open, begins with the next line, and says in the end what it took.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import orjson

from benchmarks.invoices import Source
from benchmarks.rejects import registry
from distributor.endings import Tally
from pipeline import bootstrap
from pipeline.aws.clients import open_client
from pipeline.bootstrap import Runtime
from pipeline.broker.sns import Topics
from pipeline.deadletters.ordering import Order
from pipeline.deadletters.steps import Steps
from pipeline.observability import configure_logs
from pipeline.process import spare_the_collector
from pipeline.settings import Settings
from pipeline.store.letter_search import Filter

ARN = "arn:aws:sns:eu-north-1:000000000000:"


async def run(order: dict[str, Any]) -> None:
    """Begin one replay, and follow it to its end."""
    settings = Settings(**order["settings"])
    async with (
        bootstrap.open_runtime(settings, registry(Source([]))) as opened,
        _to_sink(opened, order["sink"]) as runtime,
    ):
        replayer = bootstrap.replayer(runtime)
        wanted = Order(Filter.from_json(order["filter"]), Steps(), order["rate"], "benchmark")
        number = await replayer.begin(wanted, Tally())
        spare_the_collector()
        _say({"ready": True})
        await asyncio.to_thread(sys.stdin.readline)
        begun, cpu = time.perf_counter(), time.process_time()
        ended = await replayer.work(number)
        assert ended is not None
        wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
        _say({"letters": ended.outcomes.letters, "outcomes": ended.outcomes.as_json(), "wall": wall, "cpu": cpu})


@asynccontextmanager
async def _to_sink(runtime: Runtime, sink: str | None) -> AsyncIterator[Runtime]:
    """The runtime with SNS at the sink."""
    if sink is None:
        yield runtime
        return
    async with open_client("sns", replace(bootstrap.access(runtime.settings), endpoint=sink)) as client:
        yield replace(runtime, broker=Topics(client, ARN))  # type: ignore[arg-type]  # nothing else is asked of it


def _say(what: dict[str, Any]) -> None:
    print(orjson.dumps(what).decode(), flush=True)


if __name__ == "__main__":
    configure_logs("error")
    asyncio.run(run(orjson.loads(sys.stdin.readline())))
