"""ERPs behind one HTTP server, one for each company, and the connector by which worker processes read them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web

from connectors.base import Access, Connector, Mode, ReadAnswer, ReadRequest
from connectors.http import HttpClient, Request
from connectors.registry import Registry
from connectors.spec import ConnectorSpec, SettingSpec, StreamSpec
from tests.support import fake_erp
from tests.support.fake_erp import FakeErp, FakeSession

LOOKUPS = 20
SLOW = 25.0
"""Seconds."""
Told = Callable[..., None]


def _stream(stream: StreamSpec) -> StreamSpec:
    return stream.model_copy(update={"lookup_size": LOOKUPS if stream.lookup_size else 0})


SPEC = fake_erp.SPEC.model_copy(
    update={
        "settings": (SettingSpec(name="base_url", description="Where the ERPs are."),),
        "streams": tuple(_stream(stream) for stream in fake_erp.SPEC.streams),
    }
)
"""Customers with contacts (changes by stamp, lists of keys, lookups), projects (compared as a whole, two scans for
deletes), and addresses, which only say that a customer changed."""


def registry(fetched: Told) -> Registry:
    """The connector; ``fetched`` hears of each answer that holds records for a page."""

    @asynccontextmanager
    async def opened(spec: ConnectorSpec, access: Access, http: HttpClient) -> AsyncIterator[RemoteSession]:
        yield RemoteSession(f"{access.settings['base_url']}/{access.company}", access.company, http, fetched)

    return Registry({SPEC.system: Connector(SPEC, fake_erp.MAPPINGS, opened)})


class RemoteSession:
    """Asks the server what a ``FakeSession`` answers."""

    def __init__(self, url: str, company: str, http: HttpClient, fetched: Told) -> None:
        self._url = url
        self._company = company
        self._http = http
        self._fetched = fetched

    async def read(self, request: ReadRequest) -> ReadAnswer:
        asked = {"mode": request.mode, "position": request.position, "since": request.since, "keys": request.keys}
        given = await self._ask(request.stream, orjson.loads(orjson.dumps(asked)))
        answer = ReadAnswer(given["records"], [datetime.fromisoformat(s) for s in given["stamps"]], given["position"])
        if answer.records and request.stream.entities and request.mode is not Mode.KEYS:
            name = request.stream.name
            page = f"{self._company}/{name}"  # it has no number yet
            self._fetched(page=page, connection=self._company, stream=name, records=len(answer.records))
        return answer

    async def stamp(self, stream: StreamSpec) -> datetime | None:
        found = (await self._ask(stream, {}))["stamp"]
        return datetime.fromisoformat(found) if found else None

    async def check(self) -> str:
        return "Logged in to the ERP of the storm."

    async def _ask(self, stream: StreamSpec, asked: Any) -> Any:
        return (await self._http.send(Request("POST", f"{self._url}/{stream.name}", json=asked))).json


@asynccontextmanager
async def serving(companies: Mapping[str, FakeErp], page_size: int, gate: asyncio.Event) -> AsyncIterator[str]:
    """Serve the companies' ERPs from this event loop, in pages of that many records; their URL.

    While the gate is shut they are slow to answer.
    """

    async def answer(request: web.Request) -> web.Response:
        asked = orjson.loads(await request.read())
        with suppress(TimeoutError):
            await asyncio.wait_for(gate.wait(), SLOW)
        session = FakeSession(companies[request.match_info["company"]])
        stream = SPEC.stream(request.match_info["stream"]).model_copy(update={"page_size": page_size})
        given = await _answer(session, stream, asked)
        return web.Response(body=orjson.dumps(given), content_type="application/json")

    app = web.Application()
    app.router.add_post("/{company}/{stream}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _answer(session: FakeSession, stream: StreamSpec, asked: Mapping[str, Any]) -> dict[str, Any]:
    if not asked:
        return {"stamp": await session.stamp(stream)}
    since = datetime.fromisoformat(asked["since"]) if asked["since"] else None
    request = ReadRequest(stream, Mode(asked["mode"]), asked["position"], since, tuple(asked["keys"]))
    found = await session.read(request)
    return {"records": found.records, "stamps": found.stamps, "position": found.position}
