"""Whether messages of a new schema can be read by whoever was written for an old one.

The rule is that of consumers, which take what is published as it comes. Incompatible is

- a field that is gone, or that was always there and no longer is;
- a value of another type, format or pattern than before, null among them, or a value out of a wider enum;
- a type of message that is gone, which renaming it is too.

Compatible is a new field, required or not (consumers ignore what they do not know), a new type of message, a
field that is now always there, and a narrower type or enum. What is incompatible needs a new type, ``….v2``,
beside the old one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]


def incompatibilities(old: Schema, new: Schema, name: str) -> list[str]:
    """One sentence for each incompatible change from the old JSON Schema to the new one.

    Each begins with ``name`` and the path; a definition that is used in several places is told of once.
    """
    return list(_Comparison(old, new).values(old, new, name))


class _Comparison:
    """A walk through two schemas at once, each with its own ``$defs``."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old
        self._new = new
        self._seen: set[tuple[int, int]] = set()

    def values(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        """What one value may be."""
        before = list(_alternatives(old, self._old))
        for alternative in _alternatives(new, self._new):
            same = [known for known in before if _covers(_kind(known), _kind(alternative))]
            if same:
                yield from self._details(same[0], alternative, at)
            else:
                yield f"{at} may now be {_words(_kind(alternative))}, which it could not be before."

    def _details(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        yield from _enums(old, new, at)
        if "pattern" in old and old["pattern"] != new.get("pattern"):
            yield f"{at} follows another pattern than before."
        if old.get("type") == "object":
            yield from self._objects(old, new, at)
        if old.get("type") == "array":
            yield from self._arrays(old, new, at)

    def _objects(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        if (id(old), id(new)) in self._seen:
            return
        self._seen.add((id(old), id(new)))
        fields: Schema = new.get("properties", {})
        always = set(old.get("required", ())) - set(new.get("required", ()))
        for name, schema in old.get("properties", {}).items():
            if name not in fields:
                yield f"{at}.{name} is gone."
                continue
            if name in always:
                yield f"{at}.{name} is no longer always there."
            yield from self.values(schema, fields[name], f"{at}.{name}")
        if isinstance(rest := old.get("additionalProperties"), dict):
            now = new.get("additionalProperties")
            yield from self.values(rest, now if isinstance(now, dict) else {}, f"{at}.*")

    def _arrays(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        yield from self.values(old.get("items", {}), new.get("items", {}), f"{at}[]")
        first, second = old.get("prefixItems", []), new.get("prefixItems", [])
        if len(first) != len(second):
            yield f"{at} has {len(second)} items instead of {len(first)}."
        for index, (one, other) in enumerate(zip(first, second, strict=False)):
            yield from self.values(one, other, f"{at}[{index}]")


Kind = tuple[str, str]
"""(type, format): what makes two alternatives of a value the same."""


def _alternatives(schema: Schema, root: Schema) -> Iterator[Schema]:
    if "$ref" in schema:
        yield from _alternatives(root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], root)
    elif "anyOf" in schema and "properties" not in schema:
        for alternative in schema["anyOf"]:
            yield from _alternatives(alternative, root)
    else:
        yield schema


def _kind(schema: Schema) -> Kind:
    return schema.get("type", "anything"), schema.get("format", "")


def _covers(old: Kind, new: Kind) -> bool:
    return old == new or old[0] == "anything" or (old[0] == "number" and new[0] == "integer")


def _words(kind: Kind) -> str:
    return f"{kind[0]} ({kind[1]})" if kind[1] else kind[0]


def _enums(old: Schema, new: Schema, at: str) -> Iterator[str]:
    before, now = _listed(old), _listed(new)
    if before is None:
        return
    if now is None:
        yield f"{at} is no longer limited to certain values."
    for value in sorted(set(now or ()) - set(before)):
        yield f"{at} may now be {value!r}, which it could not be before."


def _listed(schema: Schema) -> list[str] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")
