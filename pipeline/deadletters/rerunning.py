"""Running letters once more: first only to see what would happen, or for good, in one transaction that has the locks
of all their streams.

What both decide is the same function of the same rows, so that a rehearsal says what the replay does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.account import Outcome
from distributor.endings import Ending
from distributor.rows import LetterRow
from distributor.turns import Turn
from pipeline.clock import Clock
from pipeline.deadletters.behind import Behind
from pipeline.passes.again import Again, Wanted
from pipeline.passes.deciding import Passing, decide, events, write
from pipeline.stages.outbox import OutboxPublisher
from pipeline.store import accounts, journal, letter_search, outbox, streams
from pipeline.store.engine import Store
from pipeline.store.letter_search import Letter
from pipeline.store.outbox import Claimed
from schemas.errors import Poison, Superseded
from schemas.pages import DomainPage
from schemas.version import Version

Endings = dict[str, Ending]
"""By the letter's name."""

Counted = Callable[[AsyncConnection, Endings], Awaitable[None]]
"""Called in the transaction that makes the endings true; what it raises undoes them."""

GONE = Ending("gone")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Letters, mapped once more: by page, with the passes as which they were mapped."""

    letters: Sequence[Letter]
    pages: Mapping[accounts.Page, DomainPage]
    passes: Mapping[accounts.Page, int]
    outcomes: Mapping[accounts.Page, Mapping[int, Outcome]]


class Rerun:
    """Runs letters once more. Any number of processes may do so at once: each letter takes effect at most once."""

    def __init__(self, store: Store, again: Again, publisher: OutboxPublisher, clock: Clock) -> None:
        self._store = store
        self._again = again
        self._publisher = publisher
        self._clock = clock
        self._behind = Behind()

    async def rehearse(self, letters: Sequence[Letter]) -> Endings:
        """What would become of these letters now. Writes nothing."""
        ready = await self._prepare(letters)
        async with self._store.reading() as tx:
            passings = await decide(tx, _turns(ready), self._clock.now())
        return _endings(letters, passings)

    async def run(self, letters: Sequence[Letter], replay: int, counted: Counted) -> Endings:
        """Run these letters; those that somebody else ran or changed meanwhile are left out.

        Their events are being published when this returns. Raises Retryable when store or archive do not answer; then
        nothing has happened.
        """
        while letters:
            ready = await self._prepare(letters)
            async with self._store.transaction() as tx:
                there = await streams.lock_all(tx, {one.stream_id for one in letters})
                standing = await letter_search.standing(tx, [one for one in letters if one.stream_id in there], replay)
                as_prepared = len(standing) == len(letters) and await _no_pass_since(tx, ready)
                if as_prepared:
                    ended, claimed = await self._write(tx, ready, replay)
                    await counted(tx, ended)
            if as_prepared:
                await self._behind.put(self._publisher.publish(claimed))
                return ended
            letters = standing
        return {}

    async def published(self) -> None:
        """Wait until the events of what was run are published, or left to the relay."""
        await self._behind.done()

    async def _write(self, tx: AsyncConnection, ready: Prepared, replay: int) -> tuple[Endings, list[Claimed]]:
        now = self._clock.now()
        passings = await decide(tx, _turns(ready), now)
        closed = await write(tx, passings, now, replay)
        left = [one for one in ready.letters if (one.stream_id, one.key) not in closed]
        await letter_search.tried(tx, left, replay)
        # An operator sees what is rejected again; it is no news.
        told = [event for passing in passings for event in await events(tx, passing, now, rejects=False)]
        claimed = await outbox.add(tx, told, self._publisher.claim, now, now + self._publisher.grace)
        return _endings(ready.letters, passings), claimed

    async def _prepare(self, letters: Sequence[Letter]) -> Prepared:
        by_page: dict[accounts.Page, list[Letter]] = defaultdict(list)
        for letter in letters:
            by_page[letter.page].append(letter)
        async with self._store.reading() as tx:
            kept = await journal.pages(tx, by_page)
            passes = await accounts.passes(tx, by_page)
            outcomes = await accounts.outcomes_of(tx, by_page)
        pages: dict[accounts.Page, DomainPage] = {}
        for page, stored in kept.items():
            some = {letter.index: letter for letter in by_page[page]}
            edits = {index: letter.patch for index, letter in some.items() if letter.patch}
            wanted = Wanted(stored, passes.get(page, 1), frozenset(some), edits)
            try:
                pages[page] = await self._again.mapped(wanted, "replay")
            except (Poison, Superseded):
                continue
        return Prepared(letters, pages, passes, outcomes)


async def _no_pass_since(tx: AsyncConnection, ready: Prepared) -> bool:
    return ready.passes == await accounts.passes(tx, ready.passes)


def _turns(ready: Prepared) -> dict[int, list[Turn]]:
    """The pages as turns, by their streams."""
    of_page: dict[accounts.Page, int] = {}
    keyless: dict[accounts.Page, dict[int, LetterRow]] = defaultdict(dict)
    outcomes: dict[accounts.Page, dict[int, Outcome]] = defaultdict(dict)
    for letter in ready.letters:
        version = Version.parse(letter.version)
        of_page[letter.page] = letter.stream_id
        outcomes[letter.page][version.index] = ready.outcomes.get(letter.page, {}).get(version.index, "rejected")
        if letter.source_key is None:
            keyless[letter.page][version.index] = LetterRow(None, version, "open")
    turns: dict[int, list[Turn]] = defaultdict(list)
    for name, page in ready.pages.items():
        turns[of_page[name]].append(Turn(page, keyless[name], outcomes[name]))
    return turns


def _endings(letters: Sequence[Letter], passings: Sequence[Passing]) -> Endings:
    ended = {place: ending for passing in passings for place, ending in passing.endings().items()}
    return {letter.name: ended.get((*letter.page, letter.index), GONE) for letter in letters}
