"""One letter with all that is known of it: its record or message, where that is kept, and the trace it belongs to."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pipeline.deadletters import acting
from pipeline.deadletters.overview import EVERY
from pipeline.observability import trace_id
from pipeline.passes.again import Again
from pipeline.store import journal
from pipeline.store.engine import Store
from pipeline.store.journal import JournalPage
from pipeline.store.letter_search import Letter
from schemas.errors import Poison


async def shown(store: Store, again: Again, name: str) -> dict[str, Any]:
    """The letter as one document; ``record`` is null when its page is kept no more. Raises ConfigError without one."""
    async with store.reading() as tx:
        found = await acting.one(tx, name, EVERY)
        pages = await journal.pages(tx, [found.page]) if isinstance(found, Letter) else {}
    told = {"letter": name, **{key: value for key, value in asdict(found).items() if value is not None}}
    if not isinstance(found, Letter):
        return told | {"trace_id": trace_id(found.attributes.get("traceparent", ""))}
    page = pages.get(found.page)
    return told | (await _read(again, found, page) if page else {"record": None})


async def _read(again: Again, letter: Letter, page: JournalPage) -> dict[str, Any]:
    """The read that the letter points to; ``kept`` is the archive's key, or the journal."""
    try:
        raw = await again.records(page)
    except Poison:
        raw = []
    return {
        "trace_id": trace_id(page.head.traceparent),
        "origin": page.head.origin,
        "read_at": page.head.read_at,
        "kept": page.archive_key or "journal",
        "record": raw[letter.index] if letter.index < len(raw) else None,
    }
