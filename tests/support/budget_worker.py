"""One of several processes that ask the same server as often as its limit lets them.

python -m tests.support.budget_worker STORE URL FIRST TASKS SECONDS. Prints when its requests left, by a clock that all
processes of a machine share.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from datetime import timedelta

from connectors.base import Mode
from connectors.exchange import Departure
from connectors.http import HttpClient, Request
from connectors.limits import Limit, Limits
from pipeline.budgets.bounds import bounds
from pipeline.budgets.gate import Gate, Turns
from pipeline.budgets.gated import GatedHttp
from pipeline.budgets.lanes import lane_of
from pipeline.clock import SystemClock
from pipeline.store.engine import Store

LIMITS = Limits(rates=(Limit(requests=10, per=timedelta(seconds=1), scope="application"),))


async def main(url: str, server: str, first: int, tasks: int, seconds: float) -> None:
    """Ask until the time is over; every task is a connection of its own."""
    turns, until = Turns(), time.monotonic() + seconds
    left: list[float] = []
    async with Store.open(url) as store, HttpClient() as http:
        gates = [
            Watched(Gate(store, SystemClock(), LIMITS, bounds(LIMITS, "toy", f"c{n}", f"c{n}"), turns), left)
            for n in range(first, first + tasks)
        ]
        await asyncio.gather(*(_connection(GatedHttp(http, gate), server, until) for gate in gates))
    print(json.dumps(left))


class Watched:
    """A gate that notes when what passed it left."""

    def __init__(self, gate: Gate, left: list[float]) -> None:
        self._gate = gate
        self._left = left

    async def enter(self) -> Departure:
        departure = await self._gate.enter()

        async def departs() -> None:
            await departure()
            self._left.append(time.monotonic())

        return departs

    async def learned(self, status: int, headers: Mapping[str, str]) -> None:
        await self._gate.learned(status, headers)


async def _connection(http: GatedHttp, server: str, until: float) -> None:
    with lane_of(Mode.BACKFILL):
        while time.monotonic() < until:
            await http.send(Request("GET", server))


if __name__ == "__main__":
    store_url, server_url, number, count, length = sys.argv[1:]
    asyncio.run(main(store_url, server_url, int(number), int(count), float(length)))
