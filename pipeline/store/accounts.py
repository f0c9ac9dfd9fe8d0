"""Accounts: where each record of a page ended. A page with an account is never decided again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from distributor import outcomes
from distributor.account import Account, Outcome
from distributor.by_entity import by_entity
from distributor.rows import Decision
from pipeline.store import bulk
from pipeline.store.sql import chunks
from pipeline.store.tables import accounts
from schemas.pages import DomainPage, PageHead

COUNTS = tuple(Account.__dataclass_fields__)

Page = tuple[str, int]
"""Run and number."""


async def exists_for(tx: AsyncConnection, head: PageHead) -> bool:
    """Whether this page (and pass) is accounted for."""
    same = exists().where(
        accounts.c.run == head.run,
        accounts.c.number == head.number,
        accounts.c.pass_number == head.pass_number,
    )
    return bool((await tx.execute(select(same))).scalar())


async def add(tx: AsyncConnection, decided: Iterable[tuple[int, DomainPage, Decision]], now: datetime) -> None:
    """Account for pages of streams, or passes of them, in the transaction that decided them."""
    rows = [_values(stream_id, page, decision) | {"at": now} for stream_id, page, decision in decided]
    await bulk.insert(tx, accounts, rows)


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


async def passes(tx: AsyncConnection, pages: Iterable[Page]) -> dict[Page, int]:
    """How many passes each of these pages has had, the first included; pages without an account are left out."""
    query = select(accounts.c.run, accounts.c.number, func.max(accounts.c.pass_number))
    query = query.group_by(accounts.c.run, accounts.c.number)
    found: dict[Page, int] = {}
    for part in chunks(sorted(set(pages))):
        rows = await tx.execute(query.where(tuple_(accounts.c.run, accounts.c.number).in_(part)))
        found |= {(row[0], row[1]): int(row[2]) + 1 for row in rows}
    return found


async def outcomes_of(tx: AsyncConnection, pages: Iterable[Page]) -> dict[Page, dict[int, Outcome]]:
    """Where the records of pages are by now, by index within the read; nothing for pages of an older erpflow."""
    query = select(accounts.c.run, accounts.c.number, accounts.c.outcomes).order_by(accounts.c.pass_number)
    texts: dict[Page, list[str | None]] = defaultdict(list)
    for part in chunks(sorted(set(pages))):
        for row in await tx.execute(query.where(tuple_(accounts.c.run, accounts.c.number).in_(part))):
            texts[row.run, row.number].append(row.outcomes)
    return {page: outcomes.latest(some) for page, some in texts.items()}


def _values(stream_id: int, page: DomainPage, decision: Decision) -> dict[str, Any]:
    head = page.head
    return {
        "run": head.run,
        "number": head.number,
        "pass_number": head.pass_number,
        "stream_id": stream_id,
        "entities": by_entity(page, decision),
        "outcomes": outcomes.written(decision.outcomes),
        **asdict(decision.account),
    }
