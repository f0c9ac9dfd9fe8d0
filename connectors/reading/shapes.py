"""Which names a spec may have at a place: read from the models, so that a mistake can be told with what is allowed."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel


def names_at(model: type[BaseModel], data: Any, place: Sequence[str | int]) -> list[str]:
    """The names of the fields at ``place`` of ``data``; none where no model stands there."""
    found: Any = model
    for part in place:
        found = _inner(found, data, part)
        data = _at(data, part)
    chosen = _chosen(found, data)
    return list(chosen.model_fields) if chosen else []


def _inner(annotation: Any, data: Any, part: str | int) -> Any:
    chosen = _chosen(annotation, data)
    if chosen is not None:
        field = chosen.model_fields.get(str(part))
        return field.annotation if field else None
    for option in _options(annotation):
        arguments = get_args(option)
        if arguments:
            return arguments[0] if isinstance(part, int) else arguments[-1]
    return None


def _chosen(annotation: Any, data: Any) -> type[BaseModel] | None:
    """The model that the data are meant for: of several, the one of their ``kind``."""
    models = [one for one in _options(annotation) if isinstance(one, type) and issubclass(one, BaseModel)]
    kind = data.get("kind") if isinstance(data, dict) else None
    fitting = [one for one in models if "kind" in one.model_fields and one.model_fields["kind"].default == kind]
    return next(iter(fitting or models), None)


def _options(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _options(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for one in get_args(annotation):
            yield from _options(one)
    elif annotation is not None and annotation is not type(None):
        yield annotation


def _at(data: Any, part: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(part)
    return data[part] if isinstance(data, list) and isinstance(part, int) and part < len(data) else None
