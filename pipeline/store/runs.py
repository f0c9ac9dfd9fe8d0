"""Runs: one sync of one stream, with its pages and books."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.store.tables import runs, streams
from schemas.errors import ConfigError
from schemas.version import ReadNumber

_STANDING = ("position", "high", "pages", "records", "sighted", "keyless")
_SAVE = update(runs).where(runs.c.id == bindparam("run"))
"""Made once: it is a part of every page's transaction."""


@dataclass(slots=True)
class Run:
    """A run being read. It gets its row with its first page; scans have theirs from the start."""

    stream_id: int
    mode: str
    started: ReadNumber
    position: Any = None
    high: Any = None
    pages: int = 0
    records: int = 0
    sighted: int = 0
    keyless: int = 0
    stored: bool = field(default=False, repr=False)

    @property
    def id(self) -> str:
        """Unique store-wide, since the read number is."""
        return f"{self.started.epoch}-{self.started.number}"


async def open_run(tx: AsyncConnection, stream_id: int) -> Run | None:
    """The run of the stream that was not read to its end, if any."""
    query = select(runs).where(runs.c.stream_id == stream_id, runs.c.state == "reading")
    found = (await tx.execute(query.order_by(runs.c.started).limit(1))).one_or_none()
    return _run(found) if found else None


async def save(tx: AsyncConnection, run: Run, now: datetime) -> None:
    """Write where the run stands; makes its row at the first call."""
    values = {name: getattr(run, name) for name in _STANDING}
    if run.stored:
        await tx.execute(_SAVE, {"run": run.id, **values})
        return
    identity = {"id": run.id, "stream_id": run.stream_id, "mode": run.mode, "started": str(run.started)}
    await tx.execute(insert(runs).values(state="reading", opened_at=now, **identity, **values))
    run.stored = True


async def finish(tx: AsyncConnection, run: Run, ended: ReadNumber, now: datetime, previous: str | None) -> None:
    """Mark that the last page is in the journal. ``previous`` is the scan before, if this one is to be swept."""
    values = {"state": "read", "ended": str(ended), "read_at": now, "previous": previous}
    await tx.execute(update(runs).where(runs.c.id == run.id).values(sweep="due" if previous else None, **values))


async def last_sighted(tx: AsyncConnection, connection: str) -> dict[str, int]:
    """By stream of a connection: how many records its last reading of the whole showed."""
    whole = runs.c.mode.in_(("backfill", "scan", "keys")) & (runs.c.state != "reading")
    query = select(streams.c.name, runs.c.sighted).join(streams, streams.c.id == runs.c.stream_id)
    found = await tx.execute(query.where(streams.c.connection == connection, whole).order_by(runs.c.started))
    return {row.name: row.sighted for row in found}


async def drop(tx: AsyncConnection, run: Run) -> None:
    """Remove the row of a run that gave no page."""
    await tx.execute(delete(runs).where(runs.c.id == run.id))


async def lock_unclosed(tx: AsyncConnection, most: int, after: str = "") -> list[Row[Any]]:
    """Lock runs that are read but not closed, passing over those that another closer has in hand.

    They come in the order of their ``started``, from the one that follows ``after``.
    """
    query = select(runs).where(runs.c.state == "read", runs.c.started > after).order_by(runs.c.started).limit(most)
    return list((await tx.execute(query.with_for_update(skip_locked=True))).all())


async def earlier_sweep_due(tx: AsyncConnection, stream_id: int, started: str) -> bool:
    """Whether a scan begun before is not swept yet."""
    earlier = runs.c.stream_id == stream_id, runs.c.sweep == "due", runs.c.started < started
    return (await tx.execute(select(runs.c.id).where(*earlier).limit(1))).first() is not None


async def settle(tx: AsyncConnection, run: str, **values: Any) -> None:
    """Set columns of a run: state, closed_at, balanced, sweep, swept."""
    await tx.execute(update(runs).where(runs.c.id == run).values(**values))


async def listed(tx: AsyncConnection, connection: str | None, most: int) -> list[Row[Any]]:
    """The newest runs, with the stream's name and connection."""
    query = select(runs, streams.c.connection, streams.c.name.label("stream")).join(streams)
    if connection:
        query = query.where(streams.c.connection == connection)
    return list((await tx.execute(query.order_by(runs.c.opened_at.desc()).limit(most))).all())


async def get(tx: AsyncConnection, run: str) -> Row[Any]:
    """A run with its stream's name and connection; raises ConfigError when there is none."""
    query = select(runs, streams.c.connection, streams.c.name.label("stream")).join(streams).where(runs.c.id == run)
    found = (await tx.execute(query)).one_or_none()
    if found is None:
        raise ConfigError(f"There is no run {run}; erpflow runs list shows those that exist.")
    return found


async def lift_held(tx: AsyncConnection, stream_id: int) -> bool:
    """Give up held sweeps of a stream, because a later scan takes their place; true if there were any."""
    held = (runs.c.stream_id == stream_id) & (runs.c.sweep == "held")
    return bool((await tx.execute(update(runs).where(held).values(sweep="cancelled"))).rowcount)


async def sweep_again(tx: AsyncConnection, stream_id: int) -> int:
    """Make held sweeps of a stream due once more; how many."""
    held = (runs.c.stream_id == stream_id) & (runs.c.sweep == "held")
    done = await tx.execute(update(runs).where(held).values(sweep="due", state="read", closed_at=None))
    return int(done.rowcount)


def _run(found: Row[Any]) -> Run:
    kept = {name: getattr(found, name) for name in ("stream_id", "mode", *_STANDING)}
    return Run(started=ReadNumber.parse(found.started), stored=True, **kept)
