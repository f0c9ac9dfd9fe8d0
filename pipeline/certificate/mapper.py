"""What records mean: the transformer's own work, on pages without a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.base import Access, Connector
from connectors.spec import StreamSpec
from connectors.testing.books import NOON
from schemas.entities import ENTITIES, sensitive_fields
from schemas.mapping import MappingContext, StreamMapping
from schemas.pages import MappedEntity, PageHead, RawPage, Record, Result
from schemas.version import ReadNumber
from transformer.transform import compile_stream, transform


class Mapper:
    """Maps records of one stream, sensitive fields included."""

    def __init__(self, connector: Connector, stream: StreamSpec, access: Access) -> None:
        mapping = connector.mappings.get(stream.name, StreamMapping())
        wanted = {f"{entity}.{field}" for entity in ENTITIES for field in sensitive_fields(entity)}
        self._plan = compile_stream(stream.key, mapping, (), wanted, stream=stream.name)
        system = connector.spec.system
        self._context = MappingContext("tenant", "connection", system, access.company, NOON, dict(access.settings))
        self._head = PageHead(
            tenant="tenant", connection="connection", system=system, company=access.company, stream=stream.name,
            run="run", number=0, read=ReadNumber(1, 1), origin="backfill", read_at=NOON, count=0, traceparent="",
        )  # fmt: skip

    def map(self, records: Sequence[Record]) -> list[Result]:
        """What becomes of each record."""
        head = self._head.model_copy(update={"count": len(records)})
        return transform(self._plan, RawPage(head=head, records=list(records)), self._context).results

    def one(self, record: Record) -> Result:
        """What becomes of a record."""
        return self.map([record])[0]


def entities(results: Sequence[Result]) -> Iterator[MappedEntity]:
    """Every entity of some results."""
    for result in results:
        yield from result.entities


def refusal(result: Result) -> str:
    """Why a record was rejected, for a message."""
    reject = result.reject
    return "" if reject is None else f"{reject.field or 'the record'}: {reject.reason}"


def differing(
    one: Any, other: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Any, Any]]:
    """Where two JSON values differ: path, value, other value; None where there is none."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted({*one, *other}):
            yield from differing(one.get(name), other.get(name), (*path, name))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (item, another) in enumerate(zip(one, other, strict=True)):
            yield from differing(item, another, (*path, place))
    elif one != other:
        yield path, one, other
