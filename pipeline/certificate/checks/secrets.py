"""Secrets: in no log, no error, no text about a session, no event, no checkpoint and no address."""

from __future__ import annotations

import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from connectors.base import Mode, Session
from connectors.testing.exchange import Answer, Asked, Spoil
from connectors.testing.rest_erp import MOST
from pipeline.certificate.bench import Bench, Case
from pipeline.certificate.mirror import Mirror
from pipeline.certificate.verdicts import Failure, NotApplicable, check, demand
from schemas.errors import ErpflowError

_ISSUED = "-of-the-certificate"  # the end of every token that the certificate's ERP issues
_ORDINARY = {"accept", "accept-encoding", "connection", "content-length", "content-type", "host", "user-agent"}
_STATUSES = (200, 400, 401, 403, 404, 409, 422, 429, 500)


class _Heard(logging.Handler):
    """Keeps every line that is logged, with what it was made of; erpflow never switches the libraries' DEBUG on."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(
            f"{record.getMessage()} {record.args} {record.exc_info and traceback.format_exception(*record.exc_info)}"
        )


@check("secrets-hidden", once=True)
async def hidden(case: Case) -> None:
    """No secret shows in logs, errors, texts about a session, events or checkpoints, even where the API repeats it."""
    bench = case.bench(MOST + 1)
    if not bench.erp.access.secrets:
        raise NotApplicable("the API asks for no credentials")
    with _listening() as heard:
        said = [*await _good(case, bench), *[text async for text in _bad(case)]]
    secrets = list(_secrets(bench))
    for where, text in (*said, *(("A line of the log", line) for line in heard.lines)):
        shown = any(secret in text for secret in secrets)
        demand(not shown, f"{where} shows a secret.")


@check("secrets-not-in-address", once=True)
async def not_in_address(case: Case) -> None:
    """No secret is part of an address that records are asked at: logs and proxies keep addresses."""
    bench = case.bench(MOST + 1)
    mirror = Mirror(bench)
    async with bench.session() as session:
        await mirror.load(session)
    secrets = list(_secrets(bench))
    for asked in bench.server.asked:
        address = f"{asked.path} {' '.join(asked.params.values())}"
        demand(not any(secret in address for secret in secrets), f"{asked.method} {asked.path} has a secret in it.")


async def _good(case: Case, bench: Bench) -> list[tuple[str, str]]:
    """What a run without faults says."""
    mirror = Mirror(bench)
    async with bench.session() as session:
        await mirror.load(session)
        said = [("The session's repr", repr(session)), ("Its check", await session.check())]
    positions = [answer.position for answer in mirror.read_last]
    results = case.mapper().map(list(mirror.records.values()))
    bodies = [one.body for result in results for one in result.entities]
    said += [
        ("A checkpoint", _json(positions)),
        ("An event", _json(bodies)),
        ("The access's repr", repr(bench.erp.access)),
    ]
    return said


async def _bad(case: Case) -> AsyncIterator[tuple[str, str]]:
    """The errors of an API that repeats what it was sent, with every status, or cannot be reached."""
    for tokens in (False, True):
        for status in (*_STATUSES, None):
            bench = case.bench(1)
            log = bench.server.tokens if tokens else bench.server.asked
            bench.server.fail(_unreachable(log) if status is None else _echo(log, status), times=10_000, tokens=tokens)
            try:
                async with bench.session() as session:
                    await _read(bench, session)
            except ErpflowError as error:
                yield "An error", f"{error} {error!r} {error.args} {''.join(traceback.format_exception(error))}"
            except Exception as error:  # noqa: BLE001 - a connector is foreign code
                raise Failure(f"It raised {type(error).__name__}, which is none of erpflow's errors.") from None


async def _read(bench: Bench, session: Session) -> None:
    async for _ in Mirror(bench).pages(session, Mode.BACKFILL):
        return


def _echo(log: list[Asked], status: int) -> Spoil:
    """An answer whose every text is what the request had to show."""

    def spoil(answer: Answer) -> Answer:
        told = _shown(log[-1])[:150]
        document = dict.fromkeys(("error", "error_description", "message", "Message", "detail", "code"), told)
        return replace(answer, status=status, document=document, content=None)

    return spoil


def _unreachable(log: list[Asked]) -> Spoil:
    def spoil(answer: Answer) -> Answer:
        raise httpx.ConnectError(f"cannot connect with {_shown(log[-1])}")

    return spoil


def _shown(asked: Asked) -> str:
    """The credentials of a request, wherever they are."""
    inside = asked.body if isinstance(asked.body, dict) else {}
    own = (value for name, value in asked.headers.items() if name not in _ORDINARY)
    return " ".join((*own, *asked.params.values(), *asked.form.values(), *map(str, inside.values())))


def _secrets(bench: Bench) -> Iterator[str]:
    """The secrets in every form in which they travel."""
    yield _ISSUED
    for value in bench.erp.access.secrets.values():
        yield from ((line for line in value.split("\n")[1:-2]) if "\n" in value else (value, quote(value, safe="")))
    for asked in (*bench.server.asked, *bench.server.tokens):
        yield from (word for word in _credentials(asked) if len(word) > len("Bearer "))


def _credentials(asked: Asked) -> Iterator[str]:
    """What an Authorization header shows; the parts of a signature are no secrets."""
    words = asked.headers.get("authorization", "").split()
    if words and words[0] != "OAuth":
        yield from words[1:]


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()


@contextmanager
def _listening() -> Iterator[_Heard]:
    heard, root = _Heard(), logging.getLogger()
    before = root.level
    root.addHandler(heard)
    root.setLevel(logging.INFO)
    try:
        yield heard
    finally:
        root.removeHandler(heard)
        root.setLevel(before)


CHECKS = (hidden, not_in_address)
