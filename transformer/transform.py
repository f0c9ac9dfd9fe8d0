"""A raw page into a domain page: one result for every record, whatever the record or the mapping does.

Pure: no I/O, no clock; the same page, plan and context give the same result. Each entity is validated once.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from schemas.digest import digest
from schemas.entities.common import Ref
from schemas.errors import Rejected
from schemas.keys import source_key
from schemas.mapping import ABSENT, MappingContext
from schemas.pages import DomainPage, FollowUp, MappedEntity, PageHead, RawPage, Record, Reject, Result
from schemas.paths import Getter
from transformer.plan import EntityPlan, StreamPlan, compile_stream
from transformer.refusal import Misfit
from transformer.rules import key_text, known_id

__all__ = ["StreamPlan", "compile_stream", "transform"]

_NUL = b"\\u0000"  # as JSON writes it; a text may have these six letters, too

MAX_KEY = 400
"""Characters of a source key; a longer one is a reject, because the store could not index it."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all records of a page share, and the follow-ups found so far, in order and once each."""

    plan: StreamPlan
    head: PageHead
    context: MappingContext
    scope: tuple[str, str, str]
    header: dict[str, Any]
    wanted: dict[tuple[str, str], None] = field(default_factory=dict)


def transform(
    plan: StreamPlan, page: RawPage, context: MappingContext, only: Container[int] | None = None
) -> DomainPage:
    """Map every record of the page. Called by the transform stage; may be repeated; no record makes it
    fail.

    A record that cannot be mapped is a reject of that record alone; one that gives no entity is skipped.
    Follow-ups come out of increments only: a load or scan reads the other stream anyway, and a lookup must
    not ask for another one. They are asked for even where the record itself is rejected later on.
    ``only`` are the positions that a pass wants; None: all records.
    """
    frame = _Frame(plan, page.head, context, page.head.scope, _header(page.head))
    wanted = ((index, record) for index, record in enumerate(page.records) if only is None or index in only)
    results = [_result(frame, index, record) for index, record in wanted]
    follow_ups = [FollowUp(stream=stream, key=key) for stream, key in frame.wanted]
    return DomainPage(head=page.head, results=results, follow_ups=follow_ups)


def _header(head: PageHead) -> dict[str, Any]:
    company = Ref(entity="company", id=known_id(head.scope, "company", head.company), source_id=head.company)
    return {
        "tenant": head.tenant,
        "connection": head.connection,
        "company": company,
        "system": head.system,
        "read_at": head.read_at,
    }


def _result(frame: _Frame, index: int, record: Record) -> Result:
    key = source_key(record, frame.plan.key)
    if key is None or not _usable(key):
        return Result(index=index, key=None, status="rejected", reject=_keyless(frame.plan, key))
    try:
        entities = _entities(frame, index, key, record)
    except Misfit as misfit:
        return Result(index=index, key=key, status="rejected", reject=misfit.reject())
    return Result(index=index, key=key, status="mapped" if entities else "skipped", entities=entities)


def _usable(key: str) -> bool:
    """Whether every store and message can carry it: not too long, no NUL, no half of a surrogate pair."""
    if len(key) > MAX_KEY or "\x00" in key:
        return False
    return key.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in key)


def _keyless(plan: StreamPlan, key: str | None) -> Reject:
    paths = " and ".join(plan.key)
    wrong = "is missing or no key" if key is None else f"is longer than {MAX_KEY} characters or not a text"
    return Reject(field=paths, reason=f"The source key at {paths} {wrong}, so nobody can tell the record apart.")


def _entities(frame: _Frame, index: int, key: str, record: Record) -> list[MappedEntity]:
    plan = frame.plan
    prepared = record if plan.prepare is None else _call(None, None, plan.prepare, record)
    if plan.follow_ups and frame.head.origin == "increment":
        _follow(frame, prepared)
    version = str(frame.head.version(index))
    found = [
        _mapped(frame, part, item, own, version)
        for part in plan.entities
        for item, own in _parts(part, prepared, key, frame.context)
    ]
    if len(found) > 1:
        _hold_apart(found)
    return found


def _follow(frame: _Frame, record: Record) -> None:
    for stream, get in frame.plan.follow_ups:
        key = _call(None, stream, _key_at, get, record, frame.context)
        if key is not None:
            frame.wanted[stream, key] = None


def _key_at(get: Getter, record: Any, context: MappingContext) -> str | None:
    key = key_text(get(record, context))
    if key is not None and not _usable(key):
        raise Rejected(f"A key in the record is longer than {MAX_KEY} characters or not a text.")
    return key


def _parts(part: EntityPlan, record: Record, key: str, context: MappingContext) -> Iterator[tuple[Any, str]]:
    """The records that one entity mapping looks at, each with the source key of the entity."""
    name = part.entity
    if part.when is not None and not _call(name, None, part.when, record, context):
        return
    if part.each is None:
        yield record, key if part.key is None else _call(name, "source_id", _own_key, part, record, context)
        return
    for item in _call(name, part.each_path, _items, part.each, record, context):
        whole = item | {"_parent": record}
        yield whole, _call(name, "source_id", _own_key, part, whole, context)


def _items(get: Getter, record: Any, context: MappingContext) -> list[dict[str, Any]]:
    found = get(record, context)
    if found is None or found is ABSENT:
        return []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise Rejected("A list of objects was expected where the record has something else.")
    return found


def _own_key(part: EntityPlan, record: Any, context: MappingContext) -> str:
    key = None if part.key is None else _key_at(part.key, record, context)
    if key is None:
        raise Rejected(f"A {part.entity} of this record has no usable source key.")
    return key


def _mapped(frame: _Frame, part: EntityPlan, record: Any, key: str, version: str) -> MappedEntity:
    identity = known_id(frame.scope, part.entity, key)
    body = {**frame.header, "id": identity, "source_id": key, "version": version}
    _fill(part, body, record, frame.context)
    body["unknown"] = [name for name in part.unknown if body.get(name) is None]
    try:
        entity = part.model.model_validate(body)
        valid = entity.model_dump(mode="json", exclude_unset=True)
        if _NUL in orjson.dumps(valid) and _has_nul(valid):
            raise Rejected("A text has a NUL character, which no database keeps; correct it in the ERP.")
        return MappedEntity(entity=part.entity, id=identity, digest=digest(valid), body=valid)
    except Exception as error:  # any error of validation is this record's own
        raise Misfit(part.entity, None) from error


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(map(_has_nul, value.values())) or any(map(_has_nul, value))
    return isinstance(value, list) and any(map(_has_nul, value))


def _fill(part: EntityPlan, body: dict[str, Any], record: Any, context: MappingContext) -> None:
    name: str | None = None
    try:
        for name, rule in part.fields:
            value = rule(record, context)
            if value is not ABSENT:
                body[name] = value
        name = None
        for override in part.overrides:
            override(body, record, context)
    except Exception as error:  # a mapping is foreign code
        raise Misfit(part.entity, name) from error


def _hold_apart(entities: list[MappedEntity]) -> None:
    seen: set[str] = set()
    for entity in entities:
        if entity.id in seen:
            reason = f"The record gives two entities {entity.entity} with one source key."
            raise Misfit(entity.entity, "source_id") from Rejected(reason)
        seen.add(entity.id)


def _call(entity: str | None, place: str | None, function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Exception as error:  # a mapping is foreign code
        raise Misfit(entity, place) from error
