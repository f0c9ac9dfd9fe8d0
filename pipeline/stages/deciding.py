"""Writing a decision down, whoever came to it: the page of a distributor, the sweep of a closer, a pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.rows import Decision, LetterClose
from distributor.turns import Written, together
from pipeline.store import accounts, deletes, ledger, letters
from schemas.pages import DomainPage

Decided = Sequence[tuple[DomainPage, Decision]]
"""Pages of one stream, in the order in which they were decided."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is to be written of one stream."""

    stream_id: int
    tenant: str
    decisions: Sequence[Decision]


async def write(
    tx: AsyncConnection, decided: Mapping[int, Decided], now: datetime, replay: int | None = None
) -> set[tuple[int, str]]:
    """Write what pages change, by their streams, which are locked: ledger, letters and accounts.

    The letters that this closed, by stream and key; ``replay`` is noted as the one that ran them.
    """
    parts = [
        Part(stream_id, pages[0][0].head.tenant, [made for _, made in pages]) for stream_id, pages in decided.items()
    ]
    closed = await write_ledger(tx, parts, now)
    for stream_id, pages in decided.items():
        for page, decision in pages:
            if decision.opened:
                await letters.open_all(tx, stream_id, page.head, decision.opened, now)
            if decision.held:
                await deletes.hold(tx, stream_id, page.head.run, decision.held, now)
    await letters.close_all(tx, closed, now, replay)
    await accounts.add(tx, [(stream_id, *one) for stream_id, pages in decided.items() for one in pages], now)
    return {(stream_id, letters.stored_key(one.key, one.version)) for stream_id, one in closed}


async def write_ledger(tx: AsyncConnection, parts: Sequence[Part], now: datetime) -> list[tuple[int, LetterClose]]:
    """Write rows of records and entities as the last decision leaves them, each once, and count the records that lost
    something. The letters that are to be closed, with their streams.
    """
    written: list[tuple[Part, Written]] = [(part, together(part.decisions)) for part in parts]
    await ledger.write_records(tx, [(part.stream_id, row) for part, made in written for row in made.records], now)
    rows = [(part.stream_id, part.tenant, row) for part, made in written for row in made.entities]
    await ledger.write_entities(tx, rows, now)
    for part in parts:
        await deletes.count(tx, part.stream_id, sum(decision.losing for decision in part.decisions), now)
    await deletes.forget(tx, {part.stream_id: [row.row.key for row in made.records] for part, made in written})
    return [(part.stream_id, row) for part, made in written for row in made.closed]
