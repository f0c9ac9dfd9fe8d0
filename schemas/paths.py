"""Paths into a raw record: plain dotted ones become direct getters, anything else is JMESPath."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from schemas.errors import ConfigError
from schemas.mapping import ABSENT, Function, MappingContext, Source

Getter = Callable[[Any, MappingContext | None], Any]
"""Gives ABSENT, None or the value. The context is not looked at by paths, only by functions."""

_PLAIN = re.compile(r"[\w$-]+(\.[\w$-]+)*")


def compile_source(source: Source) -> Getter:
    """The getter of a path or function. Raises ConfigError for a path that cannot be read."""
    return compile_path(source) if isinstance(source, str) else _function(source)


def compile_path(path: str) -> Getter:
    """The getter of a path, compiled once.

    A plain path that leads nowhere gives ABSENT; a null at its end, or on the way to it, gives None: the
    ERP said that there is nothing. JMESPath cannot tell these apart, so its null is ABSENT. Raises
    ConfigError.
    """
    if not _PLAIN.fullmatch(path):
        return _expression(path)
    parts = path.split(".")
    return _step(parts[0]) if len(parts) == 1 else _steps(parts)


def _function(function: Function) -> Getter:
    return function  # type: ignore[return-value]  # a function of a mapping is always given its context


def _step(name: str) -> Getter:
    def get(record: Any, context: MappingContext | None = None) -> Any:
        return record.get(name, ABSENT) if isinstance(record, dict) else ABSENT

    return get


def _steps(parts: list[str]) -> Getter:
    def get(record: Any, context: MappingContext | None = None) -> Any:
        for part in parts:
            if isinstance(record, dict):
                record = record.get(part, ABSENT)
            else:
                return None if record is None else ABSENT
        return record

    return get


def _expression(path: str) -> Getter:
    try:
        search = jmespath.compile(path).search
    except JMESPathError as error:
        reason = str(error).splitlines()[0].rstrip(".:")
        raise ConfigError(f"The path {path!r} is not JMESPath ({reason}); correct it in the mapping.") from error

    def get(record: Any, context: MappingContext | None = None) -> Any:
        found = search(record)
        return ABSENT if found is None else found

    return get
