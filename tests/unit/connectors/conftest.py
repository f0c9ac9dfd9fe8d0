"""A server that says exactly what a test wants, byte for byte, and an imitation of Tryton."""

import asyncio
import contextlib
import json
import operator
from base64 import b64encode, urlsafe_b64decode
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import httpx
import pytest

from connectors.http import HttpClient, HttpLimits
from connectors.systems.tryton.values import decode_stamp


@dataclass
class Script:
    """Answers given in turn, the last one for ever. ``sent`` counts the bytes that were taken from us."""

    answers: list[bytes | Callable[[], AsyncIterator[bytes]]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    sent: int = 0
    url: str = ""

    def answer(self) -> bytes | Callable[[], AsyncIterator[bytes]]:
        return self.answers[min(len(self.requests), len(self.answers)) - 1]


async def _talk(script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        script.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
        answer = script.answer()
        parts = _once(answer) if isinstance(answer, bytes) else answer()
        async for part in parts:
            writer.write(part)
            await writer.drain()
            script.sent += len(part)
    writer.close()


async def _once(answer: bytes) -> AsyncIterator[bytes]:
    yield answer


@pytest.fixture
async def server():
    """A listening Script; set its answers in the test."""
    script = Script()
    listener = await asyncio.start_server(lambda r, w: _talk(script, r, w), "127.0.0.1", 0)
    script.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with listener:
        yield script


@pytest.fixture
def waits():
    """The seconds that the client under test would have slept."""
    return []


@pytest.fixture
async def client(waits):
    """A client that never really sleeps between attempts and draws no chance."""

    async def sleep(seconds):
        waits.append(seconds)

    async with HttpClient(HttpLimits(connect=2, read=2, total=10), sleep=sleep, chance=lambda: 0.5) as http:
        yield http


def comparable(value):
    return decode_stamp(value) or (value if isinstance(value, int) else str(value))


OPERATORS = {"=": operator.eq, "!=": operator.ne, ">": operator.gt, ">=": operator.ge}


def fits(row, domain):
    """Whether a row fits a domain, for the operators that the connector uses."""
    if domain and domain[0] == "OR":
        return any(fits(row, [term] if isinstance(term[0], str) else term) for term in domain[1:])
    return all(_holds(row, term) for term in domain)


def _holds(row, term):
    if term[0] == "OR" or not isinstance(term[0], str):
        return fits(row, term)
    name, sign, wanted = term
    value = row.get(name)
    if value is None or wanted is None:
        return sign == "!=" and value is not wanted
    if sign == "in":
        return value in wanted
    return OPERATORS[sign](comparable(value), comparable(wanted))


class Tryton:
    """An imitation with one model. ``version`` 7 has neither REST, nor ``/rpc/``, nor last_modified_at."""

    def __init__(self, rows, version=8, model="account.account"):
        self.rows, self.version, self.model = rows, version, model
        self.asked, self.logins, self.open_sessions = [], 0, set()
        self.failure = None

    def __call__(self, request):
        self.asked.append(request)
        path = request.url.path
        answer = self._rest(request) if path.startswith("/lab/rest/") and self.version > 7 else self._rpc(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=_stream(answer.content))

    def _rest(self, request):
        if request.headers["authorization"] != "bearer key-of-a-tenant":
            return httpx.Response(401, html="<p>no</p>")
        if self.failure:
            return self.failure
        params = request.url.params
        domain, order = (json.loads(urlsafe_b64decode(params[name])) for name in "do")
        model, fields = request.url.path.rpartition("/")[2], params.get_list("f")
        if unknown := self._unknown(model, domain, order, fields):
            return httpx.Response(500, html=f"<h1>Internal Server Error</h1><p>&#39;{unknown}&#39;</p>")
        return httpx.Response(200, json=self._search(model, domain, order, int(params["s"]), fields))

    def _rpc(self, request):
        if request.url.path != ("/lab/rpc/" if self.version > 7 else "/lab/"):
            return httpx.Response(405, html="<p>no</p>")
        call = json.loads(request.content)
        if call["method"] == "common.db.login":
            return self._login(*call["params"])
        name = request.headers.get("authorization", "").partition(" ")[2]
        if name not in self.open_sessions:
            return httpx.Response(401, headers={"www-authenticate": "Basic"})
        if call["method"] == "common.db.logout":
            self.open_sessions.discard(name)
            return httpx.Response(200, json={"result": None})
        if self.failure:
            return self.failure
        model, _, method = call["method"].removeprefix("model.").rpartition(".")
        if model != self.model:
            return httpx.Response(200, json={"id": 1, "error": [f"'{model}'", ""]})
        if method == "fields_get":
            return httpx.Response(200, json={"result": {name: {} for name in self._fields()}})
        domain, _, limit, order, fields, _ = call["params"]
        if unknown := self._unknown(model, domain, order, fields):
            return httpx.Response(200, json={"id": 1, "error": [f"'{unknown}'", ""]})
        return httpx.Response(
            200,
            json={"result": self._search(model, domain, order, limit, fields)},
            headers={"date": "Mon, 23 Nov 2026 12:00:40 GMT"},
        )

    def _login(self, user, secrets):
        self.logins += 1
        if (user, secrets) != ("admin", {"password": "password-of-a-tenant"}):
            return httpx.Response(401)
        self.open_sessions = {b64encode(f"admin:1:token{self.logins}".encode()).decode()}
        return httpx.Response(200, json={"result": [1, f"token{self.logins}", *([None] if self.version > 7 else [])]})

    def _search(self, model, domain, order, limit, fields):
        if model == "ir.model.field":
            return [{"id": i, "name": name} for i, name in enumerate(self._fields()) if domain[0][2] == self.model]
        rows = [row for row in self.rows if fits(row, domain)]
        for name, direction in reversed(order):
            rows.sort(key=lambda row: comparable(row[name]), reverse=direction == "DESC")
        tops = [name.partition(".")[0] for name in fields]
        return [{"id": row["id"]} | {name: row[name] for name in tops if name in row} for row in rows[:limit]]

    def _unknown(self, model, domain, order, fields):
        """The first name that the model does not have, or the model's own."""
        if model not in (self.model, "ir.model.field"):
            return model
        terms = [term for clause in domain for term in (clause[1:] if clause[0] == "OR" else [clause])]
        used = [term[0] if isinstance(term[0], str) else term[0][0] for term in terms]
        names = [name.partition(".")[0] for name in (*used, *(name for name, _ in order), *fields)]
        known = [*self._fields(), "relation", "model"]
        return next((name for name in names if name not in known), None)

    def _fields(self):
        stamps = ["last_modified_at"] if self.version > 7 else []
        return ["id", "code", "name", "company", "write_date", "create_date", *stamps]


async def _stream(content):
    yield content


@pytest.fixture
def imitation():
    """The class of imitations: ``imitation(rows, version)`` answers httpx requests."""
    return Tryton
