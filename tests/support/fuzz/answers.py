"""Answers of an ERP that has gone wrong: status, headers and body each as bad as can be."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from hypothesis import strategies as st

from tests.support.fuzz.values import as_text, fatal, mutated, values

_BOMB = gzip.compress(b"[" + b" " * (60 * 1024 * 1024) + b"]", 1)
_STATUSES = [200, 201, 204, 206, 301, 302, 307, 308, 304, 400, 401, 403, 404, 408, 409, 410, 416, 422, 425, 429, 500]
_DATES = (
    "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Mon, 1 Jan 2020 0:0:0 +99999999999999", "0", "-1", "9" * 400,
    "Fri, 31 Dec 9999 23:59:59 -2359", "Sat, 01 Jan 100 00:00:00 +2359", "²", "1.5", "inf", "tomorrow", ",", "a,",
    "Sun, 31 May 2026 22:00:00 GMT", "120", "Mon, 32 Jan 2026 25:61:61 GMT", "1 1 1 1 1 1", "+ - :",
)  # fmt: skip
_LINKS = (
    "<http://[x>; rel=next", "</customers?page=2>; rel=\"next\"", "<http://other.example/x>; rel=next", "<>; rel=next",
    "<" * 30_000, "<http://erp.example:99999999/x>; rel=next", "<//>; rel=next", "<http://erp.example/\x7f>;rel=next",
    "<?" + "x" * 70_000 + ">; rel=next", "<ftp://erp.example>; rel=next", "<\\\\x>; rel=next", "<a>" + "; rel=a" * 900,
    "<http://erp.example:/x>; rel=next", "<http://erp.example:x/>; rel=next",
)  # fmt: skip
_LOCATIONS = (
    "/", "http://[x", "http://other.example/", "//", "", "http://erp.example:99999999/", "\x7f", "?", "http://",
    "http://erp.example/" + "x" * 70_000, "javascript:1", "http://user:word@erp.example/", "http://erp.example:x/",
)  # fmt: skip
_TYPES = ("text/html", "application/json; charset=utf-16", "", "\x80", "multipart/x;", "application/problem+json")
_FAILURES = (
    httpx.ReadError, httpx.RemoteProtocolError, httpx.ReadTimeout, httpx.ConnectError, OSError, TimeoutError,
    httpx.DecodingError,
)  # fmt: skip

_any_header = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)
_headers = st.fixed_dictionaries(
    {},
    optional={
        "content-type": st.sampled_from(_TYPES) | _any_header,
        "content-encoding": st.sampled_from(["gzip", "br", "deflate", "gzip, gzip", "GZIP ", "identity"]) | _any_header,
        "content-length": st.sampled_from(["0", "5", "-1", "99999999999"]),
        "date": st.sampled_from(_DATES) | _any_header,
        "retry-after": st.sampled_from(_DATES) | _any_header,
        "link": st.sampled_from(_LINKS) | _any_header,
        "location": st.sampled_from(_LOCATIONS) | _any_header,
        "set-cookie": _any_header,
    },
)


@dataclass(frozen=True)
class Answer:
    """What comes back. ``failure`` is raised after the last chunk."""

    status: int
    headers: dict[str, str] = field(repr=False)
    chunks: list[bytes]
    failure: type[Exception] | None = None

    def wire(self) -> bytes:
        """The answer as bytes on a connection that is then closed."""
        head = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        return f"HTTP/1.1 {self.status} X\r\n{head}\r\n".encode("latin-1", "replace") + b"".join(self.chunks)


class Scripted(httpx.AsyncBaseTransport):
    """Gives the answers of the present example in turn, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in answer.headers.items()]
        return httpx.Response(answer.status, headers=headers, stream=_Stream(answer), request=request)


class _Stream(httpx.AsyncByteStream):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._answer.chunks:
            yield chunk
        if self._answer.failure is not None:
            raise self._answer.failure("the example breaks off")


@st.composite
def bodies(draw: st.DrawFn, sample: Any) -> bytes:
    """The body of an answer: mostly the sample with something wrong in it."""
    kind = draw(st.integers(0, 11))
    if kind == 0:
        return draw(st.binary(max_size=60))
    if kind == 1:
        return draw(st.sampled_from([_BOMB, b"", b" ", b"null", b"<html>", b"[]", b'{"data": []}', b"\xef\xbb\xbf[]"]))
    wrong = fatal if kind == 2 else values
    body = as_text(draw(mutated(sample, wrong))).encode("utf-8", "replace")
    return body[: draw(st.integers(0, len(body)))] if kind == 3 else body


@st.composite
def answers(draw: st.DrawFn, sample: Any) -> Answer:
    """One answer; two in three are a 200."""
    status = 200 if draw(st.integers(0, 2)) else draw(st.sampled_from(_STATUSES) | st.integers(200, 999))
    headers = draw(_headers)
    body = draw(bodies(sample))
    if headers.get("content-encoding") == "gzip" and body is not _BOMB and draw(st.booleans()):
        body = gzip.compress(body, 1)
    cut = draw(st.integers(0, min(len(body), 50)))
    failure = draw(st.sampled_from(_FAILURES)) if draw(st.integers(0, 9)) == 0 else None
    return Answer(status, headers, [body[:cut], body[cut:]], failure)


@st.composite
def wire_bytes(draw: st.DrawFn, sample: Any) -> bytes:
    """What a server writes before it hangs up: an answer, one with its bytes mixed up, or noise."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.binary(max_size=100))
    wire = draw(answers(sample)).wire()[: draw(st.sampled_from([1 << 20, 20, 60]))]
    if draw(st.integers(0, 3)) == 0:
        place = draw(st.integers(0, max(0, min(len(wire), 200) - 1)))
        wire = wire[:place] + draw(st.binary(max_size=3)) + wire[place + 1 :]
    return wire


async def serve_once(wire: bytes) -> asyncio.Server:
    """A server on a free loopback port that gives these bytes to whoever asks."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(wire)
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", 0)
