"""JSON Schema for every message, and the AsyncAPI document, as files: what is released in ``schemas/json``.

A message's schema says what subscribers get. It allows fields that are not named, because new ones may come.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from schemas.asyncapi import asyncapi
from schemas.compatibility import incompatibilities
from schemas.errors import ConfigError
from schemas.messages import message_schemas

ASYNCAPI = "asyncapi.json"


@cache
def documents() -> Mapping[str, dict[str, Any]]:
    """Every released file by its name; the same schemas always give the same documents. Not to be changed."""
    files = {f"{name}.json": schema for name, schema in message_schemas().items()}
    return MappingProxyType({**files, ASYNCAPI: asyncapi()})


def export(directory: Path) -> list[Path]:
    """Write every file; returns their paths. May be repeated.

    Raises ConfigError when a file is there that the present schemas break, and then writes none: exporting
    again does not make a break disappear.
    """
    if broken := check(directory):
        raise ConfigError(
            f"The schemas break what is released in {directory}: {' '.join(broken)} "
            "Make a new type beside the old one, or remove the files that nobody uses yet."
        )
    directory.mkdir(parents=True, exist_ok=True)
    return [_write(directory / name, document) for name, document in documents().items()]


def check(directory: Path) -> list[str]:
    """One sentence for each incompatible change from the released files to the present schemas.

    ``schemas.compatibility`` has the rule. An empty or missing directory releases nothing, so nothing breaks
    it. Raises ConfigError when a file cannot be read.
    """
    present = documents()
    released = {path.name: _read(path) for path in sorted(directory.glob("*.json"))}
    return [sentence for name, old in released.items() for sentence in _compare(name, old, present)]


def _compare(name: str, old: dict[str, Any], present: Mapping[str, dict[str, Any]]) -> list[str]:
    kind = name.removesuffix(".json")
    if name not in present:
        return [f"{kind} is released, but there is no such message any more."]
    if name == ASYNCAPI:
        gone = sorted(old["channels"].keys() - present[name]["channels"].keys())
        return [f"The channel {channel} is gone." for channel in gone]
    return incompatibilities(old, present[name], kind)


def _write(path: Path, document: dict[str, Any]) -> Path:
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return path


def _read(path: Path) -> dict[str, Any]:
    try:
        document = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ConfigError(f"The released schema {path} cannot be read: {error}; restore it.") from error
    if not isinstance(document, dict):
        raise ConfigError(f"The released schema {path} is no JSON object; restore it.")
    return document
