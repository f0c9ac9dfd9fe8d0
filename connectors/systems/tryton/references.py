"""Objects behind a reference field, which REST cannot reach by a dotted path (8.2: HTTP 500): a call of their own.

They are put where JSON-RPC puts what is behind a dot: under the field's name with a dot at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors.systems.tryton.answers import Dialect
from connectors.systems.tryton.queries import Query
from connectors.systems.tryton.values import raw_at
from schemas.pages import Record


@dataclass(frozen=True, slots=True)
class Reference:
    """The field at ``path`` may name a record of ``model``, of which ``fields`` are wanted."""

    path: str
    model: str
    fields: tuple[str, ...]


async def expand(dialect: Dialect, reference: Reference, records: list[Record]) -> None:
    """Add the objects to the records; a reference to another model, or to nothing, stays as it is."""
    holders = list(_holders(reference, records))
    ids = sorted({id for _, _, id in holders})
    if not ids:
        return
    query = Query(reference.model, [["id", "in", ids]], reference.fields, limit=len(ids))
    found = {row["id"]: row for row in (await dialect.search(query)).records}
    for holder, name, id in holders:
        holder[f"{name}."] = found.get(id)


def _holders(reference: Reference, records: list[Record]) -> Iterator[tuple[dict[str, Any], str, int]]:
    parent, _, name = reference.path.rpartition(".")
    for record in records:
        holder = raw_at(record, parent) if parent else record
        model, _, id = str(holder.get(name) or "").partition(",") if isinstance(holder, dict) else ("", "", "")
        if isinstance(holder, dict) and model == reference.model and id.isdecimal():
            yield holder, name, int(id)
