"""What a connector's mapping makes of its own samples, in a short form that a test can write down."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from connectors.base import Connector
from connectors.testing.samples import load_samples
from schemas.entities import sensitive_fields
from schemas.ids import entity_id
from schemas.mapping import MappingContext
from schemas.pages import PageHead, RawPage, Record, Result
from schemas.version import ReadNumber
from transformer.transform import compile_stream, transform

READ_AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HEADER = ("id", "tenant", "connection", "company", "system", "read_at", "version", "unknown")
SENSITIVE = ("employee_rate", "time_entry", "wage_line", "absence", "supplier", "employee")

Entities = dict[tuple[str, str], dict[str, Any]]
"""Bodies by kind of entity and source key: no header, and references as (entity, source key, number)."""


def entities(connector: Connector, stream: str, records: Iterable[Record] | None = None, **options: Any) -> Entities:
    """Everything that comes of records, the stream's samples by default; every sensitive field is opted in to."""
    results = mapped(connector, stream, records, **options)
    assert [result.reject for result in results if result.reject] == []
    return {
        (entity.entity, entity.body["source_id"]): _short(entity.body)
        for result in results
        for entity in result.entities
    }


def mapped(connector: Connector, stream: str, records: Iterable[Record] | None = None, **options: Any) -> list[Result]:
    """One result for each record, the stream's samples by default."""
    assert connector.folder is not None
    given = load_samples(connector.folder / "samples")[stream] if records is None else list(records)
    head = PageHead(
        tenant="t", connection="c", system=connector.spec.system, company="1", stream=stream, run="r", number=0,
        read=ReadNumber(1, 1), origin="backfill", read_at=READ_AT, count=len(given), traceparent="",
    )  # fmt: skip
    opted_in = [f"{name}.{field}" for name in SENSITIVE for field in sensitive_fields(name)]
    plan = compile_stream(
        connector.spec.stream(stream).key, connector.mappings[stream], opted_in=opted_in, stream=stream
    )
    context = MappingContext("t", "c", connector.spec.system, "1", READ_AT, options)
    return transform(plan, RawPage(head=head, records=given), context).results


def _short(body: dict[str, Any]) -> dict[str, Any]:
    scope = (body["tenant"], body["system"], body["company"]["source_id"])
    return {name: _plain(value, scope) for name, value in body.items() if name not in (*HEADER, "source_id")}


def _plain(value: Any, scope: tuple[str, str, str]) -> Any:
    if isinstance(value, dict) and {"entity", "id", "source_id"} <= value.keys():
        assert value["id"] == entity_id(scope, value["entity"], value["source_id"])
        number = (value["number"],) if "number" in value else ()
        return (value["entity"], value["source_id"], *number)
    if isinstance(value, dict):
        return {name: _plain(inner, scope) for name, inner in value.items()}
    return [_plain(inner, scope) for inner in value] if isinstance(value, list) else value
