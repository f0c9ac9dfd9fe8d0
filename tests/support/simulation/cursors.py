"""Claims about cursors, watched as they are written: only increments and first loads move them, a scan never does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from connectors.base import Mode
from pipeline.stages.reading import RunReader
from pipeline.store import streams

if TYPE_CHECKING:
    from tests.support.simulation.world import World

_SCANNING: ContextVar[bool] = ContextVar("scanning", default=False)


@contextmanager
def watched_cursors(world: World) -> Iterator[None]:
    """Break the simulation off where a scan or a list of keys writes a cursor."""
    finish, settle = RunReader._finish, streams.settle

    async def finishing(self: RunReader, tx: Any, at: Any, run: Any, read: Any) -> None:
        token = _SCANNING.set(run.mode in (Mode.SCAN, Mode.KEYS))
        try:
            await finish(self, tx, at, run, read)
        finally:
            _SCANNING.reset(token)

    async def settling(tx: Any, stream_id: int, **values: Any) -> None:
        if _SCANNING.get() and "cursor" in values:
            world.break_off(f"cursor: a scan moved that of stream {stream_id}")
        await settle(tx, stream_id, **values)

    with patch.object(RunReader, "_finish", finishing), patch.object(streams, "settle", settling):
        yield
