"""``mapping.yaml``: what the records of each stream mean in the common model, as data."""

from __future__ import annotations

from connectors.coverage import HEADER
from connectors.reading.document import Part, shown, suggestion
from connectors.reading.rules import read_rule, read_value
from connectors.rules import when
from connectors.rules.values import source
from schemas.entities import ENTITIES, field_names
from schemas.mapping import EntityMapping, FollowUpRule, StreamMapping
from schemas.paths import compile_path

_ENTITY = frozenset({"entity", "fields", "key", "when", "each", "unknown"})
_STREAM = frozenset({"entities", "follow_ups"})


def read_mappings(part: Part) -> dict[str, StreamMapping]:
    """The mapping of every stream by its name; raises ConfigError in one sentence with the line of a mistake.

    A stream has ``entities``, a list of entity mappings, and ``follow_ups``; or, in short, the keys of its only entity
    mapping beside ``follow_ups``.
    """
    return {name: _stream(stream) for name, stream in part.children()}


def _stream(part: Part) -> StreamMapping:
    given = part.only(_ENTITY | _STREAM)
    if "entities" in given:
        part.only(_STREAM)
        entities = [_entity(item, item.only(_ENTITY)) for item in given["entities"].items()]
    else:
        own = {key: inner for key, inner in given.items() if key in _ENTITY}
        entities = [_entity(part, own)] if own else []
    follow_ups = [_follow_up(item) for item in given["follow_ups"].items()] if "follow_ups" in given else []
    return StreamMapping(tuple(entities), tuple(follow_ups))


def _follow_up(part: Part) -> FollowUpRule:
    given = part.only({"stream", "key"})
    for name in ("stream", "key"):
        if name not in given:
            raise part.fault(f"needs '{name}', which is missing")
    return FollowUpRule(given["stream"].text(), source(read_value(given["key"])))


def _entity(part: Part, given: dict[str, Part]) -> EntityMapping:
    for name in ("entity", "fields"):
        if name not in given:
            raise part.fault(f"needs '{name}', which is missing")
    name = given["entity"].value
    if not isinstance(name, str) or name not in ENTITIES:
        raise given["entity"].fault(f"is {shown(name)}; {suggestion(str(name), list(ENTITIES))}")
    if "each" in given and "key" not in given:
        raise part.fault("has 'each' and needs 'key', which is missing: it tells the items apart")
    return EntityMapping(
        entity=name,
        fields={field: read_rule(rule) for field, rule in given["fields"].only(field_names(name) - HEADER).items()},
        key=source(read_value(given["key"])) if "key" in given else None,
        when=when(read_value(given["when"])) if "when" in given else None,
        each=_each(given["each"]) if "each" in given else None,
        unknown=_unknown(given["unknown"], name) if "unknown" in given else (),
    )


def _each(part: Part) -> str:
    path = part.text()
    read_rule(part)
    compile_path(path)
    return path


def _unknown(part: Part, entity: str) -> tuple[str, ...]:
    names = [(item, item.text()) for item in part.items()]
    for item, name in names:
        if name not in field_names(entity) - HEADER:
            raise item.fault(f"is {shown(name)}; {suggestion(name, field_names(entity) - HEADER)}")
    return tuple(name for _, name in names)
