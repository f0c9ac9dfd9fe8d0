"""What a replay runs: letters of records, in the order of their streams and pages, then messages."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, Protocol

from pipeline.deadletters.rerunning import Counted, Endings, Rerun
from pipeline.deadletters.sending import Sending
from pipeline.store import letter_search, messages
from pipeline.store.engine import Store
from pipeline.store.letter_search import Filter, Letter
from pipeline.store.replays import Replay

AHEAD: Final = 8
"""Portions."""


class Source(Protocol):
    """Runs one kind of letters: some of them at once, which belong together."""

    async def rehearse(self, letters: Sequence[Any]) -> Endings:
        """What would become of them; changes nothing."""

    async def run(self, letters: Sequence[Any], replay: int, counted: Counted) -> Endings:
        """Run them for good; those that somebody else has taken are left out."""


class Sources:
    """Finds what is to be run next, and who runs it."""

    def __init__(self, store: Store, rerun: Rerun, sending: Sending) -> None:
        self._store = store
        self._rerun = rerun
        self._sending = sending
        self._ahead: dict[int, deque[Letter]] = {}

    async def next(self, replay: Replay, most: int) -> tuple[Source, Sequence[Any]]:
        """The next letters that the replay did not run yet, all of records or all of them messages; none at the end.

        Letters are looked for some portions ahead: each look sorts all that are open. What became of them since is
        seen when they are run.
        """
        ahead = self._ahead.setdefault(replay.id, deque())
        if not ahead:
            async with self._store.reading() as tx:
                ahead.extend(await letter_search.found(tx, replay.filter, untried_by=replay.id, most=AHEAD * most))
        if ahead:
            return self._rerun, [ahead.popleft() for _ in range(min(most, len(ahead)))]
        async with self._store.reading() as tx:
            return self._sending, await messages.found(tx, replay.filter, untried_by=replay.id, most=most)

    def look_again(self, replay: Replay) -> None:
        """Look for what is next in the store: letters are not as they were found."""
        self._ahead.pop(replay.id, None)

    async def all(self, wanted: Filter, replay: int | None, most: int) -> AsyncIterator[tuple[Source, Sequence[Any]]]:
        """All open letters of a filter, or those that a replay did not run yet, in the order of ``next``."""
        async with self._store.reading() as tx:
            records = await letter_search.found(tx, wanted, untried_by=replay)
            others = await messages.found(tx, wanted, untried_by=replay)
        for start in range(0, len(records), most):
            yield self._rerun, records[start : start + most]
        for start in range(0, len(others), most):
            yield self._sending, others[start : start + most]

    async def published(self) -> None:
        """Wait until the events of what was run are published, or left to the relay."""
        await self._rerun.published()

    async def left(self, replay: Replay) -> int:
        """How many letters the replay has still to run."""
        async with self._store.reading() as tx:
            records = await letter_search.count(tx, replay.filter, untried_by=replay.id)
            return records + await messages.count(tx, replay.filter, untried_by=replay.id)
