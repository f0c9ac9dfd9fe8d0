"""Samples of what a pass changes, field by field, for people to look at before it is done."""

from __future__ import annotations

from typing import Any, Final

from distributor.rows import Effect

MOST: Final = 3
"""Of each change of each kind of entity."""


def sample(samples: list[dict[str, Any]], name: str, effect: Effect) -> None:
    """Add what an effect changes, unless there are enough like it; ``name`` says of which letter or record."""
    entity = effect.row.entity
    if sum((one["entity"], one["change"]) == (entity, effect.change) for one in samples) < MOST:
        old, new = effect.before.body if effect.before else {}, effect.row.body
        fields = effect.changed or (() if effect.change == "deleted" else sorted(new.keys() - old.keys()))
        differs = {field: [old.get(field), new.get(field)] for field in fields}
        samples.append({"of": name, "entity": entity, "change": effect.change, "fields": differs})
