"""The REST engine: reads an ordinary JSON API by nothing but its spec (``ConnectorSpec.rest``)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from urllib.parse import urlsplit

from connectors import windows
from connectors.base import Access, Mode, ReadAnswer, ReadRequest
from connectors.given import connection_values
from connectors.http import Http, Response
from connectors.pagination import PageRead
from connectors.rest_answers import link_of, list_at, server_time
from connectors.rest_caller import Caller
from connectors.rest_details import completed
from connectors.rest_lookups import look_up
from connectors.rest_paging import Place, following
from connectors.rest_requests import Asker, is_joint
from connectors.rest_spec import RestApi
from connectors.slicing import Cut
from connectors.spec import ConnectorSpec, StreamSpec
from connectors.stamps import floored, stamp_of, stamps_of
from connectors.templates import checked_url, fill, fill_url
from connectors.windows import Days
from schemas.errors import ConfigError
from schemas.pages import Record


@asynccontextmanager
async def open_rest(spec: ConnectorSpec, access: Access, http: Http) -> AsyncIterator[RestSession]:
    """Open a session by a spec; raises ConfigError where a setting is missing. Nothing is asked of the API yet."""
    if spec.rest is None:
        raise ConfigError(f"The spec of {spec.title} says nothing about REST; give it a 'rest' part.")
    values = connection_values(spec, access)
    base = checked_url(fill_url(spec.rest.base_url, values), "base URL")
    yield RestSession(spec, spec.rest, Asker(spec.rest, base, values), Caller(spec, spec.rest, values, access, http))


class RestSession:
    """One connection's way into an API; a ``connectors.base.Session``."""

    def __init__(self, spec: ConnectorSpec, api: RestApi, asker: Asker, caller: Caller) -> None:
        self._spec = spec
        self._api = api
        self._asker = asker
        self._caller = caller
        self._streams: dict[str, tuple[StreamSpec, StreamSpec]] = {}

    async def read(self, request: ReadRequest) -> ReadAnswer:
        """Read one page, or the records of the given keys (see ``Session.read``)."""
        request = replace(request, stream=self._of_connection(request.stream))
        if request.mode is Mode.LOOKUP:
            return await self._lookup(request)
        place, began = Place.of(request, _days(request)), monotonic()
        response = await self._ask(request.stream, place, request.mode, {}, _unread(request))
        now = _time_of(response, began) or datetime.now(UTC)
        place = place.began(request, now)
        records = list_at(response, request.stream.rest.records, request.stream)
        stamps = place.all_told(self._stamps(records, request, place))
        after = self._after(request, place, response, ReadAnswer(records, stamps))
        return _kept(await self._whole(request, ReadAnswer(records, stamps, after), place, now), request.stream)

    async def stamp(self, stream: StreamSpec) -> datetime | None:
        """The newest stamp where the spec can ask for it, else the clock of the API's server (header ``Date``)."""
        stream = self._of_connection(stream)
        if stream.increment is None:
            return None
        newest, began = stream.rest.newest_params, monotonic()
        one = stream.model_copy(update={"page_size": 1})
        response = await self._ask(one, Place(), Mode.BACKFILL, newest or {})
        if newest is None:
            return _time_of(response, began)
        records = list_at(response, stream.rest.records, stream)
        return stamp_of(records[0], stream.increment) if records else None

    async def check(self) -> str:
        """Ask for what the spec names, else for one record of the first stream, and say where it came from."""
        where = f"{self._spec.title} at {urlsplit(self._asker.base).netloc} answers"
        if self._api.check is not None:
            await self._caller.send(self._asker.path(self._api.check))
            return f"{where}."
        stream = self._of_connection(self._spec.streams[0]).model_copy(update={"page_size": 1})
        today = datetime.now(UTC).date()
        place = Place.of(ReadRequest(stream, Mode.SCAN), (today, today))
        found = list_at(await self._ask(stream, place, Mode.SCAN, {}), stream.rest.records, stream)
        return f"{where}; the stream {stream.name} {'has records' if found else 'is empty'}."

    def _of_connection(self, stream: StreamSpec) -> StreamSpec:
        """The stream with the connection's own time zone in it."""
        given, own = self._streams.get(stream.name, (None, stream))
        if given is not stream:
            increment = stream.increment
            zone = fill(increment.zone, self._asker.values) if increment else ""
            own = stream
            if increment is not None and zone != increment.zone:
                own = stream.model_copy(update={"increment": increment.model_copy(update={"zone": zone})})
            self._streams[stream.name] = stream, own
        return own

    async def _ask(
        self, stream: StreamSpec, place: Place, mode: Mode, extra: Mapping[str, str], cut: Cut | None = None
    ) -> Response:
        ask = self._asker.page(stream, place, mode, extra)
        return await self._caller.send(replace(ask, cut=cut), empty=stream.rest.empty)

    def _after(
        self, request: ReadRequest, place: Place, response: Response, answer: ReadAnswer
    ) -> dict[str, object] | None:
        stream, records = request.stream, answer.records
        page = PageRead(place.page, stream.page_size, records, response.json, link_of(response))
        return following(stream.rest.pages or self._api.pages, place, page, answer, request)

    @staticmethod
    def _stamps(records: Sequence[Record], request: ReadRequest, place: Place) -> list[datetime | None]:
        increment = request.stream.increment
        if increment is None or increment.field:
            return stamps_of(records, increment)
        # Records do not say: the time when the poll began is taken, as far as the next poll can ask from it.
        return [floored(place.until, increment) if place.until else None] * len(records)

    async def _lookup(self, request: ReadRequest) -> ReadAnswer:
        stream, lookup = request.stream, request.stream.rest.lookups()
        records = await look_up(self._asker, self._caller, stream, request.keys)
        answer = ReadAnswer(records, [stamp_of(record, stream.increment) for record in records])
        whole = lookup is not None and not is_joint(lookup)
        return _kept(await self._whole(request, answer, Place(), datetime.now(UTC), whole=whole), stream)

    async def _whole(
        self, request: ReadRequest, answer: ReadAnswer, place: Place, now: datetime, whole: bool = False
    ) -> ReadAnswer:
        """The answer with details and children.

        Where only a detail tells the stamp, one from after the list is not told: another record may have changed
        between the two, unseen.
        """
        stream = request.stream
        if request.mode is Mode.KEYS or not stream.rest.per_record:
            return answer
        done = await completed(self._asker, self._caller, stream, self._spec.limits, answer.records, whole=whole)
        records, stamps = [], []
        for record, stamp in zip(done, answer.stamps, strict=True):
            if record is None:
                continue
            late = stamp_of(record, stream.increment) if stamp is None else None
            records.append(record)
            stamps.append(stamp or (place.told(late) if late and late <= now else None))
        return ReadAnswer(records, stamps, answer.position)


