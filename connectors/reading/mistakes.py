"""What pydantic says about a spec, as one sentence with file, line and the allowed values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from connectors.reading.document import Document, Place, shown, suggestion
from connectors.reading.shapes import names_at
from schemas.errors import ConfigError

Origin = Callable[[Place], Place]
"""Where in the document a place of the validated data was written."""

_QUOTED = re.compile(r"'([^']*)'")
_BRACED = re.compile(r"\{\w+\}")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One error of pydantic: its type, the place in the data that it is about, and what pydantic says of it."""

    kind: str
    place: Place
    name: str
    message: str
    expected: str
    value: Any


def mistakes(error: ValidationError, data: Any) -> list[Mistake]:
    """The errors in their order, without those of the branches of a union that were not meant."""
    found = [_mistake(one, data) for one in error.errors(include_url=False)]
    return [one for one in found if not _is_beside_the_point(one, found)]


def _mistake(error: Any, data: Any) -> Mistake:
    place, value = _place(data, error["loc"])
    context = error.get("ctx") or {}
    expected = str(context.get("expected") or context.get("expected_tags") or context.get("pattern") or "")
    said = str(context["error"]) if error["type"] == "value_error" else error["msg"]
    return Mistake(error["type"], place, str(error["loc"][-1]) if error["loc"] else "", said, expected, value)


def _place(data: Any, loc: Sequence[str | int]) -> tuple[Place, Any]:
    """The place in the data: the way that pydantic took, without the names of models and kinds on it."""
    place: list[Any] = []
    told_kind = False
    for part in loc:
        if isinstance(data, dict) and part == data.get("kind") and not told_kind:
            told_kind = True
        elif _leads(data, part):
            place, data, told_kind = [*place, part], data[part], False
    return tuple(place), data


def _leads(data: Any, part: str | int) -> bool:
    if isinstance(data, dict):
        return part in data
    return isinstance(data, list) and isinstance(part, int) and part < len(data)


_NO_MAPPING = ("model_type", "model_attributes_type", "dict_type")
_NO_TEXT = ("string_type", "literal_error", "string_pattern_mismatch")


def _is_beside_the_point(one: Mistake, found: list[Mistake]) -> bool:
    """Whether another error tells more: of the branch of a union that was meant, or within a list too short by it."""
    strange = _NO_TEXT if isinstance(one.value, dict) else _NO_MAPPING
    inside = [other for other in found if other is not one and other.place[: len(one.place)] == one.place]
    if one.kind == "too_short":
        return any(len(other.place) > len(one.place) for other in inside)
    return one.kind in strange and any(
        other.kind not in strange or len(other.place) > len(one.place) for other in inside
    )


def told(error: ValidationError, data: Any, model: type[BaseModel], document: Document, origin: Origin) -> ConfigError:
    """The first mistake as an error that names the place; how many more there are is counted."""
    found = mistakes(error, data)
    first, place = found[0], origin(found[0].place)
    if first.kind == "value_error" and not first.place:
        place, why = _of_the_whole(first.message, document), ""
        fault = ConfigError(f"{document.name}, line {document.line(place)}: {first.message}.")
    else:
        why = _why(first, names_at(model, data, first.place[:-1] if first.kind == "extra_forbidden" else first.place))
        fault = document.fault(place, why)
    more = len({(origin(one.place), one.kind, one.name) for one in found}) - 1
    if not more:
        return fault
    return ConfigError(f"{str(fault).rstrip('.')} (and {more} more {'mistakes' if more > 1 else 'mistake'}).")


def _of_the_whole(message: str, document: Document) -> Place:
    """What a rule over the whole spec is about: a text with a name in braces, or a stream, that it names."""
    for name in _BRACED.findall(message):
        for place, text in document.texts.items():
            if name in text:
                return place
    streams = ((name,) for name in _QUOTED.findall(message))
    return next((("streams", *name) for name in streams if ("streams", *name) in document.lines), ())


def _why(one: Mistake, allowed: list[str]) -> str:
    match one.kind:
        case "extra_forbidden":
            return f"is not known; {suggestion(one.name, allowed)}"
        case "missing":
            return f"needs '{one.name}', which is missing"
        case "literal_error" | "union_tag_invalid":
            given = one.value.get("kind") if isinstance(one.value, dict) else one.value
            name = " of the kind" if isinstance(one.value, dict) else ""
            return f"is{name} {shown(given)}; allowed are {', '.join(_QUOTED.findall(one.expected))}"
        case "union_tag_not_found":
            return "needs 'kind', which is missing"
        case "value_error":
            return f"is wrong: {one.message}"
        case "time_delta_parsing" | "time_delta_type":
            return f"is {shown(one.value)}; allowed are durations such as 30s, 5m, 24h, 14d"
    return f"is {shown(one.value)}; it must {_wish(one)}"


_WISHES = {
    "int_parsing": "be a whole number",
    "int_type": "be a whole number",
    "bool_parsing": "be true or false",
    "bool_type": "be true or false",
    "tuple_type": "be a list",
    "string_type": "be a text",
    "model_type": "be a mapping",
    "model_attributes_type": "be a mapping",
    "dict_type": "be a mapping",
}


def _wish(one: Mistake) -> str:
    if one.kind == "string_pattern_mismatch" and one.expected.startswith("^[a-z]"):
        return "be of small letters, digits and hyphens, a letter first"
    said = one.message.replace("Input should be ", "be ").replace("String should ", "")
    return _WISHES.get(one.kind) or said[:1].lower() + said[1:]
