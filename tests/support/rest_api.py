"""Small APIs, each a function of the request, and reading them by a spec as the runtime does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson

from connectors.base import Access, Mode, ReadAnswer, ReadRequest
from connectors.http import HttpClient
from connectors.rest import RestSession, open_rest
from connectors.retry import NEVER, RetryPolicy
from connectors.spec import ConnectorSpec

URL = "https://x.example/v1"


class Api:
    """An API as a function of the request; keeps what it was asked."""

    def __init__(self, answer: Callable[[httpx.Request], Any]) -> None:
        self.asked: list[httpx.Request] = []
        self._answer = answer

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        found = self._answer(request)
        if not isinstance(found, httpx.Response):
            found = httpx.Response(200, json=found)
        # As from the network: not read yet.
        return httpx.Response(found.status_code, headers=found.headers, content=_stream(found.content))

    def params(self) -> list[dict[str, str]]:
        return [dict(request.url.params) for request in self.asked]

    def bodies(self) -> list[Any]:
        return [orjson.loads(request.content) for request in self.asked]

    def paths(self) -> list[str]:
        return [request.url.raw_path.decode().partition("?")[0] for request in self.asked]


async def _stream(content: bytes) -> AsyncIterator[bytes]:
    yield content


@asynccontextmanager
async def opened(
    api: Api, about: ConnectorSpec, access: Access | None = None, policy: RetryPolicy = NEVER
) -> AsyncIterator[RestSession]:
    async def no_wait(seconds: float) -> None:
        return None

    async with (
        HttpClient(policy=policy, transport=httpx.MockTransport(api), sleep=no_wait) as http,
        open_rest(about, access or Access("1", {"base_url": URL}), http) as session,
    ):
        yield session


async def read(
    api: Api, about: ConnectorSpec, mode: Mode = Mode.BACKFILL, access: Access | None = None, **request: Any
) -> list[ReadAnswer]:
    """All pages of the first stream; positions go through JSON."""
    answers: list[ReadAnswer] = []
    position = None
    async with opened(api, about, access) as session:
        for _ in range(100):
            answer = await session.read(ReadRequest(about.streams[0], mode, position, **request))
            answers.append(answer)
            position = orjson.loads(orjson.dumps(answer.position))
            if position is None:
                return answers
    raise AssertionError("the reading does not end")


def ids(answers: list[ReadAnswer]) -> list[Any]:
    return [record["id"] for answer in answers for record in answer.records]
