"""Mapping a stored page once more: its records out of the journal or the archive, edits on them, through the mapping
as it is now. Nothing is written, and no ERP is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.registry import Registry
from pipeline.archive import Archive
from pipeline.broker.codec import digest_of
from pipeline.broker.packing import decode_records
from pipeline.clock import Clock
from pipeline.passes.edits import Patch, edited
from pipeline.stages.plans import Plans
from pipeline.store.engine import Store
from pipeline.store.journal import JournalPage
from schemas.envelope import Origin
from schemas.errors import Poison, Rejected
from schemas.keys import source_key
from schemas.pages import DomainPage, RawPage, Record, Reject, Result
from transformer.transform import transform


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page to be mapped as this pass: the records at these positions (None: all), with these edits."""

    page: JournalPage
    pass_number: int
    positions: frozenset[int] | None = None
    patches: Mapping[int, Patch] = field(default_factory=dict)


class Again:
    """Maps stored pages once more, for rehearsals, replays and retransforms."""

    def __init__(self, store: Store, archive: Archive, registry: Registry, clock: Clock) -> None:
        self._archive = archive
        self._plans = Plans(store, registry, clock)

    async def mapped(self, wanted: Wanted, origin: Origin) -> DomainPage:
        """The page's results in that pass. Raises Poison when the archive lost it, ConfigError without a connector."""
        change = {"pass_number": wanted.pass_number, "origin": origin, "absent": ()}
        head = wanted.page.head.model_copy(update=change)
        records = await self.records(wanted.page)
        plan, context = await self._plans.of(head)
        refused = _edit(records, wanted, plan.key)
        positions = _others(wanted, len(records), refused) if refused else wanted.positions
        page = transform(plan, RawPage.model_construct(head=head, records=records), context, positions)
        return page.model_copy(update={"results": [*page.results, *refused.values()]}) if refused else page

    async def records(self, page: JournalPage) -> list[Record]:
        """The page's records as the ERP gave them; raises Poison when they are lost, Retryable from the archive."""
        content = page.payload if page.payload is not None else await self._archive.get(page.archive_key or "")
        if digest_of(content) != page.digest:
            raise Poison(f"Page {page.head.number} of run {page.head.run} is not what was journaled; read it again.")
        return decode_records(content)


def _edit(records: list[Record], wanted: Wanted, key: Sequence[str]) -> dict[int, Result]:
    """Put the edits on; the results of records whose edit does not fit."""
    refused: dict[int, Result] = {}
    for index, patch in wanted.patches.items():
        if wanted.positions is not None and index not in wanted.positions:
            continue
        own = source_key(records[index], key)
        try:
            records[index] = _same(edited(records[index], patch), key, own)
        except Rejected as error:
            refused[index] = Result(index=index, key=own, status="rejected", reject=Reject(reason=error.reason))
    return refused


def _same(record: Record, key: Sequence[str], own: str | None) -> Record:
    if own is not None and source_key(record, key) != own:
        raise Rejected("The edit makes another record of it: the key is not the same; edit it again.")
    return record


def _others(wanted: Wanted, count: int, refused: Mapping[int, Result]) -> frozenset[int]:
    return (wanted.positions if wanted.positions is not None else frozenset(range(count))) - refused.keys()
