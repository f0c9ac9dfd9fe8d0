"""The source key: every record has one, no two have the same, and an edit does not change it."""

from __future__ import annotations

from collections import Counter

from connectors.spec import StreamSpec
from connectors.testing.rest_erp import MOST
from pipeline.certificate.bench import Case
from pipeline.certificate.mirror import Mirror
from pipeline.certificate.verdicts import check, demand
from schemas.keys import source_key
from schemas.pages import Record
from transformer.transform import MAX_KEY


@check("key-unique")
async def unique(case: Case) -> None:
    """Every record has a source key of its own, in the samples and in the ERP."""
    _told_apart(case.stream, case.kit.samples[case.name], "the samples")
    bench = case.bench(3 * MOST)
    mirror = Mirror(bench)
    async with bench.session() as session:
        await mirror.load(session)
        read = [record for answer in mirror.read_last for record in answer.records]
    _told_apart(case.stream, read, "an ERP")


@check("key-stable")
async def stable(case: Case) -> None:
    """An edited record keeps its source key."""
    bench = case.bench(MOST)
    before = [source_key(row.record, case.stream.key) for row in bench.book.rows()]
    for row in bench.book.rows():
        bench.book.edit(row.number, bench.clock.move(minutes=1))
    after = [source_key(row.record, case.stream.key) for row in bench.book.rows()]
    demand(before == after, f"The key at {_paths(case.stream)} changes when a record is edited.")


def _told_apart(stream: StreamSpec, records: list[Record], where: str) -> None:
    keys = [source_key(record, stream.key) for record in records]
    demand(None not in keys, f"Of {len(keys)} records in {where} {keys.count(None)} have no key at {_paths(stream)}.")
    twice = sum(many - 1 for many in Counter(keys).values())
    demand(not twice, f"Of {len(keys)} records in {where} {twice} share the key of another one at {_paths(stream)}.")
    demand(all(len(key or "") <= MAX_KEY for key in keys), f"A key in {where} is longer than {MAX_KEY} characters.")


def _paths(stream: StreamSpec) -> str:
    return " and ".join(stream.key)


CHECKS = (unique, stable)
