"""Ids derived from what a thing is, never from a clock or a counter: the same thing has the same id for ever."""

from __future__ import annotations

from hashlib import blake2b

_SEPARATOR = "\x1f"  # cannot occur in slugs, and keys that carry it are still told apart by their length


def derived_id(*parts: str) -> str:
    """32 hex digits for a tuple of texts; ("a", "bc") and ("ab", "c") differ."""
    text = _SEPARATOR.join(f"{len(part)}:{part}" for part in parts)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def entity_id(scope: tuple[str, str, str], entity: str, source_key: str) -> str:
    """Id of one entity; ``scope`` is (tenant, system, company). It survives a new connection to the same company."""
    return derived_id(*scope, entity, source_key)


def event_id(entity: str, version: str) -> str:
    """Id of the event that tells of an entity's change to ``version``; a repeated delivery has the same id."""
    return derived_id("event", entity, version)


def page_id(kind: str, run: str, number: int, pass_number: int) -> str:
    """Id of the message that carries a page of a run, ``kind`` being ``raw`` or ``domain``."""
    return f"{kind}:{run}:{number}:{pass_number}"
