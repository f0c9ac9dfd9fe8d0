"""When a stream is due next: pure functions of its rule, its failures and the time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from connectors.lag import cadence
from connectors.spec import StreamSpec

FIRST_RETRY = timedelta(seconds=10)
LAST_RETRY = timedelta(minutes=30)


def every(stream: StreamSpec, schedule: Mapping[str, Any], what: str = "every") -> timedelta:
    """The interval of a stream's polls (``every``) or delete detection (``deletes_every``).

    A connection's schedule is ``{"every": seconds, "deletes_every": seconds, "streams": {NAME: the same}}``; what it
    leaves out comes from the spec.
    """
    own = schedule.get("streams", {}).get(stream.name, {})
    seconds = own.get(what, schedule.get(what))
    interval = stream.deletes_every if what == "deletes_every" else cadence(stream)
    return interval if seconds is None else timedelta(seconds=float(seconds))


def next_due(now: datetime, interval: timedelta, seed: str) -> datetime:
    """The next instant on the stream's own grid: ``seed`` shifts it, so that a thousand connections do not meet."""
    step = max(interval.total_seconds(), 0.05)
    offset = crc32(seed.encode()) % 100_000 / 100_000 * step
    elapsed = now.timestamp() - offset
    steps = math.floor(elapsed / step) + 1
    return datetime.fromtimestamp(steps * step + offset, UTC)


def after_failure(now: datetime, failures: int, retry_after: float | None) -> datetime:
    """When to try again after the ``failures``-th failure in a row; never sooner than the ERP asked for."""
    pause = min(FIRST_RETRY * (1 << min(failures - 1, 12)), LAST_RETRY)
    return now + max(pause, timedelta(seconds=retry_after or 0))
