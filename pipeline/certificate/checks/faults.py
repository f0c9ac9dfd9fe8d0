"""What goes wrong on the way: nothing is lost, errors say what happens next, and no fault is taken for an answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from connectors.base import Mode
from connectors.testing.exchange import Spoil, always, cut_off, timed_out, truncated, web_page
from connectors.testing.rest_erp import MOST
from pipeline.certificate.bench import Bench, Case
from pipeline.certificate.mirror import Mirror
from pipeline.certificate.verdicts import Failure, check, demand
from schemas.errors import ErpflowError, RateLimited, Retryable

_BURST = 6
"""Faulty answers in a row: more than the HTTP client tries, so that the runtime has to go on from the position."""

_ASKED_WAIT = 11
_LONG_WAIT = 180


async def _survives(case: Case, spoil: Spoil) -> Bench:
    """Load with a burst of faults at the first request, and one in the middle."""
    bench = case.bench(2 * MOST + 1)
    bench.server.fail(spoil, after=0, times=_BURST)
    bench.server.fail(spoil, after=_BURST + 2, times=_BURST)
    await _load(bench)
    return bench


async def _load(bench: Bench) -> None:
    mirror = Mirror(bench)
    async with bench.session() as session:
        await mirror.load(session)
    mirror.agree()


async def _error(bench: Bench, spoil: Spoil) -> ErpflowError:
    """The error of the first page where every answer is spoilt."""
    bench.server.fail(spoil, times=10_000)
    async with bench.session() as session:
        try:
            await anext(Mirror(bench).pages(session, Mode.BACKFILL))
        except ErpflowError as error:
            return error
    raise Failure("A faulty answer was taken for a page of records.")


@check("fault-500", alike=True)
async def server_errors(case: Case) -> None:
    """A burst of 500, 502 and 503 is waited for, and nothing is lost by it."""
    for status in (500, 502, 503):
        await _survives(case, always(status))
    error = await _error(case.bench(1), always(500))
    demand(
        isinstance(error, Retryable), f"A 500 that stays is told as {type(error).__name__}, which is not tried again."
    )


@check("fault-timeout", alike=True)
async def timeouts(case: Case) -> None:
    """An answer that does not come, or breaks off, is asked for again."""
    await _survives(case, timed_out)
    await _survives(case, cut_off)
    error = await _error(case.bench(1), timed_out)
    demand(isinstance(error, Retryable), f"A timeout is told as {type(error).__name__}, which is not tried again.")


@check("fault-truncated", alike=True)
async def truncated_bodies(case: Case) -> None:
    """A body that was cut in the middle is asked for again, and no record of it is taken."""
    await _survives(case, truncated)
    error = await _error(case.bench(3), truncated)
    demand(isinstance(error, Retryable), f"A cut body is told as {type(error).__name__}, which is not tried again.")


@check("fault-web-page", alike=True)
async def web_pages(case: Case) -> None:
    """A page for people with the status 200 is no list of records, and no reason to stop for good."""
    await _survives(case, web_page)


@check("fault-429", alike=True)
async def too_many(case: Case) -> None:
    """A 429 is waited for as long as it says, in seconds or as a date, and for a while where it says nothing."""
    await _survives(case, always(429))
    bench = await _survives(case, always(429, retry_after=str(_ASKED_WAIT)))
    demand(any(wait >= _ASKED_WAIT for wait in bench.waits), f"A Retry-After of {_ASKED_WAIT} s was not waited for.")
    error = await _error(case.bench(1), always(429, retry_after=str(_LONG_WAIT)))
    _asks_for(error, _LONG_WAIT)
    later = datetime.now(UTC) + timedelta(seconds=_LONG_WAIT)
    error = await _error(case.bench(1), always(429, retry_after=format_datetime(later, usegmt=True)))
    _asks_for(error, _LONG_WAIT - 10)


def _asks_for(error: ErpflowError, seconds: float) -> None:
    demand(isinstance(error, RateLimited), f"A 429 is told as {type(error).__name__}, so that no budget is lowered.")
    asked = getattr(error, "retry_after", None) or 0
    demand(asked >= seconds, f"A Retry-After of {_LONG_WAIT} s is handed on as {asked:.0f} s.")


CHECKS = (server_errors, timeouts, truncated_bodies, web_pages, too_many)
