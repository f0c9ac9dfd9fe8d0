"""What is gone in the ERP goes here, and nothing else does."""

from __future__ import annotations

from connectors.base import Mode
from connectors.testing.rest_erp import MOST
from pipeline.certificate.bench import Bench, Case
from pipeline.certificate.mirror import Mirror
from pipeline.certificate.verdicts import NotApplicable, check, demand


def _needs_deletes(case: Case) -> None:
    if case.api.deletes == "none":
        raise NotApplicable("the API never lets a record of this stream go")


@check("deletes-found")
async def found(case: Case) -> None:
    """Records that are deleted in the ERP are found to be gone, and only these."""
    _needs_deletes(case)
    bench = case.bench(3 * MOST)
    mirror = Mirror(bench)
    async with bench.session() as session:
        await mirror.load(session)
        for gone in (0, MOST, 3 * MOST - 1):
            bench.book.delete(gone)
        await mirror.look(session)
        mirror.agree()
        bench.book.add()
        await mirror.look(session)
    mirror.agree()


@check("deletes-not-invented", alike=True)
async def not_invented(case: Case) -> None:
    """A look for deletes in an ERP where nothing was deleted finds nothing gone, whatever moves meanwhile."""
    _needs_deletes(case)
    bench = case.bench(2 * MOST + 1)
    mirror = Mirror(bench)
    async with bench.session() as session:
        await mirror.load(session)
        known = set(mirror.records)
        bench.server.before = lambda number: _touch(bench, number)
        await mirror.look(session)
    demand(known <= set(mirror.records), f"{len(known - set(mirror.records))} records were taken for deleted.")


def _touch(bench: Bench, number: int) -> None:
    """Edit one record after the other, so that they move in a list that is ordered by change."""
    bench.book.edit(number % (2 * MOST))


@check("deletes-lookup")
async def lookup(case: Case) -> None:
    """Records are found by key, also among keys that do not exist or look like paths; what is absent is left out."""
    if not case.api.lookup_size:
        raise NotApplicable("records of this stream cannot be asked for by key")
    bench = case.bench(MOST)
    mirror = Mirror(bench)
    async with bench.session() as session:
        await mirror.load(session)
        gone = sorted(mirror.records)[0]
        bench.book.delete(next(row.number for row in bench.book.rows() if bench.book.key(row.number) == gone))
        there = set(mirror.records) - {gone}
        answered = await mirror.ask(session, {*mirror.records, *_strange(gone)})
    demand(answered == there, f"Of {len(there)} records {len(answered & there)} were found by key.")


def _strange(key: str) -> set[str]:
    """Keys of the same kind that there are none of; a number stays one, since the API may take nothing else."""
    return {"/".join("9" * 9 if part.isdecimal() else f"{part[:-1]}0" for part in key.split("/"))}


@check("deletes-keys")
async def keys(case: Case) -> None:
    """Reading keys gives the key of every record."""
    if case.stream.deletes != "keys":
        raise NotApplicable("the connector does not read keys")
    bench = case.bench(2 * MOST + 1)
    seen = Mirror(bench)
    async with bench.session() as session:
        read = [record async for answer in seen.pages(session, Mode.KEYS) for record in answer.records]
    demand(len(read) == 2 * MOST + 1, f"Of {2 * MOST + 1} keys {len(read)} were read.")


CHECKS = (found, not_invented, lookup, keys)
