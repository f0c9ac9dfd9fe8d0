"""What a replay runs: letters of records, stream by stream, then messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import groupby
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.deadletters.rerunning import Counted, Endings, Rerun
from pipeline.deadletters.sending import Sending
from pipeline.store import letter_search, messages
from pipeline.store.engine import Store
from pipeline.store.letter_search import Filter
from pipeline.store.replays import Replay


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

    async def next(self, replay: Replay, most: int) -> tuple[Source, Sequence[Any]]:
        """The next letters that the replay did not run yet, of one stream or all of them messages; none at the end."""
        async with self._store.reading() as tx:
            records = await letter_search.found(tx, replay.filter, untried_by=replay.id, most=most)
            if records:
                return self._rerun, [one for one in records if one.stream_id == records[0].stream_id]
            return self._sending, await messages.found(tx, replay.filter, untried_by=replay.id, most=most)

    async def all(self, wanted: Filter, replay: int | None, most: int) -> AsyncIterator[tuple[Source, Sequence[Any]]]:
        """All open letters of a filter, or those that a replay did not run yet, in the order of ``next``."""
        async with self._store.reading() as tx:
            records = await letter_search.found(tx, wanted, untried_by=replay)
            others = await messages.found(tx, wanted, untried_by=replay)
        for _, of_stream in groupby(records, key=lambda one: one.stream_id):
            letters = list(of_stream)
            for start in range(0, len(letters), most):
                yield self._rerun, letters[start : start + most]
        for start in range(0, len(others), most):
            yield self._sending, others[start : start + most]

    async def take_back(self, tx: AsyncConnection, replay: int) -> None:
        """Open again what the replay's last process had in hand when it ended."""
        await messages.take_back(tx, replay)

    async def left(self, replay: Replay) -> int:
        """How many letters the replay has still to run."""
        async with self._store.reading() as tx:
            records = await letter_search.count(tx, replay.filter, untried_by=replay.id)
            return records + await messages.count(tx, replay.filter, untried_by=replay.id)
