"""What follows from a complete scan: keys that it did not see are looked up, or swept after a second scan."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.spec import StreamSpec
from pipeline.store import manifest, runs, streams
from pipeline.store.runs import Run
from pipeline.store.streams import StreamRow
from schemas.version import ReadNumber


async def complete(tx: AsyncConnection, spec: StreamSpec, row: StreamRow, run: Run, now: datetime) -> str | None:
    """Draw the conclusions in the transaction that ends the scan.

    Where records can be looked up by key, what the scan missed (and what only it saw) is asked for, and None is given.
    Else the start of the scan before is given if there is something that neither saw: the closer then sweeps.
    """
    if not run.keyless:
        await streams.settle(tx, row.id, last_scan=str(run.started))
    if spec.deletes == "none":
        return None
    if spec.lookup_size:
        await manifest.drop_unseen(tx, row.id, run.started)
        keys = await manifest.absent(tx, row.id, run.started) + await manifest.unknown(tx, row.id)
        await streams.request(tx, row.id, keys, now)
        return None
    if row.last_scan is None or run.keyless:
        return None
    since = ReadNumber.parse(row.last_scan)
    await manifest.drop_unseen(tx, row.id, since)
    if await manifest.absent(tx, row.id, since):
        return row.last_scan
    await runs.lift_held(tx, row.id)
    return None
