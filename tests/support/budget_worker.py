"""One of several processes that ask the same server as often as its limit lets them.

python -m tests.support.budget_worker STORE URL FIRST TASKS SECONDS.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import timedelta

from connectors.base import Mode
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
    async with Store.open(url) as store, HttpClient() as http:
        gates = [
            Gate(store, SystemClock(), LIMITS, bounds(LIMITS, "toy", f"c{n}", f"c{n}"), turns)
            for n in range(first, first + tasks)
        ]
        await asyncio.gather(*(_connection(GatedHttp(http, gate), server, until) for gate in gates))


async def _connection(http: GatedHttp, server: str, until: float) -> None:
    with lane_of(Mode.BACKFILL):
        while time.monotonic() < until:
            await http.send(Request("GET", server, sign=_stamped))


def _stamped(request: Request) -> dict[str, str]:
    """When the request left, by a clock that all processes of a machine share."""
    return {"X-Sent": repr(time.monotonic())}


if __name__ == "__main__":
    store_url, server_url, number, count, length = sys.argv[1:]
    asyncio.run(main(store_url, server_url, int(number), int(count), float(length)))
