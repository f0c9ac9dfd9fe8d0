"""Retransform: after a mapping changed, stored pages go through it once more, with no call to any ERP.

First it is looked at what would change; then it is written, and only what differs is told.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.account import Outcome
from distributor.brake import Brake
from distributor.endings import Ending, Tally
from distributor.rows import LetterRow
from distributor.turns import Turn
from pipeline.clock import Clock
from pipeline.passes.again import Again, Wanted
from pipeline.passes.deciding import Passing, decide, events, write
from pipeline.passes.edits import Patch
from pipeline.passes.samples import sample
from pipeline.stages.outbox import OutboxPublisher
from pipeline.store import accounts, journal, letter_search, outbox, streams
from pipeline.store.engine import Store
from pipeline.store.journal import JournalPage
from schemas.errors import Poison, Superseded
from schemas.pages import DomainPage
from schemas.version import Version

PAGES: Final = 5
"""Pages in one transaction."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which stored pages: of a system, and of one stream or connection of it, read since then."""

    system: str
    stream: str | None = None
    connection: str | None = None
    since: datetime | None = None


@dataclass(slots=True)
class Retransformed:
    """What became of the records; ``lost`` pages are kept no more by the archive, ``beyond`` records are of no page."""

    tally: Tally = field(default_factory=Tally)
    pages: int = 0
    lost: int = 0
    beyond: int = 0
    samples: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Ready:
    stream_id: int
    turns: Sequence[Turn]
    passes: Mapping[accounts.Page, int]
    lost: int


Shown = Callable[[Retransformed], None]


class Retransform:
    """Runs stored pages once more. May be stopped at any time, and repeated: what is done is found to be unchanged."""

    def __init__(self, store: Store, again: Again, publisher: OutboxPublisher, clock: Clock) -> None:
        self._store = store
        self._again = again
        self._publisher = publisher
        self._clock = clock

    async def work(self, scope: Scope, *, apply: bool, shown: Shown = lambda _: None) -> Retransformed:
        """Go through the pages of a scope, oldest first. Raises Retryable when store or archive do not answer."""
        done = Retransformed()
        async for stream_id, pages in self._pages(scope):
            ready = await self._prepare(stream_id, pages)
            passing = await (self._apply(ready, pages) if apply else self._look(ready))
            self._count(done, passing, len(pages), ready.lost)
            shown(done)
        async with self._store.reading() as tx:
            done.beyond = await journal.records_beyond(tx, scope.system, scope.stream, scope.connection)
        return done

    async def _pages(self, scope: Scope) -> AsyncIterator[tuple[int, Sequence[JournalPage]]]:
        async with self._store.reading() as tx:
            of_scope = await streams.of_system(tx, scope.system, scope.stream, scope.connection)
        for stream_id in of_scope:
            after = ("", 0)
            while True:
                async with self._store.reading() as tx:
                    pages = await journal.accounted(tx, stream_id, scope.since, after, PAGES)
                if not pages:
                    break
                yield stream_id, pages
                after = str(pages[-1].head.read), pages[-1].head.number

    async def _prepare(self, stream_id: int, pages: Sequence[JournalPage]) -> _Ready:
        names = [(page.head.run, page.head.number) for page in pages]
        async with self._store.reading() as tx:
            passes = await accounts.passes(tx, names)
            known = await accounts.outcomes_of(tx, names)
            letters = {name: await letter_search.of_page(tx, *name) for name in names}
        turns, lost = [], 0
        for name, page in zip(names, pages, strict=True):
            edits: dict[int, Patch] = {one.index: one.patch for one in letters[name] if one.patch}
            try:
                mapped = await self._again.mapped(Wanted(page, passes[name], None, edits), "retransform")
            except Poison:
                lost += 1
                continue
            except Superseded:
                continue
            turns.append(_turn(mapped, letters[name], known.get(name, {})))
        return _Ready(stream_id, turns, passes, lost)

    async def _look(self, ready: _Ready) -> Passing:
        async with self._store.reading() as tx:
            return (await decide(tx, {ready.stream_id: ready.turns}, self._clock.now()))[0]

    async def _apply(self, ready: _Ready, pages: Sequence[JournalPage]) -> Passing:
        while True:
            async with self._store.transaction() as tx:
                if not await streams.is_there(tx, ready.stream_id):
                    return Passing(ready.stream_id, (), Brake(0))
                as_prepared = ready.passes == await accounts.passes(tx, ready.passes)
                if as_prepared:
                    passing, claimed = await self._write(tx, ready)
            if as_prepared:
                await self._publisher.publish(claimed)
                return passing
            ready = await self._prepare(ready.stream_id, pages)

    async def _write(self, tx: AsyncConnection, ready: _Ready) -> tuple[Passing, Sequence[outbox.Claimed]]:
        now = self._clock.now()
        (passing,) = await decide(tx, {ready.stream_id: ready.turns}, now)
        await write(tx, [passing], now)
        told = await events(tx, passing, now, rejects=True)
        return passing, await outbox.add(tx, told, self._publisher.claim, now, now + self._publisher.grace)

    def _count(self, done: Retransformed, passing: Passing, pages: int, lost: int) -> None:
        done.pages += pages
        done.lost += lost
        for (run, number, index), ending in passing.endings().items():
            done.tally.add(ending)
            _sample(done, f"{run}/{number}/{index}", ending)


def _sample(done: Retransformed, name: str, ending: Ending) -> None:
    for effect in ending.effects:
        sample(done.samples, name, effect)


def _turn(page: DomainPage, letters: Sequence[letter_search.Letter], known: Mapping[int, Outcome]) -> Turn:
    """A page of an older erpflow does not say where its records ended: then they end where they were counted.

    Only of a record whose letter is open it is known that it was rejected.
    """
    rejected = {letter.index for letter in letters if letter.state == "open"}
    outcomes: dict[int, Outcome] = {}
    for result in page.results:
        index = page.head.version(result.index).index
        outcomes[index] = known.get(index) or ("rejected" if result.index in rejected else result.status)
    keyless = {}
    for letter in letters:
        if letter.source_key is None and letter.state == "open":
            version = Version.parse(letter.version)
            keyless[version.index] = LetterRow(None, version, "open")
    return Turn(page, keyless, outcomes)