def _unread(request: ReadRequest) -> Cut | None:
    """The list of records of which nobody will read more than key and stamp, None where somebody will.

    Changes are compared with those of the last poll, and without a stamp all records are; then parsing once is best.
    """
    stream, mode = request.stream, request.mode
    whole = mode is Mode.KEYS or (mode in (Mode.BACKFILL, Mode.SCAN) and not stream.rest.per_record)
    if not whole or stream.increment is None or stream.fields:
        return None
    return Cut(stream.rest.records, tuple(path for path in (*stream.key, stream.increment.field) if path))


def _days(request: ReadRequest) -> Days | None:
    if request.stream.windows is None:
        return None
    return request.days or windows.whole(request.stream.windows, datetime.now(UTC).date())


def _kept(answer: ReadAnswer, stream: StreamSpec) -> ReadAnswer:
    """The answer without what the spec does not name: some APIs give more of people than anybody asked for."""
    if not stream.fields:
        return answer
    wanted = frozenset(stream.fields)
    records = [{name: value for name, value in record.items() if name in wanted} for record in answer.records]
    return replace(answer, records=records)


def _time_of(response: Response, began: float) -> datetime | None:
    """When the request was made, by the clock of the API's server."""
    answered = server_time(response)
    return answered and answered - timedelta(seconds=int(monotonic() - began))
