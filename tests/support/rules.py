"""Running one rule on one record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from schemas.mapping import MappingContext, Rule
from transformer.rules import compile_rule


def run(rule: Rule, /, options: dict[str, Any] | None = None, **record: Any) -> Any:
    """What the rule gives for a record of these fields, in a connection with these options."""
    context = MappingContext("north", "north-x", "x", "1", datetime(2026, 3, 2, tzinfo=UTC), options or {})
    return compile_rule(rule)(record, context)
