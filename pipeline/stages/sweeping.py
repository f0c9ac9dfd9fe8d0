"""Deleting what two complete scans did not see, under the stream's lock and behind the brake."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from distributor import events
from distributor.sweep import Backlog, Scan, braked, sweep, sweepable
from pipeline import telling
from pipeline.stages import deciding
from pipeline.stages.deciding import Part
from pipeline.store import ledger, letters, manifest, outbox, runs, streams
from pipeline.store.sql import chunks
from schemas.information import EventHead
from schemas.notifications import DeletesHeld
from schemas.version import ReadNumber

log = structlog.get_logger()


async def sweep_run(tx: AsyncConnection, run: Row[Any], now: datetime) -> bool:
    """Sweep after a scan if it is time; false while it has to wait. Called by the closer, may be repeated."""
    try:
        stream = await streams.lock_id(tx, run.stream_id)
    except LookupError:  # its connection is being erased
        return False
    scan = Scan(ReadNumber.parse(run.started), ReadNumber.parse(run.ended), True, run.sighted, run.keyless)
    previous = Scan(ReadNumber.parse(run.previous), scan.start, True, 0)
    under_way = await manifest.pages_under_way(tx, run.stream_id, scan.end)
    earlier = await runs.earlier_sweep_due(tx, run.stream_id, run.started)
    verdict = sweepable(scan, previous, Backlog(oldest=scan.end if under_way else None, earlier_scan=earlier))
    if verdict.action == "wait":
        return False
    outcome = "cancelled" if verdict.action == "cancel" else await _delete(tx, run, stream, scan, previous, now)
    log.info("scan swept", action="scan_swept", run=run.id, outcome=outcome, reason=verdict.reason)
    await runs.settle(tx, run.id, sweep=outcome)
    return True


async def _delete(
    tx: AsyncConnection, run: Row[Any], stream: Row[Any], scan: Scan, previous: Scan, now: datetime
) -> str:
    keys = await manifest.absent(tx, run.stream_id, previous.start)
    brake = await ledger.brake(tx, run.stream_id, now)
    losing = await manifest.absent_records(tx, run.stream_id, previous.start)
    known = await runs.lift_held(tx, run.stream_id)
    if braked(scan, losing, brake):
        if known:
            return "held"
        held = DeletesHeld(
            tenant=stream.tenant, connection=stream.connection, system=stream.system, at=now,
            stream=stream.name, run=run.id, held=losing, live=brake.alive,
        )  # fmt: skip
        await telling.tell(tx, held, now)
        return "held"
    head = EventHead(stream.tenant, stream.connection, stream.system, stream.name, "sweep", now)
    swept = 0
    for part in chunks(keys):
        state = await ledger.state_of(tx, run.stream_id, list(part))
        decision = sweep(scan, part, state, hold=False)
        closed = await deciding.write_ledger(tx, [Part(run.stream_id, stream.tenant, [decision])], now)
        await letters.close_all(tx, closed, now)
        told = [events.outbox_message(event, run.id) for event in events.events(head, decision)]
        await outbox.add(tx, told, "relay", now, now)
        swept += len(decision.effects)
    await runs.settle(tx, run.id, swept=swept)
    return "done"
