"""Records of many tenants that were all rejected for one cause, in a store: what a replay has to run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson

from benchmarks import customers, invoices
from benchmarks.invoices import SYSTEM, Source
from connectors.base import Connector
from connectors.increment import Increment
from connectors.registry import Registry
from connectors.spec import ConnectorSpec, StreamSpec
from pipeline.archive import Archive
from pipeline.store import letter_search
from pipeline.store.engine import Store
from pipeline.store.letter_search import Filter
from schemas.errors import Rejected
from schemas.mapping import EntityMapping, MappingContext, StreamMapping
from schemas.pages import Record
from tests.support.flow import Flow

PAGE = 200


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of record: how one is made up, and how it is mapped."""

    record: Callable[[int], Record]
    mapping: EntityMapping


KINDS = {
    "customers": Kind(customers.customer, customers.MAPPING),
    "invoices": Kind(invoices.invoice, invoices.MAPPING),
}


def registry(source: Source, *, refused: bool = False) -> Registry:
    """A connector to the source with a stream for each kind; with ``refused`` its mappings refuse everything."""
    streams = tuple(
        StreamSpec(name=name, resource=name, entities=(kind.mapping.entity,), increment=Increment(field="changedAt"),
                   deletes="none") for name, kind in KINDS.items()
    )  # fmt: skip
    mappings = {name: StreamMapping((_mapping(kind, refused=refused),)) for name, kind in KINDS.items()}
    spec = ConnectorSpec(system=SYSTEM, title="Made-up records", streams=streams)
    return Registry({SYSTEM: Connector(spec, mappings, source._open)})


async def fill(store: Store, archive: Archive, kind: str, letters: int, tenants: int) -> str:
    """Read and reject so many records, evenly over the tenants; their cause. No SNS or SQS is asked."""
    each, made = letters // tenants, KINDS[kind].record
    pages = [[made(n) for n in range(at, min(at + PAGE, each + 1))] for at in range(1, each + 1, PAGE)]
    flow = Flow(store, Refused([orjson.dumps(page) for page in pages], kind), archive=archive)  # type: ignore[arg-type]
    for tenant in range(tenants):
        await flow.connect(f"t{tenant}", tenant=f"t{tenant}")
    await flow.settle()
    async with store.reading() as tx:
        (group,) = await letter_search.groups(tx, Filter())
    if group.letters != letters:
        raise RuntimeError(f"{group.letters} of {letters} records were rejected")
    return group.cause


@dataclass(frozen=True, slots=True)
class Refused(Source):
    """A source that has one kind of record, all of which are refused."""

    kind: str = ""

    def registry(self) -> Registry:
        connector = registry(self, refused=True).get(SYSTEM)
        streams = tuple(stream for stream in connector.spec.streams if stream.name == self.kind)
        return Registry({SYSTEM: replace(connector, spec=connector.spec.model_copy(update={"streams": streams}))})


def _mapping(kind: Kind, *, refused: bool) -> EntityMapping:
    return replace(kind.mapping, fields={**kind.mapping.fields, "number": _refused}) if refused else kind.mapping


def _refused(record: Record, _: MappingContext) -> Any:
    raise Rejected(f"The record {record['id']} has no number that we know.")
