"""Writing a decision down, whoever came to it: the page of a distributor, or the sweep of a closer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.rows import Decision
from distributor.turns import Written, together
from pipeline.store import accounts, deletes, ledger, letters
from schemas.pages import DomainPage


async def write(
    tx: AsyncConnection, stream_id: int, decided: Sequence[tuple[DomainPage, Decision]], now: datetime
) -> None:
    """Write what pages of one stream change, in the order in which they were decided: ledger, letters and accounts."""
    decisions = [decision for _, decision in decided]
    written = await write_ledger(tx, stream_id, decided[0][0].head.tenant, decisions, now)
    for page, decision in decided:
        await letters.open_all(tx, stream_id, page.head, decision.opened, now)
        await deletes.hold(tx, stream_id, page.head.run, decision.held, now)
    await letters.close_all(tx, stream_id, written.closed, now)
    await accounts.add(tx, stream_id, decided, now)


async def write_ledger(
    tx: AsyncConnection, stream_id: int, tenant: str, decisions: Sequence[Decision], now: datetime
) -> Written:
    """Write rows of records and entities as the last decision leaves them, and count the records that lost something.

    What was written, each row once.
    """
    written = together(decisions)
    await ledger.write_records(tx, stream_id, written.records, now)
    await ledger.write_entities(tx, stream_id, tenant, written.entities, now)
    await deletes.count(tx, stream_id, sum(decision.losing for decision in decisions), now)
    await deletes.forget(tx, stream_id, [write.row.key for write in written.records])
    return written
