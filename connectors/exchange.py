"""What is asked of an API and what it answers: requests, responses, and who has a say in between."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from connectors.redact import place, redact
from connectors.slicing import Cut
from schemas.errors import ErpflowError

_SCHEMES = {"basic", "bearer", "session", "token"}  # words of an Authorization header that are no secret
_PUBLIC_HEADERS = {"accept", "accept-encoding", "content-type", "range", "user-agent"}

Params = Mapping[str, str] | tuple[tuple[str, str], ...]
Judge = Callable[["Request", "Response", datetime], "ErpflowError | Response | None"]
"""Says what an answer means, given the time: an error to raise, a Response to hand back, None for HTTP's meaning."""


Departure = Callable[[], Awaitable[None]]
"""Awaited when the connection stands, before the first byte leaves; waits for a later slot where that took too long."""


class Gate(Protocol):
    """What the runtime has every attempt to send a request pass, so that the limits of an API are kept."""

    async def enter(self) -> Departure:
        """Wait until one more request may be sent; raises RateLimited where that is too long, as the departure does."""

    async def learned(self, status: int, headers: Mapping[str, str]) -> None:
        """Take note of an answer; ``headers`` have lower-case names."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``allow`` lists statuses outside 2xx that the caller wants to see instead of an error.

    ``judge`` is asked first about every answer but redirects; what it raises is retried as HTTP's own errors are.
    ``gate`` is the runtime's: every attempt passes it. ``sign`` gives each attempt headers of its own.

    The body is ``json``, or the fields of a ``form``.

    ``cut`` names a list in the answer whose records are not to be parsed, where that can be (``Slices``).

    ``idempotent`` requests are retried; ``timeout`` is the longest wait for a piece of the answer, in
    seconds. ``secrets`` are texts beside the header values that must not show in messages.
    """

    method: str
    url: str
    params: Params = field(default=(), repr=False)
    json: Any = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float | None = None
    allow: frozenset[int] = frozenset()
    idempotent: bool = True
    secrets: tuple[str, ...] = field(default=(), repr=False)
    judge: Judge | None = field(default=None, repr=False)
    sign: Callable[[Request], Mapping[str, str]] | None = field(default=None, repr=False)
    gate: Gate | None = field(default=None, repr=False)
    cut: Cut | None = None

    @property
    def where(self) -> str:
        """Method, host and path, fit for a message."""
        return redact(place(self.method, self.url), self.hidden)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Every text that must not show: the named secrets and the words of non-public header values."""
        values = [value for name, value in self.headers.items() if name.lower() not in _PUBLIC_HEADERS]
        words = (word for value in values for word in (value, *value.split()))
        return (*self.secrets, *(word for word in words if word.lower() not in _SCHEMES))


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer. ``headers`` have lower-case names; ``json`` is None where there was no JSON.

    ``text`` is the beginning of an answer that is no success. ``meaning`` is what a judge found in it, '' for nothing.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    json: Any = field(repr=False)
    text: str = field(default="", repr=False)
    meaning: str = ""


class Http(Protocol):
    """What a connector is given to send requests with: the client, or something of the runtime's before it."""

    async def send(self, request: Request) -> Response:
        """See ``HttpClient.send``."""


def basic(user: str, password: str) -> str:
    """The value of an ``Authorization`` header for HTTP Basic (RFC 7617)."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()
