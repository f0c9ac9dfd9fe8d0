"""Contracts that were derived from a vendor's pages or client code: Business Central v2.0 and Visma.net."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from tests.contract.specs.contract import ANY, Operation, Shape, same_path

_BC_KINDS = {
    "string": "string", "GUID": "string", "decimal": "number", "boolean": "boolean", "integer": "integer",
    "int64": "integer", "stream": "any",
}  # fmt: skip
_VISMA_KINDS = {"string": "string", "int": "integer", "bool": "boolean", "int|float|null": "number"}


class BusinessCentral:
    """A ``Contract`` of resources with properties and navigation; every OData query option may go with each."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._resources = document["resources"]

    def operation(self, method: str, path: str) -> Operation | None:
        """See ``Contract.operation``; the last segment names an entity set, or one of its records."""
        *_, last = path.strip("/").split("/")
        name = self._resource(last.partition("(")[0])
        if name is None or not any(known.startswith(method) for known in self._resources[name]["methods"]):
            return None
        record = self._shape(name)
        one = "(" in last
        answer = record if one else Shape("object", lambda: {"value": Shape("array", make_item=lambda: record),
                                                             "@odata.nextLink": Shape("string")})  # fmt: skip
        return Operation(path, None, answer)

    def _resource(self, name: str) -> str | None:
        guesses = [name, name.removesuffix("s"), re.sub("ies$", "y", name), re.sub("es$", "", name)]
        return next((guess for guess in guesses if guess in self._resources), None)

    def _shape(self, name: str) -> Shape:
        return Shape("object", partial(self._fields, name))

    def _fields(self, name: str) -> Mapping[str, Shape]:
        resource = self._resources[name]
        found = {"@odata.etag": Shape("string")}
        for field, target in resource.get("navigation", {}).items():
            inner = self._resource(field) or self._resource(str(target))
            shape = self._shape(inner) if inner else ANY
            found[field] = Shape("array", make_item=partial(_same, shape)) if field.endswith("s") else shape
        return {**found, **{field: _bc_scalar(kind) for field, kind in resource["properties"].items()}}


class VismaNet:
    """A ``Contract`` of operations and DTOs, taken from a generated client."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._operations = document["operations"]
        self._dtos = document["dtos"]
        self._enums = document["enums"]

    def operation(self, method: str, path: str) -> Operation | None:
        """See ``Contract.operation``. A list is a bare array of the operation's DTO."""
        for known in self._operations:
            if known["method"] == method and same_path(path, known["path"]):
                record = self._dto(known["response_dto"]) if known["response_dto"] else ANY
                one = known["path"].endswith("}")
                answer = record if one else Shape("array", make_item=partial(_same, record))
                return Operation(known["path"], frozenset(known["query"]), answer)
        return None

    def _dto(self, name: str) -> Shape:
        # The items of a list carry paging facts that the derived contract leaves out.
        return Shape("object", lambda: {**self._fields(name), "metadata": ANY})

    def _fields(self, name: str) -> dict[str, Shape]:
        return {field: self._field(name, field, kind) for field, kind in self._dtos[name].items()}

    def _field(self, owner: str, field: str, kind: str) -> Shape:
        if kind == "array":
            item = self._item(owner, field)
            return Shape("array", make_item=partial(_same, self._dto(item) if item else ANY))
        if kind in self._dtos:
            return self._dto(kind)
        if kind in self._enums:
            return Shape("string")  # which enum a field has was guessed by the client's generator
        return Shape(_VISMA_KINDS.get(kind, "string"), format="date-time" if "Carbon" in kind else "")

    def _item(self, owner: str, field: str) -> str | None:
        base, name = owner.removesuffix("Dto"), field[0].upper() + field[1:]
        guesses = [
            base + name,
            base + name.removesuffix("s"),
            name,
            name.removesuffix("s"),
            f"{name.removesuffix('s')}In{base}",
        ]
        return next((f"{guess}Dto" for guess in guesses if f"{guess}Dto" in self._dtos), None)


def _same(shape: Shape) -> Shape:
    return shape


def _bc_scalar(kind: str) -> Shape:
    if kind in ("date", "datetime"):
        return Shape("string", format={"date": "date", "datetime": "date-time"}[kind])
    return Shape(_BC_KINDS.get(kind, "string"))
