"""Builders of pages for unit tests: only what a test is about needs to be said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from schemas.digest import digest
from schemas.ids import entity_id
from schemas.pages import DomainPage, MappedEntity, PageHead, RawPage, Record, Reject, Result
from schemas.version import ReadNumber

READ_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SCOPE = ("acme", "testerp", "1")


def head(read: int = 1, count: int = 1, **changes: Any) -> PageHead:
    """The head of a page of customers that was read as number ``read`` of epoch 1."""
    values: dict[str, Any] = {
        "tenant": "acme",
        "connection": "acme-testerp",
        "system": "testerp",
        "company": "1",
        "stream": "customers",
        "run": f"run-{read}",
        "number": 0,
        "read": ReadNumber(1, read),
        "origin": "increment",
        "read_at": READ_AT,
        "count": count,
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    return PageHead(**values | changes)


def raw_page(*records: Record, **changes: Any) -> RawPage:
    """A raw page of these records."""
    return RawPage(head=head(count=len(records), **changes), records=list(records))


def mapped_entity(key: str, entity: str = "customer", **fields: Any) -> MappedEntity:
    """An entity as the transformer gives it, without the header fields that decisions do not look at."""
    identity = entity_id(SCOPE, entity, key)
    body = {"id": identity, "source_id": key, **fields}
    return MappedEntity(entity=entity, id=identity, digest=digest(body), body=body)


def domain_page(*results: Result, **changes: Any) -> DomainPage:
    """A domain page of these results, numbered in their order; bodies get the version of their read."""
    where = head(**{"count": len(results)} | changes)
    numbered = [_placed(where, index, result) for index, result in enumerate(results)]
    return DomainPage(head=where, results=numbered)


def good(key: str, *entities: MappedEntity) -> Result:
    """A record that gives these entities, or is skipped if there are none."""
    return Result(index=0, key=key, status="mapped" if entities else "skipped", entities=list(entities))


def rejected(key: str | None, reason: str = "The number is missing.") -> Result:
    """A record that could not be mapped."""
    return Result(index=0, key=key, status="rejected", reject=Reject(field="number", reason=reason))


def _placed(where: PageHead, index: int, result: Result) -> Result:
    version = {"version": str(where.version(index))}
    entities = [one.model_copy(update={"body": {**one.body, **version}}) for one in result.entities]
    return result.model_copy(update={"index": index, "entities": entities})


def pages_in_order(pages: Sequence[DomainPage]) -> list[DomainPage]:
    """The pages by what they read and the pass."""
    return sorted(pages, key=lambda page: (page.head.read, page.head.pass_number))
