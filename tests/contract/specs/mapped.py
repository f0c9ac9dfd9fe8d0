"""What a connector's mapping makes of its samples: which fields it reads, and whether its entities are valid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.base import Connector
from connectors.spec import StreamSpec
from schemas.mapping import MappingContext, StreamMapping
from schemas.pages import DomainPage, PageHead, RawPage
from schemas.version import ReadNumber
from tests.contract.specs.tracing import traced
from transformer.transform import compile_stream, transform

_NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Mapped:
    """What came of a stream's samples."""

    read: frozenset[str]
    page: DomainPage

    @property
    def rejects(self) -> list[str]:
        """Why samples were rejected."""
        return [f"{r.reject.field}: {r.reject.reason}" for r in self.page.results if r.reject]


def run(connector: Connector, stream: StreamSpec, samples: list[dict[str, Any]]) -> Mapped:
    """Map the samples of a stream, with the defaults of the connector's settings, all sensitive fields on."""
    mapping = connector.mappings.get(stream.name, StreamMapping())
    options = {setting.name: setting.default for setting in connector.spec.settings if setting.default is not None}
    opted = [f"{entity.entity}.{name}" for entity in mapping.entities for name in entity.fields]
    plan = compile_stream(stream.key, mapping, (), opted, stream=stream.name)
    read: set[str] = set()
    records = [traced(sample, read) for sample in samples]
    head = PageHead(
        tenant="t", connection="c", system=connector.spec.system, company="1", stream=stream.name, run="r", number=1,
        read=ReadNumber(1, 1), origin="backfill", read_at=_NOW, count=len(records), absent=(), traceparent="",
    )  # fmt: skip
    context = MappingContext("t", "c", connector.spec.system, "1", _NOW, options)
    page = transform(plan, RawPage.model_construct(head=head, records=records), context)
    return Mapped(frozenset(read), page)
