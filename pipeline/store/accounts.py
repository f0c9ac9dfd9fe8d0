"""Accounts: where each record of a page ended. A page with an account is never decided again."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import exists, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.account import Account
from distributor.by_entity import by_entity
from distributor.rows import Decision
from pipeline.store.tables import accounts
from schemas.pages import DomainPage, PageHead

COUNTS = tuple(Account.__dataclass_fields__)


async def exists_for(tx: AsyncConnection, head: PageHead) -> bool:
    """Whether this page (and pass) is accounted for."""
    same = exists().where(
        accounts.c.run == head.run,
        accounts.c.number == head.number,
        accounts.c.pass_number == head.pass_number,
    )
    return bool((await tx.execute(select(same))).scalar())


async def add(tx: AsyncConnection, stream_id: int, page: DomainPage, decision: Decision, now: datetime) -> None:
    """Account for a page, in the transaction that decided it."""
    head = page.head
    identity = {"run": head.run, "number": head.number, "pass_number": head.pass_number}
    await tx.execute(
        insert(accounts).values(
            stream_id=stream_id, at=now, entities=by_entity(page, decision), **identity, **asdict(decision.account)
        )
    )


async def give_up(tx: AsyncConnection, stream_id: int, head: PageHead, now: datetime) -> None:
    """Account for nothing of a page whose content is lost: its run is closed out of balance, which is the truth."""
    identity = {"run": head.run, "number": head.number, "pass_number": head.pass_number}
    await tx.execute(insert(accounts).values(stream_id=stream_id, at=now, entities={}, **identity))


async def of_run(tx: AsyncConnection, run: str) -> tuple[int, Account]:
    """How many of the run's pages are accounted for (in their first pass), and the sum over all passes."""
    pages = func.count().filter(accounts.c.pass_number == 0)
    sums = [func.coalesce(func.sum(accounts.c[name]), 0) for name in COUNTS]
    row = (await tx.execute(select(pages, *sums).where(accounts.c.run == run))).one()
    return int(row[0]), Account(**{name: int(value) for name, value in zip(COUNTS, row[1:], strict=True)})
