"""Mapping single records in tests: a customer to map, and what became of a record."""

from __future__ import annotations

from typing import Any

from schemas.mapping import EntityMapping, MappingContext, Ref, StreamMapping
from schemas.pages import DomainPage, MappedEntity, Record, Reject, Result
from tests.support.pages import READ_AT, SCOPE, raw_page
from transformer.transform import compile_stream, transform

CONTEXT = MappingContext(SCOPE[0], "acme-testerp", SCOPE[1], SCOPE[2], READ_AT)
CUSTOMER = EntityMapping(
    "customer", {"number": "code", "name": "name", "email": "contact.email"}, unknown=("gln", "department")
)
ADA = {"id": 1, "code": "K1", "name": "Ada AS", "contact": {"email": None}}
CARD = {"id": "c1", "who": 4, "days": [{"date": "2026-03-02", "hours": "7.5"}, {"date": "2026-03-03", "hours": "4"}]}
HOURS = EntityMapping(
    "time_entry",
    {"employee": Ref("employee", "_parent.who"), "work_date": "date", "hours": "hours"},
    each="days",
    key=lambda item, context: f"{item['_parent']['id']}/{item['date']}",
)


def mapped(mapping: StreamMapping, *records: Record, plan: dict[str, Any] | None = None, **head: Any) -> DomainPage:
    compiled = compile_stream(("id",), mapping, **({"stream": "customers"} | (plan or {})))
    return transform(compiled, raw_page(*records, **head), CONTEXT)


def only(mapping: EntityMapping, record: Record, **plan: Any) -> Result:
    (result,) = mapped(StreamMapping((mapping,)), record, plan=plan).results
    return result


def entity(mapping: EntityMapping, record: Record, **plan: Any) -> MappedEntity:
    result = only(mapping, record, **plan)
    assert result.status == "mapped", result.reject
    return result.entities[0]


def refusal(mapping: EntityMapping, record: Record, **plan: Any) -> Reject:
    result = only(mapping, record, **plan)
    assert (result.status, result.entities) == ("rejected", [])
    assert result.reject is not None
    return result.reject


def broken(*_: Any) -> Any:
    """A function of a mapping that fails, in a text that quotes the record."""
    raise ValueError("the secret is 12345")
