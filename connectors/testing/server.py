"""The certificate's server: an ERP's answers, its clock, a log of what was asked, and faults at chosen requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Protocol

import httpx

from connectors.base import Access
from connectors.spec import ConnectorSpec
from connectors.testing.books import Book, Clock
from connectors.testing.exchange import Answer, Asked, Spoil, stream


class Erp(Protocol):
    """What answers: made from a spec for the REST engine, or by hand for a connector with sessions of its own.

    ``spec`` says what the API does, which may differ from what a connector believes; ``likely`` is the stream that is
    read now, where a request could be about several.
    """

    spec: ConnectorSpec
    books: Mapping[str, Book]
    clock: Clock
    access: Access
    likely: str

    def answer(self, asked: Asked) -> Answer:
        """The answer to one request, faultless."""

    def is_token_request(self, asked: Asked) -> bool:
        """Whether a request asks for a token or session, and not for records."""

    def end_tokens(self) -> bool:
        """Let every token that was issued be refused from now on; false where the API issues none."""


Before = Callable[[int], None]
"""What happens in the ERP before a request for records is answered, given how many came before it."""


@dataclass(slots=True)
class _Fault:
    spoil: Spoil
    after: int
    times: int
    tokens: bool


@dataclass(slots=True)
class Server(httpx.AsyncBaseTransport):
    """An ERP behind httpx, within this process. ``asked`` are the requests for records, ``tokens`` those for tokens."""

    erp: Erp
    before: Before = lambda number: None
    asked: list[Asked] = field(default_factory=list)
    tokens: list[Asked] = field(default_factory=list)
    answered: list[Answer] = field(default_factory=list)
    _faults: list[_Fault] = field(default_factory=list)

    def fail(self, spoil: Spoil, *, after: int = 0, times: int = 1, tokens: bool = False) -> None:
        """Spoil ``times`` answers, once ``after`` more requests (for tokens, if ``tokens``) were answered well."""
        self._faults.append(_Fault(spoil, after + len(self.tokens if tokens else self.asked), times, tokens))

    def mend(self) -> None:
        """Answer well from now on."""
        self._faults.clear()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of httpx."""
        asked = Asked.of(request)
        tokens = self.erp.is_token_request(asked)
        log = self.tokens if tokens else self.asked
        if not tokens:
            self.before(len(log))
        log.append(asked)
        answer = self._spoilt(self.erp.answer(asked), len(log) - 1, tokens)
        self.answered.append(answer)
        headers = {
            "content-type": "application/json",
            "date": format_datetime(self.erp.clock.wall, usegmt=True),
            **answer.headers,
        }
        return httpx.Response(answer.status, headers=headers, content=stream(answer.body()), request=request)

    def _spoilt(self, answer: Answer, number: int, tokens: bool) -> Answer:
        for fault in self._faults:
            if fault.tokens == tokens and fault.times and number >= fault.after:
                fault.times -= 1
                return fault.spoil(answer)
        return answer
