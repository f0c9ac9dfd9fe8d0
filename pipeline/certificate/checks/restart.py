"""A run goes on from any checkpoint, in a process that remembers nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson

from connectors.base import Mode, ReadAnswer
from connectors.testing.rest_erp import MOST
from pipeline.certificate.bench import Bench, Case
from pipeline.certificate.mirror import Mirror
from pipeline.certificate.verdicts import check, demand


@check("restart-everywhere", alike=True)
async def everywhere(case: Case) -> None:
    """From the position after each page, a new process reads exactly the records that were left."""
    bench = case.bench(3 * MOST + 1)
    for mode in _modes(bench):
        since = bench.clock.now - timedelta(days=3) if mode is Mode.INCREMENT else None
        whole = await _read(bench, mode, None, since)
        for place, answer in enumerate(whole[:-1]):
            position = orjson.loads(orjson.dumps(answer.position))
            rest = await _read(bench, mode, position, since)
            same = _records(rest) == _records(whole[place + 1 :])
            demand(same, f"Reading on in mode {mode} after page {place + 1} of {len(whole)} gives other records.")


def _modes(bench: Bench) -> list[Mode]:
    modes = [Mode.BACKFILL, Mode.SCAN]
    if bench.stream.increment is not None:
        modes.append(Mode.INCREMENT)
    if bench.stream.windows is not None:
        modes.append(Mode.WINDOW)
    if bench.stream.deletes == "keys":
        modes.append(Mode.KEYS)
    return modes


async def _read(bench: Bench, mode: Mode, position: Any, since: Any) -> list[ReadAnswer]:
    async with bench.session() as session:
        return [answer async for answer in Mirror(bench).pages(session, mode, position=position, since=since)]


def _records(answers: list[ReadAnswer]) -> list[bytes]:
    return [orjson.dumps(record, option=orjson.OPT_SORT_KEYS) for answer in answers for record in answer.records]


CHECKS = (everywhere,)
