"""Contracts that are OpenAPI 3 documents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from tests.contract.specs.contract import ANY, Operation, Shape, same_path


class OpenApi:
    """A ``Contract`` of an OpenAPI 3 document. ``everywhere`` are query parameters that go with all of its lists."""

    def __init__(self, document: Mapping[str, Any], everywhere: frozenset[str] = frozenset()) -> None:
        self._document = document
        self._everywhere = everywhere
        servers = [urlsplit(server["url"]) for server in document.get("servers", ())]
        self._prefixes = {"", *(server.path.rstrip("/") for server in servers)}
        self._placeless = any(server.hostname == "localhost" for server in servers)

    def operation(self, method: str, path: str) -> Operation | None:
        """See ``Contract.operation``; a path may begin with the path of one of the document's servers.

        A document whose server is localhost does not say where the API is: the version is taken off the path then.
        """
        if self._placeless:
            path = re.sub(r"^/v\d+(?=/)", "", path)
        for known, item in self._document["paths"].items():
            if any(same_path(path, prefix + known) for prefix in self._prefixes) and method.lower() in item:
                return self._operation(known, item, item[method.lower()])
        return None

    def _operation(self, path: str, item: Mapping[str, Any], operation: Mapping[str, Any]) -> Operation:
        params = [self._resolved(param) for param in (*item.get("parameters", ()), *operation.get("parameters", ()))]
        names = frozenset(name for param in params if param["in"] == "query" for name in self._names(param))
        return Operation(path, names | self._everywhere, self._answer(operation))

    def _names(self, param: Mapping[str, Any]) -> list[str]:
        """The name of a query parameter, or those of its properties, as which an object travels (style form)."""
        schema = self._resolved(param.get("schema", {}))
        return list(schema.get("properties", ())) or [param["name"]]

    def _answer(self, operation: Mapping[str, Any]) -> Shape:
        for status, response in operation["responses"].items():
            content = self._resolved(response).get("content", {}) if str(status).startswith("2") else {}
            schema = next((body["schema"] for body in content.values() if "schema" in body), None)
            if schema is not None:
                return self._shape(schema)
        return ANY

    def _shape(self, schema: Mapping[str, Any]) -> Shape:
        schema = self._merged(schema)
        kind = schema.get("type") or ("object" if "properties" in schema else "any")
        if kind == "array":
            return Shape("array", make_item=partial(self._shape, schema.get("items", {})))
        if kind == "object":
            properties = schema.get("properties", {})
            return Shape("object", lambda: {name: self._shape(inner) for name, inner in properties.items()},
                         open=not properties)  # fmt: skip
        return Shape(kind, format=schema.get("format", ""), allowed=tuple(schema.get("enum", ())))

    def _merged(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        schema = self._resolved(schema)
        parts = [self._merged(part) for part in (*schema.get("allOf", ()), *schema.get("oneOf", ())[:1])]
        if not parts:
            return schema
        merged = {name: value for part in (*parts, schema) for name, value in part.items() if name != "properties"}
        properties = {name: inner for part in (*parts, schema) for name, inner in part.get("properties", {}).items()}
        return {**merged, **({"properties": properties} if properties else {})}

    def _resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in node:
            target: Any = self._document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node
