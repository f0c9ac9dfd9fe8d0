"""Writing a decision down, whoever came to it: the page of a distributor, or the sweep of a closer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.rows import Decision
from pipeline.store import accounts, deletes, ledger, letters
from schemas.pages import DomainPage


async def write(tx: AsyncConnection, stream_id: int, page: DomainPage, decision: Decision, now: datetime) -> None:
    """Write what a page changes, its letters and its account."""
    head = page.head
    await write_ledger(tx, stream_id, head.tenant, decision, now)
    await letters.open_all(tx, stream_id, head, decision.opened, now)
    await letters.close_all(tx, stream_id, decision.closed, now)
    await deletes.hold(tx, stream_id, head.run, decision.held, now)
    await accounts.add(tx, stream_id, page, decision, now)


async def write_ledger(tx: AsyncConnection, stream_id: int, tenant: str, decision: Decision, now: datetime) -> None:
    """Write rows of records and entities, and count the records that lost something."""
    await ledger.write_records(tx, stream_id, decision.records, now)
    await ledger.write_entities(tx, stream_id, tenant, decision.entities, now)
    await deletes.count(tx, stream_id, decision.losing, now)
    await deletes.forget(tx, stream_id, [write.row.key for write in decision.records])
