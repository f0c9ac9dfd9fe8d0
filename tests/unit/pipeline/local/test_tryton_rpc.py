import base64
import datetime
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from pipeline.local.tryton.rpc import TrytonRpc
from schemas.errors import ConfigError, Retryable

URL = "http://tryton.example/db/rpc/"
VALUES = [
    Decimal("425.450"),
    datetime.timedelta(hours=7.5),
    datetime.date(2025, 2, 3),
    datetime.datetime(2025, 2, 3, 4, 5, 6, 7, tzinfo=datetime.UTC),
    {"name": "Åse", "lines": [["create", [1, None, True]]]},
]


def client(answer: Callable[[dict[str, Any], httpx.Request], httpx.Response]) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.MockTransport(lambda request: answer(json.loads(request.content), request))
    )


def session(http: httpx.AsyncClient) -> TrytonRpc:
    return TrytonRpc(http, URL, "Session x", {"company": 1})


async def test_values_of_all_types_come_back_as_they_went():
    def echo(call: dict[str, Any], _: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"id": 1, "result": call["params"][:-1]})

    async with client(echo) as http:
        assert await session(http).call("model.any.echo", *VALUES) == VALUES


async def test_an_instant_of_another_zone_is_sent_in_utc():
    def check(call: dict[str, Any], _: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"result": call["params"][0]["hour"]})

    noon = datetime.datetime(2025, 1, 1, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    async with client(check) as http:
        assert await session(http).call("model.any.echo", noon) == 10


async def test_a_login_makes_the_header_of_a_session():
    def answer(call: dict[str, Any], request: httpx.Request) -> httpx.Response:
        if call["method"] == "common.db.login":
            return httpx.Response(200, json={"result": [7, "token", None]})
        sent = base64.b64decode(request.headers["Authorization"].removeprefix("Session ")).decode()
        return httpx.Response(200, json={"result": [sent, call["params"][-1]["company"]]})

    async with client(answer) as http:
        rpc = await TrytonRpc.login(http, URL, "admin", "secret", 3)
        assert await rpc.call("model.any.who") == ["admin:7:token", 3]


async def test_a_refused_login_says_so_without_the_password():
    async with client(lambda *_: httpx.Response(200, json={"id": 0, "result": None})) as http:
        with pytest.raises(ConfigError, match="'admin'") as refused:
            await TrytonRpc.login(http, URL, "admin", "hunter2", 1)
    assert "hunter2" not in str(refused.value)


async def test_an_error_in_an_answer_of_200_is_an_error():
    async with client(lambda *_: httpx.Response(200, json={"error": ["UserError", ["no", "", None]]})) as http:
        with pytest.raises(ConfigError, match="UserError"):
            await session(http).delete("party.party", [1])


async def test_a_server_that_is_away_may_come_back():
    def away(*_: object) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async with client(away) as http:
        with pytest.raises(Retryable, match="ConnectError"):
            await session(http).search("party.party", [])


async def test_a_server_error_may_pass():
    async with client(lambda *_: httpx.Response(500)) as http:
        with pytest.raises(Retryable, match="500"):
            await session(http).search("party.party", [])
