"""Where a storm's store stands: what the killer, the story and the verdict look at."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, and_, func, select

from pipeline import syncing
from pipeline.store import connections, figures
from pipeline.store.engine import Store
from pipeline.store.tables import accounts, entities, held_deletes, journal, outbox, streams

Ledger = dict[str, tuple[Any, ...]]
_UNDER_WAY = (
    select(func.count())
    .select_from(
        journal.join(streams).outerjoin(
            accounts, and_(accounts.c.run == journal.c.run, accounts.c.number == journal.c.number)
        )
    )
    .where(accounts.c.run.is_(None))
)


async def accounted(store: Store) -> int:
    """Pages with an account."""
    return await _count(store, select(func.count()).select_from(accounts))


async def pages_under_way(store: Store) -> int:
    """Pages without an account."""
    return await _count(store, _UNDER_WAY)


async def is_loaded(store: Store, companies: Collection[str]) -> bool:
    """Whether these connections' first loads are read and on the books."""
    mine = streams.c.connection.in_(companies)
    known = await _count(store, select(func.count(streams.c.connection.distinct())).where(mine))
    unloaded = await _count(store, select(func.count()).where(mine, ~streams.c.loaded))
    return known == len(companies) and not unloaded and not await _count(store, _UNDER_WAY.where(mine))


async def settled(store: Store) -> bool:
    """Everything that was read is delivered and on the books, and nothing is being read."""
    async with store.reading() as tx:
        return syncing.settled(await figures.of_streams(tx), sum((await figures.unfinished(tx)).values()))


async def live(store: Store) -> int:
    """Entities that exist by the ledger."""
    return await _count(store, select(func.count()).where(~entities.c.deleted))


async def ledger(store: Store) -> Ledger:
    """The ledger without versions and times of reading, by entity id."""
    names = ("tenant", "entity", "key", "deleted", "digest", "body")
    columns = [entities.c.id, *(entities.c[name] for name in names)]
    async with store.reading() as tx:
        return {row[0]: (*row[1:-1], timeless(row[-1])) for row in await tx.execute(select(*columns))}


def timeless(body: dict[str, Any]) -> dict[str, Any]:
    """A body without what tells when it was read."""
    return {name: value for name, value in body.items() if name not in ("read_at", "version")}


async def events(store: Store) -> list[str]:
    """The ids of all Information events that were ever decided, in their order."""
    query = select(outbox.c.id).where(outbox.c.topic.startswith("information")).order_by(outbox.c.seq)
    async with store.reading() as tx:
        return list((await tx.execute(query)).scalars())


async def pause(store: Store, companies: Collection[str]) -> None:
    """Have nothing more be read."""
    async with store.transaction() as tx:
        for company in companies:
            await connections.set_state(tx, company, "paused", "the storm is over")


async def books(store: Store) -> list[str]:
    """What is wrong with the books and with what should be empty; nothing, where all is well."""
    async with store.reading() as tx:
        wrong = [f"run {run} does not balance" for run in await figures.unbalanced(tx)]
        wrong += [f"{count} {what} are left" for what, count in (await figures.unfinished(tx)).items() if count]
        wrong += [f"{count} letters are open"] if (count := await figures.open_letters(tx)) else []
        for stream in await figures.of_streams(tx):
            counts, name = stream.counts, f"{stream.connection}/{stream.name}"
            ended = sum(counts[one] for one in ("mapped", "skipped", "rejected", "held"))
            if not stream.journaled == counts["read"] == ended:
                wrong.append(f"{name}: journaled {stream.journaled}, read {counts['read']}, ended {ended}")
    pages, done = await _count(store, select(func.count()).select_from(journal)), await accounted(store)
    unmarked = await _count(store, select(func.count()).where(journal.c.published_at.is_(None)))
    held = await _count(store, select(func.count()).select_from(held_deletes))
    told = [f"{pages} pages have {done} accounts"] if pages != done else []
    told += [f"{unmarked} pages are not marked as published"] if unmarked else []
    return wrong + told + ([f"{held} deletes are held"] if held else [])


async def intact(store: Store) -> list[str]:
    """What SQLite finds wrong with its file after so many kills; PostgreSQL was not killed."""
    if store.dialect != "sqlite":
        return []
    async with store.reading() as tx:
        found = list((await tx.exec_driver_sql("pragma integrity_check")).scalars())
    return [] if found == ["ok"] else [str(one) for one in found]


async def _count(store: Store, query: Select[Any]) -> int:
    async with store.reading() as tx:
        return int((await tx.execute(query)).scalar_one())
