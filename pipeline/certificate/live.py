"""The harmless part of the certificate, against a real account: it only reads, and a page or two of each stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from connectors.base import Access, Connector, Mode, ReadAnswer, ReadRequest, Session
from connectors.spec import StreamSpec
from pipeline.certificate.mapper import Mapper, refusal
from pipeline.certificate.verdicts import Failure, NotApplicable, Outcome, Verdict, demand
from schemas.errors import ErpflowError
from schemas.keys import source_key

PROVES = {
    "live-check": "The credential is let in.",
    "live-page": "The first page of a stream can be read, and every record has a key of its own.",
    "live-mapping": "The records of the first page map to entities, or are skipped.",
    "live-quiet": "Who asks for changes since now gets no old records.",
}

_COARSE = timedelta(days=1)  # some APIs tell changes by the day


class LivePart:
    """Tries an open session, stream by stream."""

    def __init__(self, connector: Connector, access: Access, session: Session) -> None:
        self._connector = connector
        self._access = access
        self._session = session

    async def run(self, now: datetime) -> list[Verdict]:
        """All verdicts; a stream that cannot be read hides no other."""
        verdicts = [await _judged("live-check", None, self._checked)]
        for stream in self._connector.spec.streams:
            verdicts += await self._stream(stream, now)
        return verdicts

    async def _stream(self, stream: StreamSpec, now: datetime) -> list[Verdict]:
        answer = ReadAnswer([])

        async def page() -> None:
            nonlocal answer
            days = (now.date() - _COARSE * 31, now.date()) if stream.windows else None
            answer = await self._session.read(ReadRequest(stream, Mode.BACKFILL, days=days))
            _told_apart(stream, answer)

        async def mapping() -> None:
            self._mapped(stream, answer)

        async def quiet() -> None:
            await self._is_quiet(stream, now)

        parts = (("live-page", page), ("live-mapping", mapping), ("live-quiet", quiet))
        return [await _judged(check, stream.name, part) for check, part in parts]

    async def _checked(self) -> None:
        await self._session.check()

    def _mapped(self, stream: StreamSpec, answer: ReadAnswer) -> None:
        if not answer.records:
            raise NotApplicable("the account has no record in the first page")
        results = Mapper(self._connector, stream, self._access).map(answer.records)
        rejected = [result for result in results if result.status == "rejected"]
        why = refusal(rejected[0]) if rejected else ""
        demand(not rejected, f"Of {len(results)} records {len(rejected)} are rejected; the first at {why}")

    async def _is_quiet(self, stream: StreamSpec, now: datetime) -> None:
        if stream.increment is None:
            raise NotApplicable("the stream is compared as a whole, since it tells no changes")
        answer = await self._session.read(ReadRequest(stream, Mode.INCREMENT, since=now))
        old = sum(stamp is not None and stamp < now - _COARSE for stamp in answer.stamps)
        demand(not old, f"{old} of {len(answer.records)} records are older than what was asked for; check the filter.")


def _told_apart(stream: StreamSpec, answer: ReadAnswer) -> None:
    keys = [source_key(record, stream.key) for record in answer.records]
    paths = " and ".join(stream.key)
    demand(None not in keys, f"Of {len(keys)} records {keys.count(None)} have no key at {paths}.")
    twice = sum(many - 1 for many in Counter(keys).values())
    demand(not twice, f"Of {len(keys)} records {twice} share the key of another one at {paths}.")


async def _judged(check: str, stream: str | None, part: Callable[[], Awaitable[None]]) -> Verdict:
    try:
        await part()
    except NotApplicable as why:
        return Verdict(check, stream, Outcome.NOT_APPLICABLE, str(why))
    except (Failure, ErpflowError) as why:
        return Verdict(check, stream, Outcome.FAILED, str(why))
    return Verdict(check, stream, Outcome.PASSED)
