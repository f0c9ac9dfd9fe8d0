"""The lane of the requests that a task makes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from connectors.base import Mode
from pipeline.budgets.pacing import Lane

_lane: ContextVar[Lane] = ContextVar("lane", default=Lane.INCREMENT)

_HEAVY = (Mode.BACKFILL, Mode.SCAN, Mode.KEYS)


@contextmanager
def lane_of(mode: Mode) -> Iterator[None]:
    """Requests within go by the lane of the mode."""
    token = _lane.set(Lane.BACKFILL if mode in _HEAVY else Lane.INCREMENT)
    try:
        yield
    finally:
        _lane.reset(token)


def present() -> Lane:
    """The lane of this task."""
    return _lane.get()
