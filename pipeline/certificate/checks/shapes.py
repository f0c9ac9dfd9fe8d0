"""An API that changes: a field that is gone, new or of another type costs that record at most, never the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.base import Mode
from connectors.testing.places import Path, dotted, parts, put, shown, without
from connectors.testing.rest_erp import MOST
from pipeline.certificate.bench import Case
from pipeline.certificate.mapper import entities
from pipeline.certificate.mirror import Mirror
from pipeline.certificate.verdicts import check, demand
from schemas.errors import ErpflowError
from schemas.keys import value_at
from schemas.pages import Record, Result

_OTHERS: tuple[Any, ...] = (None, True, -7, "", "certainly not that", [None], {"a": {"b": []}})
_BATCH = 25
_MOST_PATHS = 60  # of a sample: the first of a list stand for the others


@check("shape-removed")
async def removed(case: Case) -> None:
    """A record that lacks any one of its fields is mapped or rejected, and those beside it are mapped as before."""
    _beside(case, ((path, without(sample, path)) for sample, path in _paths(case)))
    await _pages_go_on(case, [_ABSENT])


@check("shape-retyped")
async def retyped(case: Case) -> None:
    """A record in which any one field has another type is mapped or rejected, and those beside it as before."""
    _beside(case, ((path, put(sample, path, other)) for sample, path in _paths(case) for other in _OTHERS))
    await _pages_go_on(case, list(_OTHERS))


@check("shape-added")
async def added(case: Case) -> None:
    """New fields, at any depth, change nothing."""
    mapper, samples = case.mapper(), case.kit.samples[case.name]
    before = [(one.id, one.digest) for one in entities(mapper.map(samples))]
    after = [(one.id, one.digest) for one in entities(mapper.map([_with_more(sample) for sample in samples]))]
    demand(before == after, "Fields that the mapping does not know change what it gives.")
    bench = case.bench(MOST + 1)
    for row in bench.book.rows():
        bench.book.overwrite(row.number, _with_more(row.record))
    mirror = Mirror(bench)
    async with bench.session() as session:
        await mirror.load(session)
    mirror.agree()


_ABSENT = object()


def _paths(case: Case) -> Iterator[tuple[Record, Path]]:
    seen = set[Path]()
    for sample in case.kit.samples[case.name]:
        for path, _ in parts(sample):
            general = tuple("*" if isinstance(part, int) else part for part in path)
            if general not in seen and len(seen) < _MOST_PATHS:
                seen.add(general)
                yield sample, path


def _beside(case: Case, changed: Iterator[tuple[Path, Record]]) -> None:
    """Map the changed records, a good one behind every few of them, which must give what it gives alone."""
    mapper, good = case.mapper(), case.kit.samples[case.name][0]
    alone, changes = _given(mapper.one(good)), list(changed)
    for begin in range(0, len(changes), _BATCH):
        batch = changes[begin : begin + _BATCH]
        results = mapper.map([*(record for _, record in batch), good])
        demand(len(results) == len(batch) + 1, f"Of {len(batch) + 1} records {len(results)} have a result.")
        same = _given(results[-1]) == alone
        demand(same, f"A record whose {shown(batch[0][0])} is not as before changes what one behind it gives.")


def _given(result: Result) -> tuple[str, list[str]]:
    return result.status, [one.digest for one in result.entities]


async def _pages_go_on(case: Case, values: list[Any]) -> None:
    """Read a list in which records are not as before at what the connector itself looks at: key, stamp, details."""
    for path in _looked_at(case):
        if not await _others_are_read(case, path, values):
            continue
        for value in values:
            missing = await _others_are_read(case, path, [value])
            demand(not missing, f"Where {shown(path)} is {'absent' if value is _ABSENT else repr(value)}, {missing}.")


async def _others_are_read(case: Case, path: Path, values: list[Any]) -> str:
    """Whether the records beside those with other values are read; what is wrong, '' for nothing."""
    bench = case.bench(2 * len(values) + MOST)
    odd = range(1, 2 * len(values), 2)
    for number, value in zip(odd, values, strict=True):
        record = bench.book.row(number).record
        bench.book.overwrite(number, _without(record, path) if value is _ABSENT else put(record, path, value))
    mirror = Mirror(bench)
    try:
        async with bench.session() as session:
            read = [record async for answer in mirror.pages(session, Mode.BACKFILL) for record in answer.records]
    except ErpflowError as error:
        return f"the stream stops: {error}"
    others = [row.record for row in bench.book.rows() if row.number not in odd]
    missing = sum(record not in read for record in others)
    return f"{missing} of the {len(others)} other records are not read" if missing else ""


def _without(record: Record, path: Path) -> Record:
    found: Record = record if value_at(record, ".".join(map(str, path))) is None else without(record, path)
    return found


def _looked_at(case: Case) -> list[Path]:
    stream = case.stream
    stamp = [stream.increment.field] if stream.increment and stream.increment.field else []
    whens = [child.when for child in stream.rest.per_record if child.when]
    rest = case.kit.connector.spec.rest
    pages = stream.rest.pages or (rest.pages if rest else None)
    # A list that is read on from its last record has the field that it is ordered by in every record.
    fixed = pages.field if pages is not None and pages.kind == "after" else None
    # A connector with sessions of its own reads on from its key, which its protocol promises.
    key = stream.key if rest else ()
    return [dotted(path) for path in dict.fromkeys((*key, *stamp, *whens)) if path != fixed]


def _with_more(value: Any) -> Any:
    """The value with one more field in each object, but in lists' items of another kind."""
    if isinstance(value, dict):
        return {
            **{name: _with_more(inner) for name, inner in value.items()},
            "certificateField": {"of": ["no", 1, None]},
        }
    return [_with_more(item) for item in value] if isinstance(value, list) else value


CHECKS = (removed, retyped, added)
