"""What goes over the certificate's wire: one request as it was asked, one answer, and what may go wrong with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

import httpx
import orjson

from schemas.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. ``path`` is still quoted; ``form`` holds the fields of a form in the body."""

    method: str
    host: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None
    form: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: httpx.Request) -> Asked:
        """The request of httpx; raises ConfigError where its body is neither JSON nor a form."""
        content, kind = request.content, request.headers.get("content-type", "")
        form = dict(parse_qsl(content.decode())) if "form" in kind else {}
        try:
            body = orjson.loads(content) if content and not form else None
        except orjson.JSONDecodeError as error:
            raise ConfigError(
                f"The connector sent a body that is no JSON to {request.url.host}; correct it."
            ) from error
        path, _, query = request.url.raw_path.decode().partition("?")
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in request.headers.raw}
        params = dict(parse_qsl(query, keep_blank_values=True))
        return cls(request.method, request.url.host, path, params, headers, body, form)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: ``document`` as JSON, or ``content`` as it stands."""

    status: int = 200
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None

    def body(self) -> bytes:
        """The bytes of the answer."""
        if self.content is not None:
            return self.content
        return b"" if self.status == 204 else orjson.dumps(self.document)


Spoil = Callable[[Answer], Answer]
"""Makes a faulty answer of a good one; it may raise an error of httpx instead."""


def truncated(answer: Answer) -> Answer:
    """The answer broken off in the middle, as by a proxy that says nothing."""
    content = answer.body()
    return replace(answer, content=content[: len(content) // 2])


def timed_out(answer: Answer) -> Answer:
    """No answer in time."""
    raise httpx.ReadTimeout("the certificate lets it time out")


def cut_off(answer: Answer) -> Answer:
    """A connection that breaks while the answer comes."""
    raise httpx.RemoteProtocolError("the certificate breaks the connection")


def web_page(answer: Answer) -> Answer:
    """A page for people, as a proxy or a maintenance notice shows it, with a status of success."""
    page = b"<!doctype html><title>Maintenance</title><p>We will be back soon."
    return Answer(200, headers={"content-type": "text/html"}, content=page)


def always(status: int, document: Any = None, **headers: str) -> Spoil:
    """Another answer, whatever the good one was; ``retry_after`` stands for ``Retry-After``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Answer(status, {"message": "no"} if document is None else document, named)


async def stream(content: bytes) -> AsyncIterator[bytes]:
    """The bytes as from the network: not read yet."""
    yield content
