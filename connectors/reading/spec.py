"""``spec.yaml``: a ConnectorSpec as data, with the short forms that a person writes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from connectors.reading.document import Document, Part, Place
from connectors.reading.mistakes import mistakes, told
from connectors.spec import ConnectorSpec

_OWN = {"secrets", "defaults"}
_SETTING = {"description", "required", "default"}


@dataclass
class _Written:
    """A spec in its full form, and where its parts were written."""

    data: dict[str, Any]
    places: dict[Place, tuple[Place, ...]] = field(default_factory=dict)

    def origins(self, place: Place) -> tuple[Place, ...]:
        """Where a value may have been written: in the stream itself, or in the defaults."""
        for length in range(len(place), 0, -1):
            if place[:length] in self.places:
                return tuple((*begin, *place[length:]) for begin in self.places[place[:length]])
        return (place,)


def read_spec(
    document: Document, entities: Mapping[str, Collection[str]] | None = None, beside: Collection[str] = ()
) -> ConnectorSpec:
    """The spec of a document; raises ConfigError for the first mistake, with its line.

    Short forms: ``settings`` and ``secrets`` may be mappings of names to descriptions (or to description, required and
    default), ``streams`` a mapping of names to bodies, ``defaults`` a body that lies under every stream's; in both
    ``{stream}`` stands for the stream's name. ``entities`` of streams are filled in where a body says none. ``beside``
    are keys that belong to others.
    """
    whole = Part(document, (), document.data).only({*ConnectorSpec.model_fields, *_OWN, *beside})
    written = _Written({key: part.value for key, part in whole.items() if key not in {*_OWN, *beside}})
    _settings(whole, written)
    _streams(document, whole, written, entities or {})
    return _validated(written, document)


def _validated(written: _Written, document: Document) -> ConnectorSpec:
    """The spec. What looks like a number, true or false and should be a text is taken as it was written."""

    def origin(place: Place) -> Place:
        return next((one for one in written.origins(place) if one in document.lines), written.origins(place)[0])

    try:
        return ConnectorSpec.model_validate(written.data)
    except ValidationError as error:
        places = [one.place for one in mistakes(error, written.data) if one.kind == "string_type"]
    for place in places:
        text = document.texts.get(origin(place))
        if text is not None and _at(written.data, place) is not None:
            _at(written.data, place[:-1])[place[-1]] = text
    try:
        return ConnectorSpec.model_validate(written.data)
    except ValidationError as error:
        raise told(error, written.data, ConnectorSpec, document, origin) from None


def _at(data: Any, place: Place) -> Any:
    for part in place:
        data = data[part]
    return data


def _settings(whole: dict[str, Part], written: _Written) -> None:
    found: list[dict[str, Any]] = []
    for key, secret in (("settings", False), ("secrets", True)):
        part = whole.get(key)
        if part is None or part.value is None:
            continue
        if isinstance(part.value, list):
            if secret:
                raise part.fault("must be a mapping of names to descriptions")
            pairs = [(item, item.value) for item in part.items()]
        else:
            pairs = [(item, _setting(name, item, secret)) for name, item in part.children()]
        for item, setting in pairs:
            written.places["settings", len(found)] = (item.place,)
            found.append(setting)
    written.data["settings"] = found


def _setting(name: str, part: Part, secret: bool) -> dict[str, Any]:
    if not isinstance(part.value, dict):
        return {"name": name, "description": part.text(), "secret": secret}
    given = part.only(_SETTING)
    if "description" not in given:
        raise part.fault("needs 'description', which is missing")
    texts: dict[str, Any] = {key: given[key].text() for key in ("description", "default") if key in given}
    more = {"required": given["required"].value} if "required" in given else {}
    return {"name": name, "secret": secret, **texts, **more}


def _streams(
    document: Document, whole: dict[str, Part], written: _Written, entities: Mapping[str, Collection[str]]
) -> None:
    part = whole.get("streams")
    if part is None or not part.value:
        raise document.fault((), "the spec needs 'streams', which are missing")
    defaults = whole["defaults"].value if "defaults" in whole else None
    if not isinstance(defaults, dict | None):
        raise whole["defaults"].fault("must be a mapping, the body of a stream")
    found: list[dict[str, Any]] = []
    for name, item in _bodies(part):
        if not isinstance(item.value, dict | None):
            raise item.fault("must be a mapping, the body of a stream")
        body = merged(defaults or {}, item.value or {})
        if body.setdefault("name", name) != name:
            raise item.child("name").fault(f"must be '{name}', as the stream is called above it")
        body = _named(body, name)
        body.setdefault("entities", list(entities.get(name, ())))
        written.places["streams", len(found)] = (item.place, ("defaults",))
        found.append(body)
    written.data["streams"] = found


def _bodies(part: Part) -> Iterator[tuple[str, Part]]:
    if not isinstance(part.value, list):
        yield from part.children()
        return
    for item in part.items():
        given = dict(item.children())
        if "name" not in given:
            raise item.fault("needs 'name', which is missing")
        yield given["name"].text(), item


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Both, ``over`` counting where both say something; mappings are merged, lists are not."""
    both = {**under, **over}
    for key in under.keys() & over.keys():
        if isinstance(under[key], dict) and isinstance(over[key], dict):
            both[key] = merged(under[key], over[key])
    return both


def _named(value: Any, stream: str) -> Any:
    if isinstance(value, str):
        return value.replace("{stream}", stream)
    if isinstance(value, dict):
        return {key: _named(inner, stream) for key, inner in value.items()}
    return [_named(inner, stream) for inner in value] if isinstance(value, list) else value
