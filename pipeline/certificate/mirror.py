"""What erpflow would hold of a stream: read page by page as the runtime reads, with a dictionary for a store."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

import orjson

from connectors import cursors
from connectors.base import Mode, ReadAnswer, ReadRequest, Session
from connectors.cursors import Cursor
from pipeline.certificate.bench import Bench
from pipeline.certificate.verdicts import Failure
from pipeline.stages import highs
from schemas.errors import RateLimited, Retryable
from schemas.keys import source_key
from schemas.pages import Record

MOST_PAGES = 400
_TRIES = 8  # visits of the runtime, which waits ever longer
_FULL = (Mode.BACKFILL, Mode.SCAN, Mode.KEYS)


class Mirror:
    """``records`` by source key; ``keyless`` those without one; ``read_last`` what the last run read, page by page."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.records: dict[str, Record] = {}
        self.keyless: list[Record] = []
        self.read_last: list[ReadAnswer] = []
        self.cursor: Cursor | None = None

    async def load(self, session: Session) -> None:
        """The first load; the cursor begins at the ERP's stamp from before."""
        stream, now = self.bench.stream, self.bench.clock.now
        high = None
        if stream.increment:
            high = highs.first(await self._try(session.stamp, stream), stream.increment.overlap, now)
        async for answer in self.pages(session, Mode.BACKFILL):
            self._take(answer)
            high = self._after(high, answer, load=True)
        self.cursor = high

    async def poll(self, session: Session) -> list[Record]:
        """One poll; the records that were news."""
        stream, news = self.bench.stream, list[Record]()
        if stream.increment is None or self.cursor is None:
            return await self._compare(session, Mode.WINDOW if stream.windows else Mode.SCAN)
        high = self.cursor
        since = cursors.since(self.cursor, stream.increment.overlap)
        async for answer in self.pages(session, Mode.INCREMENT, since=since):
            fresh = cursors.fresh(high, answer.records, self._keys(answer), answer.stamps)
            news += [answer.records[place] for place in fresh]
            self._take(answer, fresh)
            high = self._after(high, answer, load=False) or high
        self.cursor = high
        return news

    async def look(self, session: Session) -> None:
        """Look for deletes: two full looks, of which the ERP confirms what it can be asked for by key."""
        stream = self.bench.stream
        mode = Mode.KEYS if stream.deletes == "keys" else Mode.SCAN
        for _ in range(2):
            before, seen = set(self.records), await self._sight(session, mode)
            if mode is Mode.KEYS and (unknown := seen - before):
                await (self.ask(session, unknown) if stream.lookup_size else self._sight(session, Mode.SCAN))
            absent = before - seen
            if stream.deletes == "none":
                return
            if stream.lookup_size:
                absent -= await self.ask(session, absent)
                self._drop(absent)
                return
        self._drop(absent)

    async def ask(self, session: Session, keys: set[str]) -> set[str]:
        """Look records up by key; those that there are."""
        found, size = set[str](), max(self.bench.stream.lookup_size, 1)
        wanted = sorted(keys)
        for begin in range(0, len(wanted), size):
            part = tuple(wanted[begin : begin + size])
            answer = await self._try(session.read, ReadRequest(self.bench.stream, Mode.LOOKUP, keys=part))
            self._take(answer)
            found |= {key for key in self._keys(answer) if key}
        return found

    async def pages(
        self, session: Session, mode: Mode, *, position: Any = None, since: Any = None
    ) -> AsyncIterator[ReadAnswer]:
        """A run, page by page from a position; positions go through JSON, as they do through the store."""
        self.read_last = []
        for _ in range(MOST_PAGES):
            request = ReadRequest(self.bench.stream, mode, position, since, days=self._days(mode))
            answer = await self._try(session.read, request)
            self.read_last.append(answer)
            yield answer
            position = orjson.loads(orjson.dumps(answer.position))
            if position is None:
                return
        raise Failure(
            f"The reading in mode {mode} does not end: {MOST_PAGES} pages of {len(self.bench.book.rows())} records."
        )

    def agree(self) -> None:
        """Raise Failure unless what is held is what the ERP holds, record by record."""
        held = Counter(map(_text, (*self.records.values(), *self.keyless)))
        there = Counter(_text(self._kept(record)) for record in self.bench.book.records())
        missing, strange = there - held, held - there
        if missing or strange:
            raise Failure(
                f"Of {there.total()} records {missing.total()} are missing or out of date, "
                f"and {strange.total()} are held that the ERP does not have."
            )

    async def _compare(self, session: Session, mode: Mode) -> list[Record]:
        """A poll of a stream that tells no changes: the differences from what is held."""
        news = []
        async for answer in self.pages(session, mode):
            known = [self.records.get(key) if key else None for key in self._keys(answer)]
            differs = [_text(record) != _text(old) for record, old in zip(answer.records, known, strict=True)]
            fresh = [place for place, differs_here in enumerate(differs) if differs_here]
            news += [answer.records[place] for place in fresh]
            self._take(answer, fresh)
        return news

    async def _sight(self, session: Session, mode: Mode) -> set[str]:
        seen = set[str]()
        async for answer in self.pages(session, mode):
            seen |= {key for key in self._keys(answer) if key}
            if mode is not Mode.KEYS:
                self._take(answer)
        return seen

    def _take(self, answer: ReadAnswer, places: Sequence[int] | None = None) -> None:
        keys = self._keys(answer)
        for place in range(len(keys)) if places is None else places:
            key = keys[place]
            if key is None:
                self.keyless.append(answer.records[place])
            else:
                self.records[key] = answer.records[place]

    def _after(self, high: Cursor | None, answer: ReadAnswer, *, load: bool) -> Cursor | None:
        increment = self.bench.stream.increment
        if high is None or increment is None:
            return high
        moved = highs.after(high, answer, self._keys(answer), increment.overlap, self.bench.clock.now, load=load)
        return Cursor.from_json(orjson.loads(orjson.dumps(moved.to_json())))

    def _keys(self, answer: ReadAnswer) -> list[str | None]:
        return [source_key(record, self.bench.stream.key) for record in answer.records]

    def _kept(self, record: Record) -> Record:
        """What the REST engine leaves of a record."""
        wanted = self.bench.stream.fields if self.bench.spec.rest else ()
        return {name: value for name, value in record.items() if name in wanted} if wanted else record

    def _drop(self, keys: set[str]) -> None:
        for key in keys:
            del self.records[key]

    def _days(self, mode: Mode) -> tuple[date, date] | None:
        windows, today = self.bench.stream.windows, self.bench.clock.now.date()
        if windows is None:
            return None
        begin = windows.start if mode in _FULL else today - windows.tiers[0].back
        return begin, today + windows.ahead

    async def _try(self, read: Any, *arguments: Any) -> Any:
        """Try again as the runtime does, at a later visit, what may pass by waiting."""
        for _ in range(_TRIES):
            try:
                return await read(*arguments)
            except (Retryable, RateLimited) as error:
                last = error
                self.bench.clock.move(seconds=error.retry_after or 60)
        raise last


def _text(record: Record | None) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
